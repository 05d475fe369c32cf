# SPDX-License-Identifier: Apache-2.0
"""The logs of other writers in tests/reader/data, each value as LogReader sees it
against what TensorBoard's own loader gives, with sampling off.

    truth_test.py DUMP_LOG [--write]

--write puts the table of who wrote what into docs/compatibility.md; without it,
that must be there already.
"""

import collections
import json
import os
import sys
import unittest

import numpy as np
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing import tag_types
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins import base_plugin
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2
from tensorboard.plugins.projector import projector_plugin
from werkzeug import test as werkzeug_test
from werkzeug import wrappers

import compatibility
import loader_values
import raw
import readers

DATA = os.path.normpath(os.path.join(os.path.dirname(__file__), "../reader/data"))
MAKERS = os.path.join(os.path.dirname(DATA), "makers")

# The folders of DATA, and where the versions of their writers stand.
WRITERS = {
    "tensorflow": ("TensorFlow", "tensorflow-cpu"),
    "tensorboard": ("TensorBoard's writer", "tensorboard"),
    "torch": ("PyTorch", "torch"),
    "tensorboardx": ("tensorboardX", "tensorboardX"),
}
# How a value stands in the file.
OLD, NEW, FILES = "old", "new", "files"
OLD_FIELDS = ("simple_value", "histo", "image", "audio")
# In the order of docs: as ValueKind.
KINDS = (
    "scalar",
    "histogram",
    "image",
    "audio",
    "text",
    "tensor",
    "pr_curve",
    "mesh",
    "layout",
    "hparams",
    "graph",
    "run_metadata",
    "session",
    "embedding",
    "other",
)
# What TensorFlow's types that TensorBoard cannot decode are, as we name them.
UNDECODED = {14: "bfloat16"}

# {(writer, kind): {form: values that were compared}}
compared = collections.defaultdict(collections.Counter)


def version_of(writer):
    name, package = WRITERS[writer]
    with open(os.path.join(MAKERS, f"requirements-{writer}.txt"), encoding="utf-8") as file:
        (version,) = [
            line.strip().split("==")[1]
            for line in file
            if line.startswith(package + "==")
        ]
    return f"{name} {version}"


def forms(logdir):
    """{(run, tag): how its first value stands in the file}."""
    found = {}
    for file in raw.files(logdir):
        for _, value in file.values():
            form = OLD if value.WhichOneof("value") in OLD_FIELDS else NEW
            found.setdefault((file.run, value.tag), form)
        for event in file.events:
            if event.graph_def:
                found[file.run, "__run_graph__"] = OLD
            if event.HasField("tagged_run_metadata"):
                found[file.run, event.tagged_run_metadata.tag] = OLD
    return found


def without(found, *names):
    """A dictionary's rest."""
    return {name: value for name, value in found.items() if name not in names}


class TruthTest(unittest.TestCase):
    maxDiff = 3000

    @classmethod
    def setUpClass(cls):
        cls.found = collections.defaultdict(list)
        for line in readers.run(DUMP_LOG, DATA).splitlines():
            value = json.loads(line)
            cls.found[value["run"], value["tag"], value["kind"]].append(value)
        cls.forms = forms(DATA)
        cls.loaders = {}
        for run in {file.run for file in raw.files(DATA)}:
            loader = plugin_event_accumulator.EventAccumulator(
                os.path.join(DATA, run),
                size_guidance={tag_types.TENSORS: 0},
                tensor_size_guidance={},
                purge_orphaned_data=False,
            )
            loader.Reload()
            cls.loaders[run] = loader

    def metadata(self, run, tag):
        """An empty one where the loader has none."""
        found = self.loaders[run].summary_metadata
        return found.get(tag, summary_pb2.SummaryMetadata())

    def count(self, run, kind, form, values=1):
        compared[run.split("/")[0], kind][form] += values

    def test_the_series_are_those_of_the_loader(self):
        ours = {
            (run, tag)
            for run, tag, kind in self.found
            if kind not in ("session", "whole mesh", "embedding")
        }
        theirs = {
            (run, tag)
            for run, loader in self.loaders.items()
            for tag in loader.Tags()[tag_types.TENSORS]
        }
        self.assertEqual(ours, theirs)

    def test_steps_times_and_texts_are_those_of_the_loader(self):
        for (run, tag, kind), values in self.found.items():
            if kind in ("session", "whole mesh", "embedding"):
                continue
            with self.subTest(run=run, tag=tag):
                events = self.loaders[run].Tensors(tag)
                self.assertEqual(
                    [(v["step"], v["wall_time"]) for v in values],
                    [(e.step, e.wall_time) for e in events],
                )
                metadata = self.metadata(run, tag)
                self.assertEqual(values[0]["description"], metadata.summary_description)
                # Of old forms the loader makes a name up: the tag.
                if self.forms[run, tag] != OLD:
                    self.assertEqual(values[0]["display_name"], metadata.display_name)

    def test_values_are_those_of_the_loader(self):
        for (run, tag, kind), values in self.found.items():
            if kind not in loader_values.BY_KIND:
                continue
            metadata = self.metadata(run, tag)
            events = self.loaders[run].Tensors(tag)
            for found, event in zip(values, events, strict=True):
                with self.subTest(run=run, tag=tag, step=event.step):
                    self.check(kind, found["value"], event.tensor_proto, metadata)
                    self.count(run, kind, self.forms[run, tag])

    def check(self, kind, found, proto, metadata):
        array = loader_values.array_of(proto)
        if array is None:  # what TensorBoard cannot decode is compared as bytes
            self.assertEqual(found["dtype"], UNDECODED[proto.dtype])
            self.assertEqual(found["bytes"], proto.tensor_content.hex())
            return
        content = metadata.plugin_data.content
        expected = loader_values.BY_KIND[kind](array, content)
        getattr(self, "check_" + kind, self.assertEqual)(found, expected)

    def check_tensor(self, found, expected):
        self.assertEqual(without(found, "numbers"), expected)

    def check_other(self, found, expected):
        """The loader makes an array of a blob that is none."""
        self.assertEqual(without(found, "shape"), without(expected, "shape"))

    def check_audio(self, found, expected):
        old = ("sample_rate_hz", "channels", "frames", "content_type")
        self.assertEqual(without(found, "labels", *old), expected)

    def check_histogram(self, found, expected):
        """The loader keeps no more than float32 of old forms."""
        if found != expected:
            found = np.array(found).astype(np.float32).tolist()
        self.assertEqual(found, expected)

    def check_nodes(self, found, expected):
        """Attributes as text where the loader's are simple."""
        self.assertEqual(
            [without(node, "attributes") for node in found],
            [without(node, "attributes") for node in expected],
        )
        for node, wanted in zip(found, expected):
            simple = {n: v for n, v in wanted["attributes"].items() if v is not None}
            attributes = node["attributes"]
            self.assertEqual(set(attributes), set(wanted["attributes"]))
            self.assertEqual({n: attributes[n] for n in simple}, simple)

    def check_graph(self, found, expected):
        self.check_nodes(found["nodes"], expected["nodes"])
        functions = zip(found["functions"], expected["functions"], strict=True)
        for function, wanted in functions:
            self.assertEqual(without(function, "nodes"), without(wanted, "nodes"))
            self.check_nodes(function["nodes"], wanted["nodes"])

    def check_run_metadata(self, found, expected):
        self.assertEqual(found["devices"], expected["devices"])
        for graph, wanted in zip(found["graphs"], expected["graphs"], strict=True):
            self.check_graph(graph, wanted)

    def test_audio_says_what_the_file_says(self):
        """The loader drops the labels, and what old forms say of the sound."""
        for file in raw.files(DATA):
            for _, value in file.values():
                if (file.run, value.tag, "audio") not in self.found:
                    continue
                (found,) = self.found[file.run, value.tag, "audio"]
                found = found["value"]
                if value.HasField("audio"):
                    old = value.audio
                    self.assertEqual(found["sample_rate_hz"], old.sample_rate)
                    self.assertEqual(found["channels"], old.num_channels)
                    self.assertEqual(found["frames"], old.length_frames)
                    self.assertEqual(found["content_type"], old.content_type)
                else:
                    rows = loader_values.array_of(value.tensor).tolist()
                    labels = [row[1].decode() for row in rows if isinstance(row, list)]
                    self.assertEqual(found["labels"], labels)

    def test_meshes_are_those_of_the_loader(self):
        names = {"VERTEX": "vertices", "FACE": "faces", "COLOR": "colors"}
        for (run, tag, kind), _ in self.found.items():
            if kind != "mesh":
                continue
            with self.subTest(run=run, tag=tag):
                metadata = self.metadata(run, tag)
                content = mesh_pb2.MeshPluginData.FromString(metadata.plugin_data.content)
                whole = self.found[run, content.name, "whole mesh"]
                part = mesh_pb2.MeshPluginData.ContentType.Name(content.content_type)
                events = self.loaders[run].Tensors(tag)
                for found, event in zip(whole, events, strict=True):
                    array = loader_values.array_of(event.tensor_proto)
                    self.assertEqual(found["step"], event.step)
                    self.assertEqual(found["value"]["batch"], array.shape[0])
                    self.assertEqual(found["value"]["config"], content.json_config)
                    self.assertEqual(
                        found["value"][names[part]], array.ravel().tolist()
                    )
                    self.count(run, kind, self.forms[run, tag])

    def test_session_logs_are_those_of_the_file(self):
        """The loader keeps none of them."""
        expected = collections.defaultdict(list)
        for file in raw.files(DATA):
            for event in file.events:
                if event.HasField("session_log"):
                    log = event.session_log
                    said = [log.status, log.checkpoint_path, log.msg]
                    expected[file.run].append([event.step, event.wall_time, *said])
        found = {
            run: [
                [v["step"], v["wall_time"], *(v["value"][n] for n in self.SESSION)]
                for v in values
            ]
            for (run, _, kind), values in self.found.items()
            if kind == "session"
        }
        self.assertEqual(found, expected)
        for run, values in expected.items():
            self.count(run, "session", OLD, len(values))

    SESSION = ("status", "checkpoint_path", "message")

    def test_embeddings_are_those_of_the_projector(self):
        provider = readers.python_log(DATA).provider
        projector = projector_plugin.ProjectorPlugin(
            base_plugin.TBContext(logdir=DATA, data_provider=provider)
        )
        apps = projector.get_plugin_apps()

        def ask(route, **query):
            client = werkzeug_test.Client(apps[route], wrappers.Response)
            answer = client.get("/", query_string=query)
            self.assertEqual(answer.status_code, 200, answer.data)
            return answer

        embeddings = {
            (run, tag): values
            for (run, tag, kind), values in self.found.items()
            if kind == "embedding"
        }
        runs = {run for run, _ in embeddings}
        self.assertEqual(set(ask("/runs").json), runs)
        for run in runs:
            listed = {
                entry["tensorName"]: entry
                for entry in ask("/info", run=run).json["embeddings"]
            }
            ours = {tag: v for (at, tag), (v,) in embeddings.items() if at == run}
            self.assertEqual(set(ours), set(listed))
            for tag, found in ours.items():
                with self.subTest(run=run, tag=tag):
                    self.check_embedding(ask, run, found["value"], listed[tag])
                    self.count(run, "embedding", FILES)

    def check_embedding(self, ask, run, found, entry):
        name = entry["tensorName"]
        self.assertEqual(found["shape"], entry["tensorShape"])
        numbers = ask("/tensor", run=run, name=name, num_rows=1000).data
        self.assertEqual(np.array(found["values"], np.float32).tobytes(), numbers)
        if "metadataPath" in entry:
            rows = [found["columns"]] if found["columns"] else []
            width = len(found["columns"]) or 1
            cells = found["metadata"]
            rows += [cells[i : i + width] for i in range(0, len(cells), width)]
            text = "".join("\t".join(row) + "\n" for row in rows)
            self.assertEqual(
                ask("/metadata", run=run, name=name).data.decode(), text
            )
        if "sprite" in entry:
            self.assertEqual(found["sprite_size"], entry["sprite"]["singleImageDim"])
            self.assertEqual(
                bytes.fromhex(found["sprite"]),
                ask("/sprite_image", run=run, name=name).data,
            )


def writers_table():
    """A row a kind, a column a writer: values compared, by form."""
    lines = [
        "| kind | " + " | ".join(version_of(writer) for writer in WRITERS) + " |",
        "| --- |" + " --- |" * len(WRITERS),
    ]
    for kind in KINDS:
        cells = []
        for writer in WRITERS:
            by_form = compared[writer, kind] if (writer, kind) in compared else {}
            cells.append(
                ", ".join(f"{by_form[f]} {f}" for f in (OLD, NEW, FILES) if f in by_form)
                or "–"
            )
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    write = "--write" in sys.argv
    DUMP_LOG = os.path.abspath(sys.argv[1])
    program = unittest.main(argv=sys.argv[:1], exit=False)
    good = program.result.wasSuccessful()
    sys.exit(not (good and compatibility.keep("writers", writers_table(), write)))
