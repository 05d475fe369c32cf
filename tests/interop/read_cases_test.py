# SPDX-License-Identifier: Apache-2.0
"""What write_cases logged, as TensorBoard's two readers give it out.

    read_cases_test.py WRITE_CASES [unittest arguments]

The expected values are made here, by the rules of write_cases.cc.
"""

import math
import os
import shutil
import sys
import tempfile
import time
import unittest

import numpy as np
import PIL.Image

import readers

HEIGHT, WIDTH = 12, 20
MAX_DOUBLE = sys.float_info.max
START_OF_TEST = time.time()
logs = []  # both readers' views
pictures = ""


def wall_time(step):
    return 1_700_000_000 + step * 0.25


def bell(n, seed):
    values = []
    for _ in range(n):
        total = 0
        for _ in range(3):
            seed = (seed * 1664525 + 1013904223) % 2**32
            total += seed >> 18
        values.append((total - 24576) / 4096)
    return values


def picture(channels):
    y, x, c = np.meshgrid(
        np.arange(HEIGHT), np.arange(WIDTH), np.arange(channels), indexing="ij"
    )
    return (7 * y + 13 * x + 50 * c) % 256


class Case(unittest.TestCase):
    log = None  # a readers.Log; load_tests makes one class a reader

    def assert_bits(self, actual, expected):
        """Equal as float32, NaN and the sign of zero included."""
        self.assertEqual(
            np.array(actual, np.float32).view(np.uint32).tolist(),
            np.array(expected, np.float32).view(np.uint32).tolist(),
        )


class ScalarTest(Case):
    def test_all_points_of_a_line(self):
        log = self.log
        line = log.scalars()["scalars"]["line"]
        self.assertEqual([d.step for d in line], list(range(1000)))
        self.assertEqual([d.value for d in line], [i * 0.5 - 3 for i in range(1000)])
        self.assertEqual(
            [d.wall_time for d in line], [wall_time(i) for i in range(1000)]
        )

    def test_special_values_are_rounded_to_float32_and_no_more(self):
        expected = [math.nan, math.inf, -math.inf, -0.0, 2.0**-149, 1e-40, 0.1]
        expected += [0, (2 - 2**-23) * 2.0**127, -16777216]
        log = self.log
        values = [d.value for d in log.scalars()["scalars"]["special"]]
        self.assertTrue(math.isnan(values[0]))
        self.assert_bits(values[1:], expected[1:])

    def test_steps_of_the_whole_int64_range(self):
        log = self.log
        self.assertEqual(
            [d.step for d in log.scalars()["scalars"]["steps"]],
            [-(2**63), -5, 0, 2**53 + 1, 2**63 - 1],
        )

    def test_wall_times(self):
        log = self.log
        self.assertEqual(
            [d.wall_time for d in log.scalars()["scalars"]["wall times"]],
            [0.0, -1.5, 0.001, 1700000000.123456, 4e9],
        )

    def test_scalars_of_one_call_share_step_and_wall_time(self):
        log = self.log
        run = log.scalars()["scalars"]
        found = [run["several/" + name] for name in "abc"]
        self.assertEqual([len(d) for d in found], [1, 1, 1])
        self.assertEqual([d[0].value for d in found], [1, 2.5, 1])
        self.assertEqual([d[0].step for d in found], [3, 3, 3])
        self.assertEqual(len({d[0].wall_time for d in found}), 1)
        self.assertAlmostEqual(found[0][0].wall_time, START_OF_TEST, delta=600)
        self.assertEqual(run["map/x"][0].value, 4)
        self.assertEqual(run["map/y"][0].value, 5)

    def test_views_and_the_set_step(self):
        log = self.log
        run = log.scalars()["scalars"]
        self.assertEqual(run["view/int64"][0].value, -7)
        self.assertEqual(run["view/float16"][0].value, 1.5)
        self.assertEqual(run["view/uint8"][0].value, 200)
        datum = run["at the set step"][0]
        self.assertEqual((datum.step, datum.value), (17, 6))

    def test_without_a_step_a_counter_of_the_tag(self):
        log = self.log
        self.assertEqual(
            [(d.step, d.value) for d in log.scalars()["counted"]["counted"]],
            [(0, 0), (1, 10), (2, 20)],
        )

    def test_steps_that_go_back_are_kept_as_each_reader_does(self):
        written = [(1, 0), (2, 1), (2, 2), (3, 3), (1, 4)]
        expected = {"Python": written, "Rust": [(1, 4)]}
        log = self.log
        found = log.scalars()["reported"]["back"]
        self.assertEqual([(d.step, d.value) for d in found], expected[log.name])

    def test_steps_that_go_back_can_be_dropped(self):
        log = self.log
        self.assertEqual(
            [(d.step, d.value) for d in log.scalars()["dropped"]["back"]],
            [(1, 0), (2, 1), (3, 3), (4, 5)],
        )

    def test_beyond_float32_is_infinite_and_the_later_of_two_wins(self):
        log = self.log
        run = log.scalars()["reported"]
        self.assertEqual(
            [d.value for d in run["beyond float"]], [math.inf, -math.inf]
        )
        self.assertEqual([d.value for d in run["twice"]], [2])

    def test_odd_tags_are_kept_and_impossible_ones_are_not_there(self):
        tags = ["ünï/cödé ✓ 🎉", " spaces ", "a//b", "/leading", "trailing/"]
        tags += ["%20+&=?#", "<b>bold</b>", "t" * 5000]
        tags += ['quote"d', "back\\slash", "line\nbreak"]
        log = self.log
        found = {
            tag: [d.value for d in data]
            for tag, data in log.scalars()["tags"].items()
        }
        self.assertEqual(found, {tag: [i + 1] for i, tag in enumerate(tags)})


class HistogramTest(Case):
    def rows(self, log, tag, index=0, count=1):
        data = log.tensors("histograms")["histograms"][tag]
        self.assertEqual(len(data), count)
        rows = data[index].numpy
        self.assertEqual(rows.dtype, np.float64)
        self.assertEqual(rows.shape[1:], (3,))
        return rows

    def assert_buckets(self, rows, values):
        """The rows touch, and their counts are those of `values` between their
        edges: half open, the last one closed."""
        left, right, counts = rows.T
        self.assertEqual(left[1:].tolist(), right[:-1].tolist())
        self.assertTrue(np.all(left <= right))
        expected = []
        for i in range(len(rows)):
            last = i == len(rows) - 1
            expected.append(
                sum(
                    left[i] <= x < right[i] or (last and x == right[i])
                    for x in values
                )
            )
        self.assertEqual(counts.tolist(), expected)

    def assert_even(self, rows, values, buckets, spacing):
        """Edges at equal distances over the range of the values, each within
        the `spacing` of the numbers of their type."""
        low, high = min(values), max(values)
        self.assertEqual((rows[0][0], rows[-1][1]), (low, high))
        self.assertEqual(len(rows), buckets)
        for i, right in enumerate(rows[:, 1]):
            exact = low + (high - low) * (i + 1) / buckets
            self.assertAlmostEqual(right, exact, delta=spacing)

    def test_bell_at_three_steps(self):
        log = self.log
        for step in range(3):
            rows = self.rows(log, "bell", step, count=3)
            values = bell(10_000, step)
            self.assert_even(rows, values, 30, spacing=2**-21)
            self.assert_buckets(rows, values)

    def test_number_of_buckets(self):
        values = bell(1000, 42)
        log = self.log
        rows = self.rows(log, "seven buckets")
        self.assert_even(rows, values, 7, spacing=2**-21)
        self.assert_buckets(rows, values)
        self.assert_buckets(self.rows(log, "called"), values)

    def test_the_grid_of_tensorflow(self):
        positive = [1e-12]
        while positive[-1] * 1.1 < 1e20:
            positive.append(positive[-1] * 1.1)
        grid = [-x for x in reversed(positive)] + [0.0] + positive
        values = bell(1000, 42)
        log = self.log
        rows = self.rows(log, "grid")
        edges = rows[:, 0].tolist() + [rows[-1][1]]
        first = grid.index(edges[0])
        self.assertEqual(edges, grid[first : first + len(edges)])
        self.assert_buckets(rows, values)
        self.assertEqual(rows[:, 2].sum(), 1000)
        self.assertGreater(rows[0][2], 0)
        self.assertGreater(rows[-1][2], 0)

    def test_given_edges(self):
        edges = [-1, -0.5, 0, 0.25, 3]
        log = self.log
        rows = self.rows(log, "explicit")
        self.assertEqual(rows[:, 0].tolist(), edges[:-1])
        self.assertEqual(rows[:, 1].tolist(), edges[1:])
        self.assert_buckets(rows, bell(1000, 42))
        self.assertEqual(
            self.rows(log, "counted").tolist(), [[-1, 1, 4], [1, 4, 5]]
        )

    def test_strided(self):
        values = bell(1000, 42)[0::2]
        log = self.log
        rows = self.rows(log, "strided")
        self.assert_even(rows, values, 30, spacing=2**-21)
        self.assert_buckets(rows, values)

    def test_constant_empty_and_not_finite(self):
        log = self.log
        self.assertEqual(self.rows(log, "constant").tolist(), [[2.5, 2.5, 5]])
        self.assertEqual(self.rows(log, "empty").shape, (0, 3))
        self.assertEqual(self.rows(log, "all NaN").shape, (0, 3))
        rows = self.rows(log, "some NaN")
        self.assert_even(rows, [1, 2, 3], 30, spacing=1e-15)
        self.assert_buckets(rows, [1, 2, 3])
        scalars = log.scalars()["histograms"]
        self.assertEqual(
            {tag: data[0].value for tag, data in scalars.items()},
            {"all NaN/nonfinite": 4, "some NaN/nonfinite": 4, "dtype/float16/nonfinite": 1},
        )

    def test_extremes_and_denormals(self):
        log = self.log
        for tag, values in [
            ("extremes", [-1.7e308, 0, 1.7e308]),
            ("denormals", [5e-324, 1e-323, 2e-323, 2e-323]),
        ]:
            rows = self.rows(log, tag)
            self.assertTrue(np.all(np.isfinite(rows)))
            self.assertEqual((rows[0][0], rows[-1][1]), (values[0], values[-1]))
            self.assert_buckets(rows, values)
            self.assertEqual(rows[:, 2].sum(), len(values))

    def test_every_dtype(self):
        numbers = [i % 100 for i in range(1000)]
        halves = [1, 1.5, 2, -2]
        expected = {"bool": [1, 0, 1, 1], "bfloat16": halves}
        expected["float16"] = halves + [2.0**-24]
        for bits in (8, 16, 32, 64):
            expected[f"int{bits}"] = expected[f"uint{bits}"] = numbers
        expected["float32"] = expected["float64"] = numbers
        log = self.log
        for dtype, values in expected.items():
            with self.subTest(dtype=dtype):
                rows = self.rows(log, "dtype/" + dtype)
                self.assertEqual(
                    (rows[0][0], rows[-1][1]), (min(values), max(values))
                )
                self.assert_buckets(rows, values)
                self.assertEqual(rows[:, 2].sum(), len(values))
                if "int" in dtype or dtype == "bool":
                    self.assertEqual(rows[:, 0].tolist(), np.rint(rows[:, 0]).tolist())


class ImageTest(Case):
    def image(self, log, tag, run="images"):
        (_, _, (width, height, encoded)), = log.blobs()[run][tag]
        pixels = readers.pixels(encoded)
        self.assertEqual((int(height), int(width)), pixels.shape[:2])
        return pixels.astype(int)

    def assert_image(self, log, tag, expected, tolerance=0, run="images"):
        with self.subTest(tag=tag):
            found = self.image(log, tag, run)
            self.assertEqual(found.shape, expected.shape)
            self.assertLessEqual(np.abs(found - expected).max(), tolerance)

    def test_bytes_in_every_layout(self):
        log = self.log
        for channels in range(1, 5):
            self.assert_image(log, f"hwc{channels}", picture(channels))
        self.assert_image(log, "hw", picture(1))
        self.assert_image(log, "chw", picture(3))
        self.assert_image(log, "mirrored", picture(3)[:, ::-1])
        bits = np.array([[[255], [0]], [[0], [255]]])
        self.assert_image(log, "bool", bits)

    def test_scaled_values(self):
        log = self.log
        self.assert_image(log, "uint16", picture(3))
        self.assert_image(log, "unit", picture(3))
        self.assert_image(log, "symmetric", picture(1))
        self.assert_image(
            log, "auto", np.array([[[0], [63.75]], [[127.5], [255]]]), tolerance=0.5
        )

    def test_clamped_and_not_finite_values(self):
        log = self.log
        run = "reported images"
        self.assert_image(
            log, "clamped", np.array([[[0], [0]], [[255], [255]]]), run=run
        )
        magenta, white, black = [255, 0, 255], [255] * 3, [0] * 3
        self.assert_image(
            log, "gaps", np.array([[magenta, white], [black, white]]), run=run
        )

    def test_encoded_images_are_kept_byte_for_byte(self):
        log = self.log
        found = log.blobs()["images"]
        for name in sorted(os.listdir(pictures)):
            with self.subTest(name):
                with open(os.path.join(pictures, name), "rb") as file:
                    written = file.read()
                (_, _, blobs), = found["encoded/" + name]
                self.assertEqual(blobs, [b"31", b"17", written])

    def test_one_image_a_step(self):
        log = self.log
        series = log.blobs()["images"]["series"]
        self.assertEqual(
            [(step, time) for step, time, _ in series],
            [(step, wall_time(step)) for step in range(3)],
        )
        for step, _, (_, _, encoded) in series:
            self.assertEqual(
                readers.pixels(encoded).ravel().tolist(), [step * 40] * 4
            )


class TextTest(Case):
    def texts(self, log, tag, run="texts"):
        data = log.tensors("text")[run][tag]
        self.assertEqual([d.numpy.shape for d in data], [()] * len(data))
        return [(d.step, d.numpy.item().decode("utf-8")) for d in data]

    def test_texts_as_written(self):
        expected = {
            "note": [(0, "**bold** and `code`"), (1, "second")],
            "unicode": [(0, "Grüße 🎉 你好")],
            "empty": [(0, "")],
            "long": [(0, "x" * 300_000)],
            "zero": [(0, "a\0b")],
        }
        log = self.log
        for tag, texts in expected.items():
            with self.subTest(tag):
                self.assertEqual(self.texts(log, tag), texts)

    def test_invalid_bytes_are_replaced_as_python_does(self):
        # One U+FFFD for each maximal part of a character, as Unicode advises.
        written = b"a\xffb\xe2\x82c\xed\xa0\x80".decode("utf-8", "replace")
        log = self.log
        self.assertEqual(
            self.texts(log, "invalid", "reported texts"), [(0, written)]
        )


class TensorTest(Case):
    def tensor(self, log, tag):
        for plugin in log.plugins() - set(readers.PLUGINS):
            data = log.tensors(plugin).get("tensors", {}).get(tag)
            if data:
                self.assertEqual([d.step for d in data], [0])
                return data[0].numpy
        return self.fail(f"no tensor {tag}")

    def test_values_of_every_dtype(self):
        dtypes = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32"
        dtypes += " float64 complex64 complex128"
        log = self.log
        for dtype in dtypes.split():
            with self.subTest(dtype):
                found = self.tensor(log, dtype)
                self.assertEqual(found.dtype, np.dtype(dtype))
                self.assertEqual(found.tolist(), [[0, 20, 40], [60, 80, 100]])
        self.assertEqual(self.tensor(log, "bool").tolist(), [True, False, True])
        half = self.tensor(log, "float16")
        self.assertEqual((half.dtype, half.tolist()), (np.float16, [1, -2]))
        # TensorBoard cannot decode bfloat16.
        brain = self.tensor(log, "bfloat16")
        self.assertEqual((brain.dtype, brain.tolist()), (np.float32, [1, -2]))

    def test_shapes(self):
        log = self.log
        one = self.tensor(log, "rank 0")
        self.assertEqual((one.shape, one.item()), ((), 2.5))
        self.assertEqual(self.tensor(log, "empty").shape, (0, 3))
        self.assertEqual(
            self.tensor(log, "transposed").tolist(),
            [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]],
        )


class SeriesTest(Case):
    def test_every_kind_has_its_page_and_texts(self):
        kinds = {
            "scalar": "scalars",
            "histogram": "histograms",
            "image": "images",
            "text": "text",
        }
        log = self.log
        for kind, plugin in kinds.items():
            with self.subTest(kind):
                series = log.listed(plugin)["described"][kind]
                self.assertEqual(series.display_name, "The " + kind)
                self.assertEqual(series.description, f"about *{kind}*, ü")
                self.assertEqual(series.plugin_content, b"")
                self.assertEqual(series.max_step, 1)

    def test_children_are_runs(self):
        expected = {
            "parent": [(0, 1)],
            "parent/test": [(0, 2), (1, 3)],
            "parent/a/b/c": [(0, 4)],
            "parent/läufe β, 1": [(0, 5)],
        }
        log = self.log
        found = {
            run: [(d.step, d.value) for d in tags["loss"]]
            for run, tags in log.scalars().items()
            if run.startswith("parent")
        }
        self.assertEqual(found, expected)
        self.assertNotIn("parent/without a value", log.runs())

    def test_runs_start_when_they_were_written(self):
        log = self.log
        self.assertAlmostEqual(log.runs()["texts"], {
            "Python": START_OF_TEST, "Rust": wall_time(0)}[log.name], delta=600)


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for log in logs:
        for case in Case.__subclasses__():
            name = f"{case.__name__}{log.name}"
            one = type(name, (case,), {"log": log, "__module__": __name__})
            suite.addTests(loader.loadTestsFromTestCase(one))
    return suite


def make_pictures(folder):
    gradient = np.add.outer(np.arange(17) * 3, np.arange(31) * 5).astype(np.uint8)
    image = PIL.Image.fromarray(gradient)
    for name in ("a.png", "a.jpeg", "a.gif", "a.bmp"):
        image.save(os.path.join(folder, name))


def main():
    global pictures
    write_cases, *arguments = sys.argv[1:]
    scratch = tempfile.mkdtemp()
    try:
        pictures = os.path.join(scratch, "pictures")
        logdir = os.path.join(scratch, "logs")
        os.mkdir(pictures)
        make_pictures(pictures)
        readers.run(write_cases, logdir, pictures)
        with readers.both_logs(logdir) as both:
            logs.extend(both)
            unittest.main(argv=sys.argv[:1] + arguments)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
