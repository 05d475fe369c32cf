# SPDX-License-Identifier: Apache-2.0
"""What tensor.cc logs."""

import dataclasses

import numpy as np

from kinds import TENSOR
from table import Series, add, points


@dataclasses.dataclass
class Array:
    """This array, dtype and shape included."""

    array: np.ndarray

    def check(self, t, found):
        t.assertEqual((found.dtype, found.shape), (self.array.dtype, self.array.shape))
        t.assertEqual(found.tolist(), self.array.tolist())


def tensor(tag, values, dtype, **more):
    array = np.array(values, np.dtype(dtype))
    return Series("tensors", tag, TENSOR, points(Array(array)), **more)


DTYPES = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32"
DTYPES += " float64 complex64 complex128"
add(
    *(
        tensor(dtype, [[0, 20, 40], [60, 80, 100]], dtype, traps=["tensor-encoding"])
        for dtype in DTYPES.split()
    ),
    tensor("bool", [True, False, True], bool, traps=["tensor-encoding"]),
    tensor("float16", [1, -2], "float16", traps=["tensor-encoding"]),
    tensor("bfloat16", [1, -2], "float32", traps=["tensor-undecodable"]),
    tensor("rank 0", 2.5, "float64"),
    tensor("empty", np.zeros((0, 3)), "float64", traps=["tensor-repeat"]),
    tensor("transposed", np.arange(12).reshape(3, 4).T, "int32"),
)
