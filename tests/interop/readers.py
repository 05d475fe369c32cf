# SPDX-License-Identifier: Apache-2.0
"""TensorBoard's two readers, the Python loader and the Rust data server, behind
the one interface through which its pages ask for data (a DataProvider)."""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import time

import grpc
import numpy as np
import PIL.Image
import tensorboard_data_server
from tensorboard import context
from tensorboard.backend.event_processing import data_provider
from tensorboard.backend.event_processing import plugin_event_multiplexer
from tensorboard.backend.event_processing import tag_types
from tensorboard.data import grpc_provider
from tensorboard.data import provider

# The numbers of SummaryMetadata.data_class, and how providers call them.
CLASSES = {1: "scalars", 2: "tensors", 3: "blob_sequences"}
CONTEXT = context.RequestContext()
ALL = 10_000_000  # more points than any test writes
PLUGINS = (
    "scalars",
    "histograms",
    "images",
    "audio",
    "text",
    "pr_curves",
    "mesh",
    "graphs",
    "graph_run_metadata",
    "graph_tagged_run_metadata",
    "hparams",
    "custom_scalars",
    "tblog_tensor",
)
START_SECONDS = 240  # of a machine with much else to do


def samples(number):
    """Of the flag --samples_per_plugin, for all plugins."""
    return ",".join(f"{plugin}={number}" for plugin in PLUGINS)


class Log:
    """A log directory as one of the readers sees it."""

    def __init__(self, name, source, reload=None):
        self.name = name
        self.provider = source
        self.reload = reload  # of the Python loader: reads what is new

    def _ask(self, method, plugin, **more):
        return getattr(self.provider, method)(
            CONTEXT, experiment_id="", plugin_name=plugin, **more
        )

    def runs(self):
        runs = self.provider.list_runs(CONTEXT, experiment_id="")
        return {run.run_name: run.start_time for run in runs}

    def plugins(self):
        return set(self.provider.list_plugins(CONTEXT, experiment_id=""))

    def scalars(self, plugin="scalars"):
        """{run: {tag: [datum with step, wall_time, value]}}"""
        return self._ask("read_scalars", plugin, downsample=ALL)

    def read(self, data_class, plugin, run, tag):
        """The points of one series, [(step, wall_time, value)]: a number, an
        array or a list of bytes."""
        chosen = provider.RunTagFilter(runs=[run], tags=[tag])
        method = "read_" + CLASSES[data_class]
        found = self._ask(method, plugin, downsample=ALL, run_tag_filter=chosen)
        data = found.get(run, {}).get(tag, [])
        return [(d.step, d.wall_time, self._value(data_class, d)) for d in data]

    def _value(self, data_class, datum):
        if data_class == 1:
            return datum.value
        if data_class == 2:
            return datum.numpy
        return [
            self.provider.read_blob(CONTEXT, blob_key=ref.blob_key)
            for ref in datum.values
        ]

    def listed(self, plugin, data_class=None):
        """{run: {tag: series with display_name, description, plugin_content}},
        of the data class that the plugin's pages read."""
        if data_class is None:
            data_class = {"scalars": 1, "images": 3, "audio": 3}.get(plugin, 2)
        return self._ask("list_" + CLASSES[data_class], plugin)


def python_log(logdir):
    """What TensorBoard's Python loader finds below `logdir`, nothing sampled."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance={tag_types.TENSORS: 0},
        tensor_size_guidance={plugin: 0 for plugin in PLUGINS},
        purge_orphaned_data=True,
    )

    def reload():
        multiplexer.AddRunsFromDirectory(logdir)
        multiplexer.Reload()

    reload()
    made = data_provider.MultiplexerDataProvider(multiplexer, logdir)
    return Log("Python", made, reload)


@contextlib.contextmanager
def rust_server(logdir, reload="once", content=True):
    """The port of TensorBoard's Rust data server on `logdir`, which has finished
    its first pass with all checksums checked. With `reload` a number of seconds,
    it goes on looking. `content`: whether it may not complain in its log."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = os.path.join(scratch, "port")
        log_path = os.path.join(scratch, "log")
        with open(log_path, "wb") as log_file:
            server = subprocess.Popen(
                [
                    tensorboard_data_server.server_binary(),
                    "--checksum",
                    "--verbose",
                    f"--logdir={logdir}",
                    f"--reload={reload}",
                    f"--samples-per-plugin={samples('all')}",
                    "--port=0",
                    f"--port-file={port_file}",
                    "--die-after-stdin",
                ],
                stdin=subprocess.PIPE,
                stdout=log_file,
                stderr=log_file,
            )
        try:
            _wait(lambda: _read(port_file).endswith("\n"), server, log_path)
            _wait(lambda: "Finished load cycle" in _read(log_path), server, log_path)
            complaints = re.findall(r".*\b(?:WARN|ERROR)\b.*", _read(log_path))
            if complaints and content:
                raise AssertionError("the data server says:\n" + "\n".join(complaints))
            yield int(_read(port_file))
        finally:
            server.stdin.close()
            server.wait(60)


@contextlib.contextmanager
def rust_log(logdir, reload="once", content=True):
    """What TensorBoard's Rust data server finds below `logdir`."""
    with rust_server(logdir, reload, content) as port:
        with rust_log_of(port) as log:
            yield log


@contextlib.contextmanager
def rust_log_of(port):
    with grpc.insecure_channel(
        f"localhost:{port}",
        options=[("grpc.max_receive_message_length", 1 << 28)],
    ) as channel:
        stub = grpc_provider.make_stub(channel)
        yield Log("Rust", grpc_provider.GrpcDataProvider("", stub))


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _wait(condition, server, log_path, seconds=START_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        if server.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the data server is not ready:\n{_read(log_path)}")
        time.sleep(0.02)


@contextlib.contextmanager
def both_logs(logdir):
    with rust_log(logdir) as rust:
        yield [python_log(logdir), rust]


def pixels(encoded):
    """An encoded image as an array [height, width, channels]."""
    array = np.asarray(PIL.Image.open(io.BytesIO(encoded)))
    return array[:, :, None] if array.ndim == 2 else array


def run(program, *arguments):
    """Runs one of our programs, which must succeed."""
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} ended with status {done.returncode}")
    return done.stdout.decode()
