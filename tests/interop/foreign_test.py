# SPDX-License-Identifier: Apache-2.0
"""Files by TensorBoard's own writer and by tensorboardX, as LogReader sees them.

    foreign_test.py DUMP_LOG
"""

import io
import json
import math
import sys
import tempfile
import unittest

import numpy as np
import PIL.Image
import tensorboard.summary
import tensorboardX
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.histogram import summary_v2 as histogram_summary
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar import summary_v2 as scalar_summary
from tensorboard.plugins.text import summary_v2 as text_summary
from tensorboard.summary.writer import event_file_writer
from tensorboard.util import tensor_util

import readers

PICTURE = (np.arange(5 * 7 * 3).reshape(5, 7, 3) * 2).astype(np.uint8)


class ForeignTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.logdir = scratch.name

    def read(self):
        """{tag: [value as JSON]} of the run '.'; all that LogReader finds."""
        series = {}
        for line in readers.run(DUMP_LOG, self.logdir).splitlines():
            value = json.loads(line)
            series.setdefault((value["run"], value["tag"]), []).append(value)
        return series

    def values(self, tag, kind, run="."):
        found = self.read()[run, tag]
        self.assertEqual({v["kind"] for v in found}, {kind})
        return [v["value"] for v in found]

    def assert_picture(self, value):
        self.assertEqual((value["height"], value["width"]), PICTURE.shape[:2])
        (encoded,) = value["images"]
        found = readers.pixels(bytes.fromhex(encoded))
        self.assertTrue(np.array_equal(found, PICTURE))

    def write_events(self, *summaries):
        writer = event_file_writer.EventFileWriter(self.logdir)
        for step, summary in enumerate(summaries):
            writer.add_event(
                event_pb2.Event(wall_time=1e9 + step, step=step, summary=summary)
            )
        writer.close()


class TensorBoardWriterTest(ForeignTest):
    def test_scalars(self):
        writer = tensorboard.summary.Writer(
            tensorboard.summary.DirectoryOutput(self.logdir)
        )
        written = [0.1, -3, math.inf, -math.inf, math.nan, 1e-42]
        for step, value in enumerate(written):
            writer.add_scalar(
                "löss", value, step * 10, wall_time=1e9 + step, description="*d*"
            )
        writer.close()
        found = self.read()[".", "löss"]
        self.assertEqual([v["step"] for v in found], [0, 10, 20, 30, 40, 50])
        self.assertEqual([v["wall_time"] for v in found], [1e9 + i for i in range(6)])
        self.assertEqual({v["description"] for v in found}, {"*d*"})
        self.assertEqual(
            [v["value"] for v in found],
            [
                float(np.float32(0.1)),
                -3,
                "Infinity",
                "-Infinity",
                "NaN",
                float(np.float32(1e-42)),
            ],
        )

    def test_scalars_of_both_forms_are_one_series(self):
        self.write_events(
            scalar_summary.scalar_pb("s", 1.5),
            summary_pb2.Summary(
                value=[summary_pb2.Summary.Value(tag="s", simple_value=2.5)]
            ),
        )
        self.assertEqual(self.values("s", "scalar"), [1.5, 2.5])

    def test_histograms_of_the_new_form(self):
        data = np.array([0.0, 1, 1, 2, 4])
        self.write_events(histogram_summary.histogram_pb("h", data, buckets=4))
        self.assertEqual(
            self.values("h", "histogram"),
            [[[0, 1, 1], [1, 2, 2], [2, 3, 1], [3, 4, 1]]],
        )

    def test_histograms_of_the_old_form_lose_their_empty_ends(self):
        histo = summary_pb2.HistogramProto(
            min=0.1,
            max=3.9,
            num=6,
            bucket_limit=[0, 1, 2, 3, 4, sys.float_info.max],
            bucket=[0, 3, 0, 2, 1, 0],
        )
        self.write_events(
            summary_pb2.Summary(
                value=[summary_pb2.Summary.Value(tag="h", histo=histo)]
            )
        )
        self.assertEqual(
            self.values("h", "histogram"),
            [[[0.1, 1, 3], [1, 2, 0], [2, 3, 2], [3, 3.9, 1]]],
        )

    def test_texts_and_images(self):
        png = io.BytesIO()
        PIL.Image.fromarray(PICTURE).save(png, "PNG")
        image = summary_pb2.Summary.Value(
            tag="i",
            metadata=image_metadata.create_summary_metadata(
                display_name=None, description="d"
            ),
            tensor=tensor_util.make_tensor_proto([b"7", b"5", png.getvalue()]),
        )
        self.write_events(
            text_summary.text_pb("t", "grün ✓"),
            summary_pb2.Summary(value=[image]),
        )
        self.assertEqual(
            self.values("t", "text"), [{"shape": [], "texts": ["grün ✓"]}]
        )
        self.assert_picture(self.values("i", "image")[0])


class TensorBoardXTest(ForeignTest):
    def setUp(self):
        super().setUp()
        self.writer = tensorboardX.SummaryWriter(self.logdir)

    def test_scalars(self):
        for step in range(100):
            self.writer.add_scalar("loss", step / 4, step, walltime=1e9 + step)
        self.writer.close()
        found = self.read()[".", "loss"]
        self.assertEqual([v["value"] for v in found], [i / 4 for i in range(100)])
        self.assertEqual([v["step"] for v in found], list(range(100)))
        self.assertEqual(
            [v["wall_time"] for v in found], [1e9 + i for i in range(100)]
        )

    def test_several_scalars_are_runs_below(self):
        self.writer.add_scalars("both", {"a": 1, "b": 2}, 5)
        self.writer.close()
        self.assertEqual(self.values("both", "scalar", "both/a"), [1])
        self.assertEqual(self.values("both", "scalar", "both/b"), [2])

    def test_histograms_of_values(self):
        self.writer.add_histogram("h", np.array([0.0, 1, 1, 3]), 0, bins=[0, 1, 2, 4])
        self.writer.close()
        self.assertEqual(
            self.values("h", "histogram"), [[[0, 1, 1], [1, 2, 2], [2, 3, 1]]]
        )

    def test_histograms_of_counts(self):
        self.writer.add_histogram_raw(
            "h",
            min=-1,
            max=5,
            num=9,
            sum=1,
            sum_squares=1,
            bucket_limits=[0, 2, 6],
            bucket_counts=[4, 0, 5],
            global_step=0,
        )
        self.writer.close()
        self.assertEqual(
            self.values("h", "histogram"), [[[-1, 0, 4], [0, 2, 0], [2, 5, 5]]]
        )

    def test_histograms_on_the_grid(self):
        data = np.linspace(-2, 3, 1001)
        self.writer.add_histogram("h", data, 0)
        self.writer.close()
        (rows,) = self.values("h", "histogram")
        self.assertEqual((rows[0][0], rows[-1][1]), (-2, 3))
        self.assertEqual(sum(count for _, _, count in rows), 1001)
        for left, right, count in rows[1:-1]:
            self.assertEqual(count, np.sum((data >= left) & (data < right)))

    def test_images_and_texts(self):
        self.writer.add_image("i", PICTURE, 0, dataformats="HWC")
        self.writer.add_text("t", "a **b**", 0)
        self.writer.close()
        self.assert_picture(self.values("i", "image")[0])
        self.assertEqual(
            self.values("t/text_summary", "text"),
            [{"shape": [1], "texts": ["a **b**"]}],
        )


if __name__ == "__main__":
    DUMP_LOG = sys.argv.pop(1)
    unittest.main()
