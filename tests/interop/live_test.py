# SPDX-License-Identifier: Apache-2.0
"""A run that is being written shows up in both of TensorBoard's readers, no
later than the writer's max_flush_delay and the reader's own pause.

    live_test.py WRITE_LIVE
"""

import os
import subprocess
import sys
import tempfile
import time
import unittest

import readers

FLUSH_DELAY = 1  # seconds, the writer's default
RELOAD = 1  # seconds, the Rust server's pause
SLACK = 8  # seconds, for a machine with much else to do
POLLS = 6


class LiveTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.logdir = scratch.name
        self.writer = subprocess.Popen([WRITE_LIVE, self.logdir], stdin=subprocess.PIPE)
        self.addCleanup(self.writer.wait, 30)
        self.addCleanup(self.writer.stdin.close)
        self.wait_until(lambda: os.listdir(self.logdir))

    def wait_until(self, condition):
        deadline = time.monotonic() + FLUSH_DELAY + RELOAD + SLACK
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def newest(self, log):
        """The last datum, or none as long as the run is not there."""
        points = log.scalars().get(".", {}).get("step", [])
        self.assertEqual([d.step for d in points], list(range(len(points))))
        return points[-1] if points else None

    def check_grows(self, log, delay, reload=lambda: None):
        self.wait_until(lambda: (reload(), self.newest(log))[1])
        last_step = -1
        for _ in range(POLLS):
            now = time.time()
            reload()
            datum = self.newest(log)
            self.assertLess(now - datum.wall_time, delay + SLACK)
            last_step = max(last_step, datum.step)
            self.wait_until(
                lambda: (reload(), self.newest(log).step > last_step)[1]
            )

    def test_in_the_rust_server(self):
        with readers.rust_log(self.logdir, reload=RELOAD) as log:
            self.check_grows(log, FLUSH_DELAY + RELOAD)

    def test_in_the_python_reader(self):
        log = readers.python_log(self.logdir)
        self.check_grows(log, FLUSH_DELAY, log.reload)


if __name__ == "__main__":
    WRITE_LIVE = sys.argv.pop(1)
    unittest.main()
