# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed and resumed again and again: all that a call had
returned for stands in both of TensorBoard's readers, once.

    killed_test.py WRITE_KILLED
"""

import os
import random
import subprocess
import sys
import tempfile
import time
import unittest

import readers

RUNS = 3
LIVES = 4


def live_and_die(run, durability, begin, seconds):
    """How many calls had returned."""
    child = subprocess.Popen(
        [WRITE_KILLED, run, durability, str(begin)], stdout=subprocess.PIPE
    )
    # A pipe holds 64 KiB, then the child waits.
    time.sleep(seconds)
    child.kill()
    returned, _ = child.communicate()
    return len(returned)


class KilledTest(unittest.TestCase):
    def check(self, durability):
        rng = random.Random(durability)
        with tempfile.TemporaryDirectory() as logdir:
            ends = {}
            for number in range(RUNS):
                name = f"run{number}"
                run = os.path.join(logdir, name)
                ends[name] = 0
                for _ in range(LIVES):
                    ends[name] += live_and_die(
                        run, durability, ends[name], rng.uniform(0.03, 0.1)
                    )
                readers.run(WRITE_KILLED, run, durability, "drain")
            self.assertGreater(sum(ends.values()), 100)
            with readers.both_logs(logdir) as logs:
                for log in logs:
                    with self.subTest(reader=log.name):
                        self.check_log(log.scalars(), ends)

    def check_log(self, scalars, ends):
        for name, end in ends.items():
            for run, factor in ((name, 0.25), (f"{name}/test", 0.5)):
                points = scalars.get(run, {}).get("loss", [])
                steps = [d.step for d in points]
                self.assertIn(len(steps), (end, end + 1), run)
                self.assertEqual(steps, list(range(len(steps))), run)
                self.assertEqual([d.value for d in points], [s * factor for s in steps])

    def test_journaled(self):
        self.check("journaled")

    def test_write_through(self):
        self.check("write_through")


if __name__ == "__main__":
    WRITE_KILLED = sys.argv.pop(1)
    unittest.main()
