# SPDX-License-Identifier: Apache-2.0
"""What histogram.cc logs."""

import dataclasses

import numpy as np

from kinds import HISTOGRAM
from table import Series, add, points

from cases.scalar import scalar


def bell(n, seed):
    """Of cases::bell()."""
    values = []
    for _ in range(n):
        total = 0
        for _ in range(3):
            seed = (seed * 1664525 + 1013904223) % 2**32
            total += seed >> 18
        values.append((total - 24576) / 4096)
    return values


class Expected:
    dtypes = (np.float64,)  # as both readers give it out


@dataclasses.dataclass
class Buckets(Expected):
    """Rows [left, right, count] that touch, whose counts are those of `values`
    between their edges: half open, the last one closed."""

    values: list
    whole: bool = False  # edges at whole numbers

    def check(self, t, rows):
        left, right, counts = rows.T
        values = np.array(self.values, np.float64)
        t.assertEqual((left[0], right[-1]), (values.min(), values.max()))
        t.assertEqual(left[1:].tolist(), right[:-1].tolist())
        t.assertTrue(np.all(left <= right))
        if self.whole:
            t.assertEqual(left.tolist(), np.rint(left).tolist())
        self.check_counts(t, rows)

    def check_counts(self, t, rows):
        values = np.array(self.values, np.float64)
        left, right, counts = rows.T
        expected = [
            np.sum((values >= a) & ((values < b) | ((i == len(rows) - 1) & (values == b))))
            for i, (a, b) in enumerate(zip(left, right))
        ]
        t.assertEqual(counts.tolist(), [float(n) for n in expected])


@dataclasses.dataclass
class Even(Buckets):
    """The edges at equal distances, each within the `spacing` of the numbers of
    the values' type."""

    buckets: int = 30
    spacing: float = 2**-21

    def check(self, t, rows):
        super().check(t, rows)
        low, high = min(self.values), max(self.values)
        t.assertEqual(len(rows), self.buckets)
        for i, right in enumerate(rows[:, 1]):
            exact = low + (high - low) * (i + 1) / self.buckets
            t.assertAlmostEqual(right, exact, delta=self.spacing)


@dataclasses.dataclass
class Rows(Expected):
    """These very rows."""

    rows: list
    dtypes: tuple = (np.float64,)

    def check(self, t, rows):
        t.assertEqual(rows.tolist(), [[float(n) for n in row] for row in self.rows])


class Grid(Buckets):
    """TensorFlow's geometric grid, between the outermost buckets that have a
    value."""

    def check(self, t, rows):
        positive = [1e-12]
        while positive[-1] * 1.1 < 1e20:
            positive.append(positive[-1] * 1.1)
        grid = [-x for x in reversed(positive)] + [0.0] + positive
        edges = rows[:, 0].tolist() + [rows[-1][1]]
        first = grid.index(edges[0])
        t.assertEqual(edges, grid[first : first + len(edges)])
        self.check_counts(t, rows)
        t.assertEqual(rows[:, 2].sum(), len(self.values))
        t.assertGreater(rows[0][2], 0)
        t.assertGreater(rows[-1][2], 0)


def histogram(tag, *values, run="histograms", **more):
    return Series(run, tag, HISTOGRAM, points(*values), **more)


BELL = bell(1000, 42)
add(
    histogram("bell", *(Even(bell(10_000, step)) for step in range(3))),
    histogram("seven buckets", Even(BELL, buckets=7)),
    histogram("called", Even(BELL)),
    histogram("grid", Grid(BELL), traps=["histogram-outer-buckets"]),
    # Of given edges; what lies beyond them is not counted.
    histogram(
        "explicit",
        Rows(
            [
                (a, b, sum(a <= x < b or x == b == 3 for x in BELL))
                for a, b in [(-1, -0.5), (-0.5, 0), (0, 0.25), (0.25, 3)]
            ]
        ),
    ),
    histogram("counted", Rows([(-1, 1, 4), (1, 4, 5)])),
    histogram("strided", Even(BELL[0::2])),
    histogram("constant", Rows([(2.5, 2.5, 5)])),
    histogram("empty", Rows([]), traps=["histogram-shape"]),
    histogram("all NaN", Rows([]), traps=["histogram-finite"]),
    histogram(
        "some NaN", Even([1, 2, 3], spacing=1e-15), traps=["histogram-finite"]
    ),
    scalar("histograms", "all NaN/nonfinite", points(4)),
    scalar("histograms", "some NaN/nonfinite", points(4)),
    scalar("histograms", "dtype/float16/nonfinite", points(1)),
    histogram(
        "extremes",
        Buckets([-1.7e308, 0, 1.7e308]),
        traps=["histogram-range"],
        unasked={
            "distributions/distributions": "TensorBoard multiplies a bucket's width"
            " by 10,000 in double, which overflows for ranges beyond 1e304"
        },
    ),
    histogram(
        "denormals", Buckets([5e-324, 1e-323, 2e-323, 2e-323]), traps=["histogram-range"]
    ),
)

NUMBERS = [i % 100 for i in range(1000)]
HALVES = [1, 1.5, 2, -2]
for bits in (8, 16, 32, 64):
    add(
        histogram(f"dtype/int{bits}", Buckets(NUMBERS, whole=True)),
        histogram(f"dtype/uint{bits}", Buckets(NUMBERS, whole=True)),
    )
add(
    histogram("dtype/float32", Buckets(NUMBERS)),
    histogram("dtype/float64", Buckets(NUMBERS)),
    histogram("dtype/bool", Buckets([1, 0, 1, 1], whole=True)),
    histogram("dtype/bfloat16", Buckets(HALVES)),
    histogram("dtype/float8_e4m3", Buckets(HALVES)),
    histogram("dtype/float8_e5m2", Buckets(HALVES)),
    histogram("dtype/float16", Buckets(HALVES + [2.0**-24])),
)
