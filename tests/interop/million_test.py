# SPDX-License-Identifier: Apache-2.0
"""A million scalars of one writer, whole in both of TensorBoard's readers.

    million_test.py WRITE_MILLION
"""

import sys
import tempfile
import unittest

import numpy as np

import readers


class MillionTest(unittest.TestCase):
    def test_every_point_is_there(self):
        with tempfile.TemporaryDirectory() as logdir:
            readers.run(WRITE_MILLION, logdir)
            with readers.both_logs(logdir) as logs:
                for log in logs:
                    with self.subTest(reader=log.name):
                        points = log.scalars()["."]["quarters"]
                        steps = np.array([d.step for d in points])
                        values = np.array([d.value for d in points])
                        self.assertTrue(np.array_equal(steps, np.arange(1_000_000)))
                        self.assertTrue(np.array_equal(values, steps * 0.25))


if __name__ == "__main__":
    WRITE_MILLION = sys.argv.pop(1)
    unittest.main()
