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
        np.testing.assert_array_equal(found, self.array)  # NaN equals NaN


def tensor(tag, values, dtype, run="tensors", **more):
    array = np.array(values, np.dtype(dtype))
    return Series(run, tag, TENSOR, points(Array(array)), **more)


def float8(bits, mantissa_bits, bias, infinities):
    """What the bits stand for, by the definition of arXiv:2209.05433."""
    sign = -1.0 if bits >= 128 else 1.0
    exponent, mantissa = divmod(bits % 128, 1 << mantissa_bits)
    if infinities and bits % 128 >= 0x7C:
        return sign * np.inf if mantissa == 0 else np.nan
    if not infinities and bits % 128 == 0x7F:
        return np.nan
    if exponent:
        mantissa += 1 << mantissa_bits
    return sign * mantissa * 2.0 ** (max(exponent, 1) - bias - mantissa_bits)


def float8s(*format_):
    return np.array([float8(bits, *format_) for bits in range(256)]).reshape(16, 16)


DTYPES = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32"
DTYPES += " float64 complex64 complex128"
add(
    *(
        tensor(dtype, [[0, 20, 40], [60, 80, 100]], dtype, traps=["tensor-encoding"])
        for dtype in DTYPES.split()
    ),
    tensor("bool", [True, False, True], bool, traps=["tensor-encoding"]),
    tensor("float16", [1, -2], "float16", traps=["tensor-encoding"]),
    *(
        tensor(
            tag,
            values,
            "float32",
            run="widened tensors",
            traps=["tensor-undecodable"],
        )
        for tag, values in (
            ("bfloat16", [1, -2]),
            ("float8_e4m3", float8s(3, 7, False)),
            ("float8_e5m2", float8s(2, 15, True)),
        )
    ),
    tensor("rank 0", 2.5, "float64"),
    tensor("empty", np.zeros((0, 3)), "float64", traps=["tensor-repeat"]),
    tensor("transposed", np.arange(12).reshape(3, 4).T, "int32"),
)
