#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the tool on large logs, which it makes and removes again.

  large_logs.py TBLOG MAKE_LOG [--gigabytes N] [--peers PYTHON] …

TBLOG and MAKE_LOG are programs of one build (tools/tblog/tblog,
tests/bench/tblog_make_log). Each log is made twice, one a tenth of the other:
memory that grows with the file shows. What fits is read from the page cache; of
three runs the one that took least counts. Beside them, on the same file: `cat`
to nowhere; the checksum of all its bytes and nothing else; and with --peers, a
Python that has tests/interop/requirements.txt, on the smaller file alone:
TensorBoard's Rust data server until it has loaded it, checksums on, and its
Python EventAccumulator (its imports included), both without sampling. Run it in
the root of the repository.

Seconds are those of the processors, user and system, of all threads; those on
the clock are in the JSON.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
COMMANDS = {
    "ls": ["ls"],
    "verify": ["verify"],
    "export": ["export", "--format", "csv"],
    "plot": ["plot", "--width", "100"],
}
ACCUMULATE = """
import sys
from tensorboard.backend.event_processing import event_accumulator as ea
log = ea.EventAccumulator(sys.argv[1], size_guidance=dict.fromkeys(
    (ea.COMPRESSED_HISTOGRAMS, ea.IMAGES, ea.AUDIO, ea.SCALARS, ea.HISTOGRAMS, ea.TENSORS), 0))
log.Reload()
"""
SERVE = """
import json, resource, sys, time
sys.path.insert(0, "tests/interop")
import readers
begin = time.monotonic()
with readers.rust_server(sys.argv[1]):
    clock = time.monotonic() - begin
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump({"clock_seconds": clock, "seconds": usage.ru_utime + usage.ru_stime,
           "peak_bytes": usage.ru_maxrss * 1024}, sys.stdout)
"""


def run(command):
    """What one run costs; output goes nowhere."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first = None
    while process.stdout.read1(1 << 16):
        first = first or time.monotonic() - begin
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return {
        "clock_seconds": time.monotonic() - begin,
        "first_line_seconds": first,
        "seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }


def best(command):
    return min((run(command) for _ in range(ROUNDS)), key=lambda result: result["seconds"])


class Report:
    def __init__(self):
        self.rows = []
        print(f"{'log':10} {'GB':>6} {'what':18} {'seconds':>8} {'GB/s':>6} {'MiB':>6}")

    def add(self, log, size, what, result):
        self.rows.append({"log": log, "bytes": size, "what": what, **result})
        print(
            f"{log:10} {size / 1e9:6.2f} {what:18} {result['seconds']:8.2f}"
            f" {size / 1e9 / result['seconds']:6.2f} {result['peak_bytes'] / 2**20:6.0f}",
            flush=True,
        )


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def measure(report, options, log, path, peers, commands=COMMANDS):
    size = size_of(path)
    if os.path.isfile(path):
        report.add(log, size, "cat", best(["cat", path]))
        report.add(log, size, "checksum", best([options.make_log, "checksum", path]))
    for name, command in commands.items():
        report.add(log, size, f"tblog {name}", best([options.tblog, command[0], path, *command[1:]]))
    if peers and options.peers:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        told = subprocess.run([options.peers, "-c", SERVE, folder], check=True, stdout=subprocess.PIPE)
        report.add(log, size, "Rust data server", json.loads(told.stdout))
        if os.path.isfile(path):
            report.add(log, size, "EventAccumulator", run([options.peers, "-c", ACCUMULATE, path]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tblog")
    parser.add_argument("make_log")
    parser.add_argument("--gigabytes", type=float, default=1.5)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--tags", type=int, default=1_000_000)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--directory")
    parser.add_argument("--json")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="tblog_large_", dir=options.directory)
    report = Report()

    def with_log(kind, amount, peers, commands=COMMANDS):
        folder = os.path.join(scratch, "log")
        os.mkdir(folder)
        path = folder if kind == "runs" else os.path.join(folder, "x.tfevents")
        subprocess.run([options.make_log, kind, str(int(amount)), path], check=True)
        measure(report, options, kind, path, peers, commands)
        shutil.rmtree(folder)

    try:
        for kind in ("mixed", "scalars"):
            size = options.gigabytes * 1e9 * (0.1 if kind == "scalars" else 1)
            with_log(kind, size / 10, True)
            with_log(kind, size, False)
        few = {name: COMMANDS[name] for name in ("ls", "verify", "export")}
        with_log("tags", options.tags / 10, True, few)
        with_log("tags", options.tags, False, few)
        with_log("runs", options.runs / 10, True)
        with_log("runs", options.runs, False)
    finally:
        shutil.rmtree(scratch)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report.rows, file, indent=1)


if __name__ == "__main__":
    main()
