# SPDX-License-Identifier: Apache-2.0
"""TensorBoard's web server over one of its two readers."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import readers

START_SECONDS = 240  # of a machine with much else to do


class Server:
    """A running TensorBoard. `name` is that of its reader, as in readers.Log."""

    def __init__(self, name, address, log):
        self.name = name
        self.address = address
        self._log = log

    def log(self):
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def get(self, route, **query):
        """The body, as bytes. None among the values leaves a name out."""
        query = {name: value for name, value in query.items() if value is not None}
        url = f"{self.address}/data/{route}"
        return self._ask(url + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, route, form):
        """`form`: pairs, or a dictionary."""
        body = urllib.parse.urlencode(form).encode()
        return self._ask(f"{self.address}/data/{route}", body)

    def json(self, route, **query):
        return json.loads(self.get(route, **query))

    def _ask(self, url, body=None):
        try:
            with urllib.request.urlopen(url, body, timeout=120) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise AssertionError(
                f"{error.code} for {url}: {text}\nTensorBoard's log ends with:\n"
                + self.log()[-3000:]
            ) from None


class Starting:
    """A TensorBoard that is on its way; `ready()` waits for it."""

    def __init__(self, name, logdir, *options):
        self.name = name
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [
                os.path.join(os.path.dirname(sys.executable), "tensorboard"),
                *("--logdir", logdir, "--host", "127.0.0.1", "--port", "0"),
                *options,
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            self.log.seek(0)
            for word in self.log.read().decode("utf-8", "replace").split():
                if word.startswith("http://127.0.0.1:"):
                    return Server(self.name, word.rstrip("/"), self.log)
            time.sleep(0.1)
        self.log.seek(0)
        state = self.process.poll()
        raise AssertionError(
            f"TensorBoard ({self.name} reader) "
            + (f"ended with {state}" if state is not None else "is not up")
            + f" after {START_SECONDS} s at most; it says:\n"
            + self.log.read().decode("utf-8", "replace")
        )

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@contextlib.contextmanager
def started(name, logdir, *options):
    starting = Starting(name, logdir, *options)
    try:
        yield starting
    finally:
        starting.stop()


# No page leaves out a point.
EVERYTHING = f"--samples_per_plugin={readers.samples(100_000)}"


def over_python(logdir, *options):
    """Over the Python loader, which has read everything before it serves."""
    return started(
        "Python",
        logdir,
        *("--load_fast=false", "--reload_task=blocking", "--reload_interval=0"),
        *options,
    )


def over_rust(logdir, port, *options):
    """Over a Rust data server that runs already (readers.rust_server).
    --load_fast=true would start one itself, and give up where that takes longer
    than ten seconds. The log directory is for the projector, which reads its
    files itself."""
    return started("Rust", logdir, f"--grpc_data_provider=localhost:{port}", *options)
