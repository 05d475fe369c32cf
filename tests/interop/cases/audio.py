# SPDX-License-Identifier: Apache-2.0
"""What audio.cc logs."""

import dataclasses
import io
import wave

import numpy as np

from kinds import AUDIO
from table import Point, Series, add, points


def sounds(samples):
    return np.arange(samples) * 40_503 % 65_536 - 32_768


@dataclasses.dataclass
class Wavs:
    """Clips as Python's wave module reads them: integers of `width` bytes."""

    clips: list  # of [frames, channels]
    rate: int = 44_100
    width: int = 2

    def check(self, t, found):
        t.assertEqual(len(found), len(self.clips))
        for data, clip in zip(found, self.clips):
            with wave.open(io.BytesIO(data)) as file:
                t.assertEqual(
                    (file.getframerate(), file.getsampwidth(), file.getcomptype()),
                    (self.rate, self.width, "NONE"),
                )
                t.assertEqual((file.getnframes(), file.getnchannels()), clip.shape)
                raw = file.readframes(file.getnframes())
            decoded = [
                int.from_bytes(raw[i : i + self.width], "little", signed=True)
                for i in range(0, len(raw), self.width)
            ]
            t.assertEqual(decoded, clip.reshape(-1).tolist())
            # A chunk of an odd size has a byte more, and the file's size says so.
            t.assertEqual(len(data), 44 + len(raw) + len(raw) % 2)
            t.assertEqual(int.from_bytes(data[4:8], "little"), len(data) - 8)


@dataclasses.dataclass
class FloatWav:
    """A clip of floats, which the wave module does not read."""

    clip: np.ndarray

    def check(self, t, found):
        (data,) = found
        t.assertEqual(data[20:22], b"\3\0")
        decoded = np.frombuffer(data[58:], "<f4")
        np.testing.assert_array_equal(decoded, self.clip)


@dataclasses.dataclass
class Same:
    """Bytes that are kept as they are."""

    data: bytes

    def check(self, t, found):
        t.assertEqual(found, [self.data])


def audio(tag, *values, run="sounds", **more):
    made = [v if hasattr(v, "check") else Wavs([v]) for v in values]
    return Series(run, tag, AUDIO, points(*made), **more)


def mono(values):
    return np.asarray(values).reshape(-1, 1)


def encoded():
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(1)
        out.setframerate(11_025)
        out.writeframes(bytes(range(200)))
    return file.getvalue()


# Files that audio.cc finds in its folder of inputs, by name.
INPUTS = {"a.wav": encoded()}
ALL = sounds(1200)

add(
    audio("mono", mono(ALL), traps=["audio-content"]),
    audio("stereo", Wavs([ALL.reshape(600, 2)], 48_000)),
    audio("channels first", ALL.reshape(400, 3)),
    audio("clips", Wavs(list(ALL.reshape(5, 120, 2)[:3]), 16_000)),
    audio("all clips", Wavs(list(ALL.reshape(5, 240, 1)))),
    audio(
        "series",
        *(Wavs(list(ALL[step : step + 200].reshape(2, 100, 1))) for step in range(3)),
    ),
    *(audio(dtype, mono(ALL)) for dtype in ("float32", "float64", "int32")),
    *(audio(dtype, mono((ALL >> 8) * 256)) for dtype in ("int8", "uint8")),
    audio("24 bits", Wavs([mono(ALL * 256)], width=3)),
    audio("odd", Wavs([mono(ALL[:3] * 256)], width=3)),
    audio("floats in the file", FloatWav((ALL / 32_768).astype(np.float32))),
    audio("encoded", Same(INPUTS["a.wav"]), run="encoded sounds"),
    audio(
        "outside",
        mono([0, 16_384, -32_768, 32_767, -32_768, 0]),
        run="reported sounds",
    ),
    Series(
        "reported sounds",
        "other count",
        AUDIO,
        [
            Point(0, Wavs(list(sounds(12).reshape(2, 3, 2)))),
            Point(3, Wavs(list(sounds(6).reshape(2, 3, 1)))),
        ],
        traps=["audio-clip-count"],
    ),
    audio("old", sounds(12).reshape(6, 2), run="old sounds", old_form=True),
    *(
        audio(
            f"old clips/audio/{i}",
            sounds(12).reshape(2, 3, 2)[i],
            run="old sounds",
            old_form=True,
        )
        for i in range(2)
    ),
    audio("slow", Wavs([mono(sounds(12))], 1), run="reported sounds"),
)
