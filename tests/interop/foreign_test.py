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
from tensorboard.compat.proto import graph_pb2
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.audio import metadata as audio_metadata
from tensorboard.plugins.histogram import summary_v2 as histogram_summary
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams import plugin_data_pb2 as hparams_pb2
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

    def test_audio_with_labels_and_of_the_old_form(self):
        labelled = summary_pb2.Summary.Value(
            tag="a",
            metadata=audio_metadata.create_summary_metadata(
                display_name=None,
                description=None,
                encoding=audio_metadata.Encoding.Value("WAV"),
            ),
            tensor=tensor_util.make_tensor_proto(
                np.array([[b"RIFF1", b"*one*"], [b"RIFF2", b""]], dtype=object)
            ),
        )
        old = summary_pb2.Summary.Value(
            tag="old",
            audio=summary_pb2.Summary.Audio(
                sample_rate=8000, num_channels=2, encoded_audio_string=b"RIFF3"
            ),
        )
        self.write_events(summary_pb2.Summary(value=[labelled, old]))
        self.assertEqual(
            self.values("a", "audio"),
            [
                {
                    "clips": [b"RIFF1".hex(), b"RIFF2".hex()],
                    "labels": ["*one*", ""],
                    "sample_rate_hz": 0,
                    "channels": 0,
                    "frames": 0,
                    "content_type": "",
                }
            ],
        )
        self.assertEqual(
            self.values("old", "audio"),
            [
                {
                    "clips": [b"RIFF3".hex()],
                    "labels": [],
                    "sample_rate_hz": 8000,
                    "channels": 2,
                    "frames": 0,
                    "content_type": "",
                }
            ],
        )

    def test_hyperparameters(self):
        content = hparams_pb2.HParamsPluginData()
        start = content.session_start_info
        start.hparams["lr"].number_value = 0.1
        start.hparams["opt"].string_value = "adam"
        start.hparams["amp"].bool_value = True
        value = summary_pb2.Summary.Value(
            tag=hparams_metadata.SESSION_START_INFO_TAG,
            metadata=hparams_metadata.create_summary_metadata(content),
            tensor=hparams_metadata.NULL_TENSOR,
        )
        self.write_events(summary_pb2.Summary(value=[value]))
        (found,) = self.values(value.tag, "hparams")
        self.assertEqual(found["hparams"], {"lr": 0.1, "opt": "adam", "amp": True})

    def test_graphs(self):
        graph = graph_pb2.GraphDef()
        node = graph.node.add(name="net/conv", op="Conv2D", input=["x", "^y"])
        node.attr["padding"].s = b"SAME"
        node.attr["strides"].list.i.extend([1, 2])
        shape = node.attr["_output_shapes"].list.shape.add()
        shape.dim.add(size=-1)
        shape.dim.add(size=8)
        node.attr["_output_shapes"].list.shape.add(unknown_rank=True)
        writer = event_file_writer.EventFileWriter(self.logdir)
        writer.add_event(event_pb2.Event(graph_def=graph.SerializeToString()))
        writer.close()
        (found,) = self.values("__run_graph__", "graph")
        self.assertEqual(
            found["nodes"],
            [
                {
                    "name": "net/conv",
                    "op": "Conv2D",
                    "device": "",
                    "inputs": ["x", "^y"],
                    "shapes": [[-1, 8], None],
                    "attributes": {"padding": "SAME", "strides": "[1, 2]"},
                }
            ],
        )


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

    def test_pr_curves(self):
        random = np.random.default_rng(3)
        labels = random.integers(0, 2, 500)
        predictions = random.random(500)
        thresholds = 21
        self.writer.add_pr_curve("pr", labels, predictions, 4, thresholds)
        self.writer.close()
        (rows,) = self.values("pr", "pr_curve")
        bucket = np.floor(predictions * (thresholds - 1))
        for i in range(thresholds):
            above = bucket >= i
            counts = [
                np.sum(above & (labels == 1)),
                np.sum(above & (labels == 0)),
                np.sum(~above & (labels == 0)),
                np.sum(~above & (labels == 1)),
            ]
            self.assertEqual([row[i] for row in rows[:4]], counts)
            self.assertAlmostEqual(
                rows[4][i], counts[0] / max(1e-7, counts[0] + counts[1]), 6
            )
            self.assertAlmostEqual(rows[5][i], counts[0] / np.sum(labels), 6)

    def test_meshes(self):
        random = np.random.default_rng(4)
        vertices = random.random((1, 20, 3)).astype(np.float32)
        faces = random.integers(0, 20, (1, 30, 3))
        colors = random.integers(0, 256, (1, 20, 3))
        self.writer.add_mesh(
            "m", vertices, colors, faces, config_dict={"lights": []}, global_step=6
        )
        self.writer.close()
        self.assertEqual(
            self.values("m", "whole mesh"),
            [
                {
                    "batch": 1,
                    "vertices": vertices.ravel().tolist(),
                    "faces": faces.ravel().tolist(),
                    "colors": colors.ravel().tolist(),
                    "config": '{"lights": []}',
                }
            ],
        )

    def test_layouts(self):
        self.writer.add_custom_scalars(
            {
                "one": {"lines": ["Multiline", ["loss/.*", "acc"]]},
                "two": {"band": ["Margin", ["v", "l", "u"]]},
            }
        )
        self.writer.close()
        self.assertEqual(
            self.values("custom_scalars__config__", "layout"),
            [
                [
                    ["one", False, [["lines", ["loss/.*", "acc"], []]]],
                    ["two", False, [["band", [], [["v", "l", "u"]]]]],
                ]
            ],
        )

    def test_hyperparameters(self):
        self.writer.add_hparams(
            {"lr": 0.1, "opt": "adam", "amp": True}, {"acc": 0.5}, name="trial"
        )
        self.writer.close()
        (start,) = self.values("_hparams_/session_start_info", "hparams", "trial")
        self.assertEqual(start["hparams"], {"lr": 0.1, "opt": "adam", "amp": True})
        (end,) = self.values("_hparams_/session_end_info", "hparams", "trial")
        self.assertEqual(end["status"], 1)
        (experiment,) = self.values("_hparams_/experiment", "hparams", "trial")
        self.assertEqual([h["name"] for h in experiment["hparams"]], ["lr", "opt", "amp"])
        self.assertEqual([m["tag"] for m in experiment["metrics"]], ["acc"])
        self.assertEqual(self.values("acc", "scalar", "trial"), [0.5])

    def test_embeddings(self):
        matrix = np.random.default_rng(5).random((4, 3)).astype(np.float32)
        images = np.zeros((4, 3, 2, 2))
        self.writer.add_embedding(
            matrix, metadata=list("abcd"), label_img=images, global_step=7, tag="w"
        )
        self.writer.close()
        (value,) = self.values("w:00007", "embedding")
        self.assertEqual(value["shape"], [4, 3])
        self.assertEqual(
            np.array(value["values"], np.float32).tolist(), matrix.ravel().tolist()
        )
        self.assertEqual(value["metadata"], list("abcd"))
        self.assertEqual(value["sprite_size"], [2, 2])
        self.assertEqual(readers.pixels(bytes.fromhex(value["sprite"])).shape[:2], (4, 4))


if __name__ == "__main__":
    DUMP_LOG = sys.argv.pop(1)
    unittest.main()
