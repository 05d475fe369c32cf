# SPDX-License-Identifier: Apache-2.0
"""What series.cc logs: the texts of a series, and runs below a run."""

import time

import numpy as np

from kinds import AUDIO, HISTOGRAM, IMAGE, PR_CURVE, SCALAR, TENSOR, TEXT
from table import SERIES, Point, Series, add, check, points, wall_time

from cases.audio import Wavs
from cases.histogram import Even, Rows
from cases.image import Pixels, picture
from cases.pr_curve import curve
from cases.scalar import scalar
from cases.tensor import Array
from cases.text import Words


def described(kind, value, **more):
    name = kind.name
    return Series(
        "described",
        name,
        kind,
        points(value, value),
        display_name="The " + name,
        description=f"about *{name}*, ü",
        description_html=f"<p>about <em>{name}</em>, ü</p>",
        traps=["metadata-first"],
        **more,
    )


add(
    described(SCALAR, 1),
    described(HISTOGRAM, Even([1, 2], spacing=2**-23)),
    described(IMAGE, Pixels([np.full((1, 1, 1), 255)])),
    described(AUDIO, Wavs([np.array([[0], [16_384]])])),
    described(TEXT, Words("t")),
    described(
        PR_CURVE,
        curve([0, 1], [0, 1], thresholds=2),
        content=b"\x10\x02",  # num_thresholds
    ),
    described(TENSOR, Array(np.array([1, 2], np.float32))),
    scalar("parent", "loss", points(1)),
    scalar("parent/test", "loss", points(2, 3)),
    scalar("parent/a/b/c", "loss", points(4)),
    # "parent/without a value" is no run.
    scalar("parent/läufe β, 1", "loss", points(5), traps=["run-names"]),
)

# WriterOptions::legacy_values: the forms of TensorFlow 1, which the readers
# make the new ones of. Python makes float32 of the histogram.
add(
    scalar("old forms", "scalar", points(0.5, 1.5), old_form=True),
    Series(
        "old forms",
        "histogram",
        HISTOGRAM,
        points(Rows([(1, 2, 1), (2, 3, 2)], dtypes=(np.float32, np.float64))),
        old_form=True,
        traps=["histogram-outer-buckets"],
    ),
    Series(
        "old forms", "image", IMAGE, points(Pixels([picture(3)])), old_form=True
    ),
    Series("old forms", "text", TEXT, points(Words("new"))),
)

# WriterOptions::deterministic: identical files for identical calls.
for run in ("deterministic", "deterministic again"):
    add(
        scalar(run, "loss", [Point(step, step * 0.5, 1e9) for step in range(3)]),
        scalar(run, "given", points(1)),
    )


@check()
def identical_calls_make_identical_files(t, written):
    one, two = [f for f in written.files if f.run.startswith("deterministic")]
    t.assertEqual((one.name, one.records), (two.name, two.records))


@check()
def runs_are_those_that_have_a_value(t, written):
    for name, log in written.logs.items():
        with t.subTest(reader=name):
            t.assertEqual(set(log.runs()), {series.run for series in SERIES})


@check()
def runs_start_when_they_were_written(t, written):
    # Python: at the first event, the file's version; Rust: at the earliest.
    python, rust = (written.logs[name].runs()["texts"] for name in ("Python", "Rust"))
    t.assertAlmostEqual(python, time.time(), delta=1200)
    t.assertEqual(rust, wall_time(0))
