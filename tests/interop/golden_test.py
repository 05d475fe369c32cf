# SPDX-License-Identifier: Apache-2.0
"""The logs in tests/reader/data, made anew by the writers that made them.

    golden_test.py FOLDER

FOLDER keeps a virtual environment a writer, made where it is missing: that
takes some GB and minutes, so that this is a test of the long tier.
"""

import filecmp
import os
import subprocess
import sys
import tempfile
import unittest

from google.protobuf import text_format
from tensorboard.compat.proto import config_pb2
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto import graph_pb2
from tensorboard.plugins.hparams import plugin_data_pb2

READER = os.path.normpath(os.path.join(os.path.dirname(__file__), "../reader"))
DATA = os.path.join(READER, "data")
# Not beside the logs: Python would take the folder torch/ for a package.
MAKERS = os.path.join(READER, "makers")
sys.path.insert(0, MAKERS)

import event_files


def python_of(writer):
    """The Python that has what `writer` needs."""
    requirements = os.path.join(MAKERS, f"requirements-{writer}.txt")
    venv = os.path.join(FOLDER, writer)
    installed = os.path.join(venv, "installed.txt")
    python = os.path.join(venv, "bin/python")
    if not os.path.exists(installed) or not filecmp.cmp(
        requirements, installed, shallow=False
    ):
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--no-input", "-q", "-r", requirements],
            check=True,
        )
        with open(requirements) as source, open(installed, "w") as target:
            target.write(source.read())
    return python


def plain_graph(graph):
    """What a GraphDef says, whatever the order of its maps."""
    return text_format.MessageToString(graph)


def plain_metadata(encoded):
    """What run metadata say but for times, memory and what ran beside."""
    metadata = config_pb2.RunMetadata.FromString(encoded)
    names = sorted(
        node.node_name
        for device in metadata.step_stats.dev_stats
        for node in device.node_stats
    )
    ops = sorted(
        (node.name, node.op)
        for function in metadata.function_graphs
        for node in function.pre_optimization_graph.node
    )
    return names, ops


def plain_event(payload):
    """What an event says, in a form that can be compared."""
    event = event_pb2.Event.FromString(payload)
    if event.graph_def:
        return plain_graph(graph_pb2.GraphDef.FromString(event.graph_def))
    if event.HasField("tagged_run_metadata"):
        tagged = event.tagged_run_metadata
        return tagged.tag, plain_metadata(tagged.run_metadata)
    if event.meta_graph_def:  # which nothing shows
        return "meta graph"
    said = []
    for value in event.summary.value:
        plugin = value.metadata.plugin_data
        if plugin.plugin_name == "hparams":
            said.append(str(plugin_data_pb2.HParamsPluginData.FromString(plugin.content)))
            plugin.content = b""
        if plugin.plugin_name.startswith("graph_run_metadata"):
            said.append(plain_metadata(value.tensor.string_val[0]))
            del value.tensor.string_val[:]
    return text_format.MessageToString(event), said


def files_below(folder):
    return sorted(
        os.path.relpath(os.path.join(at, name), folder)
        for at, _, names in os.walk(folder)
        for name in names
    )


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def check(self, writer):
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(
                [python_of(writer), "-B", os.path.join(MAKERS, f"make_{writer}.py"), scratch],
                check=True,
                stderr=subprocess.DEVNULL,
            )
            made = os.path.join(scratch, writer)
            kept = os.path.join(DATA, writer)
            self.assertEqual(files_below(made), files_below(kept))
            for name in files_below(kept):
                with self.subTest(name):
                    self.compare(os.path.join(made, name), os.path.join(kept, name))

    def compare(self, made, kept):
        with open(made, "rb") as file:
            made_bytes = file.read()
        with open(kept, "rb") as file:
            kept_bytes = file.read()
        if not event_files.is_event_file(os.path.basename(kept)):
            self.assertEqual(made_bytes, kept_bytes)
            return
        self.assertEqual(
            [plain_event(payload) for payload in event_files.records(made_bytes)],
            [plain_event(payload) for payload in event_files.records(kept_bytes)],
        )

    def test_tensorboard(self):
        self.check("tensorboard")

    def test_tensorboardx(self):
        self.check("tensorboardx")

    def test_tensorflow(self):
        self.check("tensorflow")

    def test_torch(self):
        self.check("torch")


if __name__ == "__main__":
    FOLDER = sys.argv.pop(1)
    unittest.main()
