# SPDX-License-Identifier: Apache-2.0
"""A run that is cut by `tblog resume` and goes on, by whichever writer, in
TensorBoard's two readers.

    resume_test.py TBLOG WRITE_RESUMED
"""

import os
import subprocess
import sys
import tempfile
import unittest

import tensorboardX

import readers

STEP = 80


class ResumeTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.logdir = scratch.name
        self.run = os.path.join(self.logdir, "run")
        self.secs = 1_600_000_000  # long ago, and later with each writer

    def resume(self, code=0):
        done = subprocess.run(
            [TBLOG, "resume", self.run, "--step", str(STEP)], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def name_of_newest(self):
        """Files of one second would sort by what comes after it."""
        newest = max(os.scandir(self.run), key=lambda entry: entry.stat().st_mtime_ns)
        marker = "tfevents."
        before, after = newest.name.split(marker, 1)
        self.secs += 1000
        os.rename(
            newest.path,
            os.path.join(self.run, f"{before}{marker}{self.secs:010d}.{after.split('.', 1)[1]}"),
        )

    def write(self, log):
        """What a writer of tensorboardX logs in a file of its own."""
        writer = tensorboardX.SummaryWriter(self.run)
        log(writer)
        writer.close()
        self.name_of_newest()

    def first_half(self):
        def log(writer):
            for step in range(100):
                writer.add_scalar("every", step, step)
                if step % 30 == 0:
                    writer.add_scalar("seldom", step, step)
                    writer.add_text("note", f"at {step}", step)
                if step < 50:
                    writer.add_scalar("ended", step, step)
                if step == 90:
                    writer.add_histogram("late", [1.0, 2.0], step)

        self.write(log)

    def steps(self, tags):
        """{reader: {tag: steps}}"""
        found = {}
        with readers.both_logs(self.logdir) as logs:
            for log in logs:
                series = log.scalars()["run"]
                found[log.name] = {
                    tag: [datum.step for datum in series[tag]] for tag in tags if tag in series
                }
        return found

    def assert_both(self, expected):
        self.assertEqual(
            self.steps(expected), {"Python": expected, "Rust": expected}
        )

    def test_both_readers_show_nothing_from_the_step_on(self):
        self.first_half()
        told = self.resume(code=1)
        self.assertIn("late has no value before step 80", told)
        self.assertIn("values from step 60 on are repeated", told)
        self.assert_both(
            {"every": list(range(80)), "seldom": [0, 30, 60], "ended": list(range(50))}
        )

    def test_values_that_are_repeated_are_what_they_were(self):
        self.first_half()
        with readers.both_logs(self.logdir) as logs:
            before = {log.name: log.scalars()["run"]["every"][:80] for log in logs}
        self.resume(code=1)
        with readers.both_logs(self.logdir) as logs:
            for log in logs:
                self.assertEqual(log.scalars()["run"]["every"], before[log.name])

    def test_a_foreign_writer_goes_on(self):
        self.first_half()
        self.resume(code=1)

        def log(writer):
            for step in range(STEP, 85):
                writer.add_scalar("every", -step, step)
            writer.add_histogram("late", [3.0], 84)

        self.write(log)
        self.assert_both({"every": list(range(85)), "seldom": [0, 30, 60]})
        with readers.both_logs(self.logdir) as logs:
            for log in logs:
                values = log.scalars()["run"]["every"]
                self.assertEqual(values[-1].value, -84)
                self.assertEqual(values[79].value, 79)

    def test_one_that_says_where_it_starts_does_too(self):
        """Its START is the run's third."""
        self.first_half()
        self.resume(code=1)
        writer = tensorboardX.SummaryWriter(self.run, purge_step=STEP)
        writer.add_scalar("every", 1, STEP)
        writer.close()
        self.name_of_newest()
        self.assert_both({"every": list(range(81)), "seldom": [0, 30, 60]})

    def test_so_does_tblog(self):
        self.first_half()
        self.resume(code=1)
        readers.run(WRITE_RESUMED, self.run, "80", "85")
        self.assert_both({"every": list(range(85)), "seldom": [0, 30, 60]})

    def test_a_run_may_be_resumed_again_and_again(self):
        self.first_half()
        for _ in range(3):
            self.resume(code=1)
            self.write(
                lambda writer: [writer.add_scalar("every", 1, step) for step in range(80, 100)]
            )
        self.resume(code=1)
        self.assert_both({"every": list(range(80)), "seldom": [0, 30, 60]})

    def test_a_torn_file_is_left_and_cut_all_the_same(self):
        self.first_half()
        (name,) = os.listdir(self.run)
        path = os.path.join(self.run, name)
        os.truncate(path, os.path.getsize(path) - 3)
        size = os.path.getsize(path)
        self.resume(code=1)
        self.assertEqual(os.path.getsize(path), size)
        self.assert_both({"every": list(range(80)), "seldom": [0, 30, 60]})

    def test_where_there_is_nothing_to_cut_nothing_is_written(self):
        self.write(lambda writer: writer.add_scalar("every", 1, STEP - 1))
        self.assertIn("nothing at step 80", self.resume())
        self.assertEqual(len(os.listdir(self.run)), 1)

    def test_a_run_that_went_back_before_is_cut_as_it_is_shown(self):
        """Two pieces without a START between them."""
        self.first_half()
        self.write(lambda writer: [writer.add_scalar("every", 2, s) for s in range(40, 95)])
        self.resume(code=1)
        rust = self.steps(["every", "seldom"])["Rust"]
        self.assertEqual(rust["every"], list(range(80)))
        self.assertEqual(rust["seldom"], [0, 30, 60])


if __name__ == "__main__":
    TBLOG, WRITE_RESUMED = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
