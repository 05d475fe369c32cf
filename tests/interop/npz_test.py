# SPDX-License-Identifier: Apache-2.0
"""What Capture::save_npz() wrote, as numpy loads it.

    npz_test.py WRITE_NPZ
"""

import os
import sys
import tempfile
import unittest
import zipfile

import numpy as np

import readers


class NpzTest(unittest.TestCase):
    def test_numpy_loads_every_entry(self):
        numbers = [[0, 20, 40], [60, 80, 100]]
        expected = {
            f"{sign}int{bits}": np.array(numbers, f"{sign}int{bits}")
            for sign in ("", "u")
            for bits in (8, 16, 32, 64)
        }
        expected["float32"] = np.array(numbers, np.float32)
        expected["float64"] = np.array(numbers, np.float64)
        expected["bool"] = np.array([True, False])
        expected["float16"] = np.array([1, -2], np.float16)
        expected["bfloat16"] = np.array([1, -2], np.float32)
        expected["transposed"] = np.arange(12, dtype=np.int32).reshape(3, 4).T
        expected["rank 0"] = np.array(2.5)
        expected["empty"] = np.empty((0, 3))
        expected["ünï"] = np.array([2.5])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "capture.npz")
            readers.run(WRITE_NPZ, path)
            with zipfile.ZipFile(path) as archive:
                self.assertIsNone(archive.testzip())
            with np.load(path, allow_pickle=False) as found:
                self.assertEqual(set(found.files), set(expected))
                for name, array in expected.items():
                    with self.subTest(name):
                        self.assertEqual(found[name].dtype, array.dtype)
                        self.assertEqual(found[name].shape, array.shape)
                        self.assertEqual(found[name].tolist(), array.tolist())


if __name__ == "__main__":
    WRITE_NPZ = sys.argv.pop(1)
    unittest.main()
