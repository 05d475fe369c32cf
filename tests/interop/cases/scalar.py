# SPDX-License-Identifier: Apache-2.0
"""What scalar.cc logs."""

import math

from kinds import SCALAR
from table import Now, Point, Series, add, points


def scalar(run, tag, found, **more):
    return Series(run, tag, SCALAR, found, **more)


add(
    scalar("scalars", "line", points(*(i * 0.5 - 3 for i in range(1000)))),
    scalar(
        "scalars",
        "special",
        points(
            *(math.nan, math.inf, -math.inf, -0.0, 2.0**-149, 1e-40, 0.1),
            *(0, (2 - 2**-23) * 2.0**127, -16777216),
        ),
        traps=["scalar-float32", "scalar-not-finite"],
    ),
    scalar(
        "scalars",
        "steps",
        [
            Point(step, 1, 1.0)
            for step in (-(2**63), -5, 0, 2**53 + 1, 2**63 - 1)
        ],
        traps=["step-any-int64"],
    ),
    scalar(
        "scalars",
        "wall times",
        [
            Point(step, 1, time)
            for step, time in enumerate([0.0, -1.5, 0.001, 1700000000.123456, 4e9])
        ],
        traps=["wall-time-finite"],
    ),
    # Several of one call share step and wall time.
    scalar("scalars", "several/a", [Point(3, 1, Now)]),
    scalar("scalars", "several/b", [Point(3, 2.5, Now)]),
    scalar("scalars", "several/c", [Point(3, 1, Now)]),
    scalar("scalars", "map/x", [Point(4, 4, Now)]),
    scalar("scalars", "map/y", [Point(4, 5, Now)]),
    scalar("scalars", "view/int64", points(-7), traps=["scalar-float32"]),
    scalar("scalars", "view/float16", points(1.5), traps=["scalar-float32"]),
    scalar("scalars", "view/uint8", points(200), traps=["scalar-float32"]),
    scalar("scalars", "at the set step", [Point(17, 6, Now)]),
    scalar(
        "counted",
        "counted",
        [Point(i, i * 10, Now) for i in range(3)],
        traps=["step-missing"],
    ),
)

BACK = [Point(1, 0), Point(2, 1), Point(2, 2), Point(3, 3), Point(1, 4)]
add(
    # Rust keeps what no later value of the tag stands at or below.
    scalar("reported", "back", {"Python": BACK, "Rust": [Point(1, 4)]}),
    scalar("reported", "beyond float", points(math.inf, -math.inf)),
    # Of two in one call the later wins.
    scalar("reported", "twice", points(2), traps=["step-twice-in-event"]),
    scalar(
        "dropped",
        "back",
        [Point(1, 0), Point(2, 1), Point(3, 3), Point(4, 5)],
        traps=["step-increasing"],
    ),
)

# Verbatim; an empty tag and one that is not UTF-8 are not there.
TAGS = ["ünï/cödé ✓ 🎉", " spaces ", "a//b", "/leading", "trailing/"]
TAGS += ["%20+&=?#", "<b>bold</b>", "t" * 5000]
TAGS += ['quote"d', "back\\slash", "line\nbreak"]
add(
    *(
        scalar("tags", tag, points(i + 1), traps=["tag-utf8", "tag-empty"])
        for i, tag in enumerate(TAGS)
    )
)
