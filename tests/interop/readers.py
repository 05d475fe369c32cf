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

CONTEXT = context.RequestContext()
ALL = 10_000_000  # more points than any test writes
PLUGINS = ("scalars", "histograms", "images", "text")


class Log:
    """A log directory as one of the readers sees it."""

    def __init__(self, name, provider, reload=None):
        self.name = name
        self.provider = provider
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

    def tensors(self, plugin):
        """{run: {tag: [datum with step, wall_time, numpy]}}"""
        return self._ask("read_tensors", plugin, downsample=ALL)

    def blobs(self, plugin="images"):
        """{run: {tag: [(step, wall_time, [bytes])]}}"""
        found = self._ask("read_blob_sequences", plugin, downsample=ALL)
        return {
            run: {tag: [self._fetched(d) for d in data] for tag, data in tags.items()}
            for run, tags in found.items()
        }

    def _fetched(self, datum):
        blobs = [
            self.provider.read_blob(CONTEXT, blob_key=ref.blob_key)
            for ref in datum.values
        ]
        return datum.step, datum.wall_time, blobs

    def listed(self, plugin):
        """{run: {tag: series with display_name, description, plugin_content}},
        of the data class that the plugin's pages read."""
        method = {"scalars": "list_scalars", "images": "list_blob_sequences"}
        return self._ask(method.get(plugin, "list_tensors"), plugin)


def python_log(logdir):
    """What TensorBoard's Python loader finds below `logdir`, nothing sampled."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance={tag_types.TENSORS: 0},
        tensor_size_guidance={plugin: 0 for plugin in PLUGINS},
    )

    def reload():
        multiplexer.AddRunsFromDirectory(logdir)
        multiplexer.Reload()

    reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, logdir)
    return Log("Python", provider, reload)


@contextlib.contextmanager
def rust_log(logdir, reload="once"):
    """What TensorBoard's Rust data server finds below `logdir`, all checksums
    checked. With `reload` a number of seconds, it goes on looking."""
    with tempfile.TemporaryDirectory() as scratch:
        port_file = os.path.join(scratch, "port")
        log_path = os.path.join(scratch, "log")
        samples = ",".join(plugin + "=all" for plugin in PLUGINS)
        with open(log_path, "wb") as log_file:
            server = subprocess.Popen(
                [
                    tensorboard_data_server.server_binary(),
                    "--checksum",
                    "--verbose",
                    f"--logdir={logdir}",
                    f"--reload={reload}",
                    f"--samples-per-plugin={samples}",
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
            if complaints:
                raise AssertionError("the data server says:\n" + "\n".join(complaints))
            with grpc.insecure_channel(
                f"localhost:{_read(port_file).strip()}",
                options=[("grpc.max_receive_message_length", 1 << 28)],
            ) as channel:
                stub = grpc_provider.make_stub(channel)
                yield Log("Rust", grpc_provider.GrpcDataProvider("", stub))
        finally:
            server.stdin.close()
            server.wait(10)


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _wait(condition, server, log_path, seconds=60):
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
