# SPDX-License-Identifier: Apache-2.0
"""LogReaderOptions::purge against TensorBoard's readers, on runs that go back.

    purge_test.py DUMP_LOG
"""

import json
import os
import random
import sys
import tempfile
import unittest

from tensorboard.compat.proto import event_pb2

import readers

from cases import bad_files

ROUNDS = 15


def events(chance):
    """Of one file: scalars of two tags at steps that go back, and STARTs."""
    made = [bad_files.VERSION] if chance.random() < 0.7 else []
    for _ in range(chance.randrange(1, 25)):
        step = chance.randrange(8)
        if chance.random() < 0.15:
            start = event_pb2.SessionLog(status=chance.choice([1, 1, 2, 3]))
            made.append(bad_files.event(step, session_log=start))
        else:
            made.append(bad_files.scalar(step, tag=chance.choice("ab")))
    return made


def ours(logdir, purge):
    """{tag: steps}"""
    steps = {}
    for line in readers.run(DUMP_LOG, "--purge", purge, logdir).splitlines():
        value = json.loads(line)
        if value["kind"] == "scalar":
            steps.setdefault(value["tag"], []).append(value["step"])
    return steps


def theirs(log):
    tags = log.scalars().get(".", {})
    return {tag: [d.step for d in data] for tag, data in tags.items() if data}


class PurgeTest(unittest.TestCase):
    def test_each_rule_leaves_what_its_reader_shows(self):
        chance = random.Random(1)
        for round_number in range(ROUNDS):
            with tempfile.TemporaryDirectory() as logdir:
                for name in ("tfevents.1", "tfevents.2")[: chance.randrange(1, 3)]:
                    with open(os.path.join(logdir, name), "wb") as file:
                        for payload in events(chance):
                            file.write(bad_files.record(payload))
                with self.subTest(round=round_number):
                    python = theirs(readers.python_log(logdir))
                    self.assertEqual(ours(logdir, "python"), python)
                    with readers.rust_log(logdir, content=False) as rust:
                        self.assertEqual(ours(logdir, "rust"), theirs(rust))


if __name__ == "__main__":
    DUMP_LOG = os.path.abspath(sys.argv.pop(1))
    unittest.main()
