# SPDX-License-Identifier: Apache-2.0
"""What batch.cc logs."""

import dataclasses
import io

import numpy as np
import PIL.Image

from cases.image import Pixels, image
import readers
from table import add

IMAGES, HEIGHT, WIDTH = 5, 6, 8


def pictures(channels):
    count = IMAGES * HEIGHT * WIDTH * channels
    return (np.arange(count) * 7 % 251).reshape(IMAGES, HEIGHT, WIDTH, channels)


def grid(arrays, columns, level=96):
    """Side by side with lines of one pixel between them."""
    rows = -(-len(arrays) // columns)
    height, width, channels = arrays[0].shape
    shape = (rows * (height + 1) - 1, columns * (width + 1) - 1, channels)
    made = np.full(shape, level)
    for i, array in enumerate(arrays):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        made[top : top + height, left : left + width] = array
    return made


@dataclasses.dataclass
class Animation:
    """An animated PNG of these frames as pillow plays it."""

    frames: np.ndarray
    milliseconds: float
    plays: int = 0
    count = 1

    def check(self, t, found):
        width, height, (data,) = found
        t.assertEqual((height, width), self.frames.shape[1:3])
        played = PIL.Image.open(io.BytesIO(data))
        t.assertEqual((played.format, played.n_frames), ("PNG", len(self.frames)))
        t.assertEqual(played.info["loop"], self.plays)
        for i, frame in enumerate(self.frames):
            played.seek(i)
            t.assertAlmostEqual(played.info["duration"], self.milliseconds, delta=0.01)
            shown = np.asarray(played.convert("RGBA")).astype(int)
            opaque = np.full((*frame.shape[:2], 1), 255)
            whole = frame if frame.shape[2] == 4 else np.dstack([frame, opaque])
            t.assertEqual(shown.tolist(), whole.tolist())


@dataclasses.dataclass
class Boxes:
    """A dark image with the two frames of batch.cc, whose labels are there."""

    count = 1

    def check(self, t, found):
        width, height, (data,) = found
        t.assertEqual((width, height), (60, 40))
        pixels = readers.pixels(data).astype(int)
        t.assertEqual(pixels.shape, (40, 60, 3))
        red, green, black = [255, 0, 0], [0, 255, 0], [0, 0, 0]
        for y, x, color in (
            (15, 5, red),
            (34, 24, red),
            (25, 5, red),
            (25, 24, red),
            (25, 15, black),
            (35, 15, black),
            (20, 50, green),
            (39, 50, green),
            (30, 59, black),  # its right edge lies outside
        ):
            t.assertEqual(pixels[y, x].tolist(), color, (y, x))
        # The ground of the labels, and letters on it; the far one is moved left.
        t.assertEqual(pixels[6, 5].tolist(), red)
        t.assertIn([255, 255, 255], pixels[6:15, 5:12].reshape(-1, 3).tolist())
        t.assertEqual(pixels[11, 59].tolist(), green)
        t.assertIn(black, pixels[12:19, 42:59].reshape(-1, 3).tolist())


RGB, GRAY = pictures(3), pictures(1)


def batch(tag, *values, **more):
    return image(tag, *values, run="batches", **more)


add(
    batch("first three", Pixels(list(RGB[:3])), traps=["image-shape"]),
    batch("all", Pixels(list(RGB))),
    batch("layout of one", Pixels(list(RGB[:3]))),
    batch("gray", Pixels(list(GRAY[:3]))),
    batch("other counts", *(Pixels(list(GRAY[: n + 1])) for n in range(3))),
    batch(
        "auto",
        Pixels([np.array([[[0], [25.5]]]), np.array([[[51], [255]]])], tolerance=0.5),
    ),
    batch("grid", Pixels([grid(RGB, 3)])),
    batch("near square", Pixels([grid(RGB, 3)])),
    batch("animation", Animation(RGB, 250)),
    batch("transparent", *[Animation(pictures(4), 1000 / 29.97, 2)] * 2),
    batch("boxes", Boxes()),
)
