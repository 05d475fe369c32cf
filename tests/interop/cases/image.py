# SPDX-License-Identifier: Apache-2.0
"""What image.cc logs."""

import dataclasses
import io

import numpy as np
import PIL.Image

from kinds import IMAGE
import readers
from table import Series, add, points

HEIGHT, WIDTH = 12, 20


def picture(channels):
    """Of cases' picture(): [height, width, channels] of 0–255."""
    y, x, c = np.meshgrid(
        np.arange(HEIGHT), np.arange(WIDTH), np.arange(channels), indexing="ij"
    )
    return (7 * y + 13 * x + 50 * c) % 256


@dataclasses.dataclass
class Pixels:
    """Images that decode to arrays [height, width, channels]."""

    arrays: list
    tolerance: float = 0

    @property
    def count(self):
        return len(self.arrays)

    def check(self, t, found):
        width, height, encoded = found
        t.assertEqual((height, width), self.arrays[0].shape[:2])
        t.assertEqual(len(encoded), len(self.arrays))
        for one, array in zip(encoded, self.arrays):
            decoded = readers.pixels(one).astype(int)
            t.assertEqual(decoded.shape, array.shape)
            t.assertLessEqual(np.abs(decoded - array).max(), self.tolerance)


@dataclasses.dataclass
class Encoded:
    """An image kept byte for byte."""

    data: bytes
    count = 1

    def check(self, t, found):
        size = PIL.Image.open(io.BytesIO(self.data)).size
        t.assertEqual(found, (*size, [self.data]))


def image(tag, *values, run="images", tolerance=0, **more):
    """Of one image a step."""
    made = [
        v if hasattr(v, "check") else Pixels([np.asarray(v)], tolerance) for v in values
    ]
    return Series(run, tag, IMAGE, points(*made), **more)


def gray(rows):
    return np.array(rows)[:, :, None]


add(
    *(image(f"hwc{n}", picture(n), traps=["image-shape"]) for n in range(1, 5)),
    image("hw", picture(1)),
    image("chw", picture(3)),
    image("mirrored", picture(3)[:, ::-1]),
    image("bool", gray([[255, 0], [0, 255]])),
    image("series", *(np.full((2, 2, 1), step * 40) for step in range(3))),
    image("uint16", picture(3), run="scaled images"),
    image("unit", picture(3), run="scaled images"),
    image("symmetric", picture(1), run="scaled images"),
    image(
        "auto", gray([[0, 63.75], [127.5, 255]]), run="scaled images", tolerance=0.5
    ),
    image("clamped", gray([[0, 0], [255, 255]]), run="reported images"),
    image(
        "gaps",
        [[[255, 0, 255], [255] * 3], [[0] * 3, [255] * 3]],
        run="reported images",
    ),
)


def encoded(form):
    gradient = np.add.outer(np.arange(17) * 3, np.arange(31) * 5).astype(np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(gradient).save(file, form)
    return file.getvalue()


# Files that image.cc finds in its folder of inputs, by name.
INPUTS = {f"a.{form}": encoded(form) for form in ("png", "jpeg", "gif", "bmp")}
add(
    *(
        image(
            "encoded/" + name,
            Encoded(data),
            run="encoded images",
            traps=["image-encoding"],
        )
        for name, data in INPUTS.items()
    )
)
