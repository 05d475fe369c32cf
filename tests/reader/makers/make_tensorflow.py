#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What TensorFlow writes, old and new forms: ../data/tensorflow.

Needs requirements-tensorflow.txt. Usage: make_tensorflow.py FOLDER
"""

import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto import summary_pb2 as plugin_pb2
from tensorboard.plugins import projector
from tensorboard.plugins.audio import summary as audio_v1
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.histogram import summary as histogram_v1
from tensorboard.plugins.hparams import api as hp
from tensorboard.plugins.hparams import api_pb2 as hparams_api_pb2
from tensorboard.plugins.hparams import summary as hparams_v1
from tensorboard.plugins.image import summary as image_v1
from tensorboard.plugins.mesh import summary as mesh_v1
from tensorboard.plugins.mesh import summary_v2 as mesh
from tensorboard.plugins.pr_curve import summary as pr_curve
from tensorboard.plugins.scalar import summary as scalar_v1
from tensorboard.plugins.text import summary as text_v1
from tensorflow.python.ops import summary_ops_v2

import event_files

v1 = tf.compat.v1

# Two pictures, [2, 3, 4, 3].
PICTURES = np.arange(2 * 3 * 4 * 3).reshape(2, 3, 4, 3).astype(np.uint8) * 3
# Two clips of 4 frames and 2 channels.
CLIPS = np.array(
    [[[0, 1], [0.5, -1], [-0.5, 0], [0, 0.25]], [[0, 0], [1, 1], [0, 0], [-1, -1]]],
    np.float32,
)
LABELS = np.array([False, True, True, False, True])
PREDICTIONS = np.array([0.1, 0.9, 0.4, 0.6, 0.75], np.float32)

TETRAHEDRON = {
    "vertices": np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]]], np.float32),
    "faces": np.array([[[0, 1, 2], [0, 1, 3]]], np.int32),
    "colors": np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]], np.uint8),
    "config_dict": {"camera": {"cls": "PerspectiveCamera", "fov": 75}},
}


def losses_layout():
    both = layout_pb2.Chart(
        title="both", multiline=layout_pb2.MultilineChartContent(tag=["loss.*", "acc"])
    )
    series = layout_pb2.MarginChartContent.Series(value="v", lower="l", upper="u")
    band = layout_pb2.Chart(
        title="band", margin=layout_pb2.MarginChartContent(series=[series])
    )
    return layout_pb2.Layout(
        category=[
            layout_pb2.Category(title="losses", chart=[both, band]),
            layout_pb2.Category(title="closed", closed=True),
        ]
    )


def write_v2(folder):
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default():
        for step, value in enumerate([0.5, 0.1, np.nan, np.inf, -np.inf]):
            tf.summary.scalar("loss", value, step=step * 10, description="mean, *nats*")
        data = [0.0, 1.0, 1.0, 2.0, 4.0]
        tf.summary.histogram("weights", data, step=1, buckets=4)
        tf.summary.histogram("constant", [3.0, 3.0], step=1, buckets=2)
        tf.summary.histogram("empty", tf.zeros([0]), step=1, buckets=2)
        tf.summary.image("pictures", PICTURES, step=2)
        tf.summary.audio("clips", CLIPS, sample_rate=8000, step=3)
        tf.summary.text("note", "**größe**", step=4)
        tf.summary.text("table", [["a", "b"], ["c", "d"]], step=4)
        for dtype in (
            tf.float32, tf.float64, tf.float16, tf.bfloat16, tf.int8, tf.int16, tf.int32,
            tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.bool, tf.complex64,
        ):
            values = tf.cast(tf.constant([[0, 1, 1]]), dtype)
            tf.summary.write("raw/" + dtype.name, values, step=5)
        tf.summary.write("raw/string", tf.constant(["x", "\u00e9"]), step=5)
        write_plugins()
        write_trace()
    writer.close()


def write_plugins():
    mesh.mesh("tetrahedron", step=6, **TETRAHEDRON)
    tf.summary.experimental.write_raw_pb(
        pr_curve.pb("pr", LABELS, PREDICTIONS, num_thresholds=5).SerializeToString(),
        step=7,
    )
    tf.summary.experimental.write_raw_pb(
        custom_scalar.pb(losses_layout()).SerializeToString(), step=0
    )
    lr = hp.HParam("lr", hp.RealInterval(1e-4, 0.1), display_name="rate")
    optimizer = hp.HParam("optimizer", hp.Discrete(["adam", "sgd"]))
    hp.hparams_config(
        hparams=[lr, optimizer],
        metrics=[
            hp.Metric(
                "accuracy",
                group="test",
                display_name="acc",
                dataset_type=hp.Metric.VALIDATION,
            )
        ],
        time_created_secs=1234.5,
    )
    hp.hparams(
        {lr: 0.01, optimizer: "adam", "epochs": 3, "amp": True},
        trial_id="trial",
        start_time_secs=2345.5,
    )
    end = hparams_v1.session_end_pb(hparams_api_pb2.STATUS_FAILURE, end_time_secs=2346.5)
    tf.summary.experimental.write_raw_pb(end.SerializeToString(), step=0)
    keras = plugin_pb2.SummaryMetadata(  # as Keras' own callback writes its models
        plugin_data={"plugin_name": "graph_keras_model", "content": b"1"}
    )
    tf.summary.write("keras", '{"class_name": "Sequential"}', step=0, metadata=keras)


def write_trace():
    @tf.function
    def model(x):
        return tf.nn.relu(tf.matmul(x, tf.ones([3, 2]), name="product"))

    tf.summary.trace_on(graph=True, profiler=False)
    model(tf.zeros([1, 3]))
    tf.summary.trace_export("trace", step=8)
    graph = model.get_concrete_function(tf.TensorSpec([None, 3])).graph
    tf.summary.graph(graph)
    summary_ops_v2.run_metadata("times", times_of_a_run(), step=9)


def times_of_a_run():
    """RunMetadata with step_stats."""
    with tf.Graph().as_default(), v1.Session() as session:
        metadata = v1.RunMetadata()
        session.run(
            tf.matmul(tf.ones([2, 3]), tf.ones([3, 2]), name="product"),
            options=v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE),
            run_metadata=metadata,
        )
        return metadata


def write_v1(folder):
    with tf.Graph().as_default() as graph, v1.Session() as session:
        v1.summary.scalar("loss", tf.constant(0.5))
        v1.summary.histogram("weights", tf.constant([0.0, 1, 1, 2, 4]))
        v1.summary.image("pictures", tf.constant(PICTURES), max_outputs=2)
        v1.summary.audio("clip", tf.constant(CLIPS[:1]), sample_rate=8000)
        v1.summary.text("note", tf.constant("**größe**"))
        v1.summary.tensor_summary("raw", tf.constant([1, 2], tf.int32))
        placeholder = v1.placeholder(tf.float32, [None, 3], name="in")
        with tf.name_scope("dense"):
            output = tf.matmul(placeholder, tf.ones([3, 2]), name="product")
        merged = v1.summary.merge_all()
        writer = v1.summary.FileWriter(folder, graph)
        metadata = v1.RunMetadata()
        session.run(
            output,
            {placeholder: np.zeros([1, 3])},
            options=v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE),
            run_metadata=metadata,
        )
        writer.add_run_metadata(metadata, "step 7", 7)
        writer.add_summary(session.run(merged), 7)
        for status, path in ((1, ""), (3, "model-7.ckpt"), (2, "")):
            writer.add_session_log(v1.SessionLog(status=status, checkpoint_path=path), 7)
        writer.close()
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "words"
    embedding.tensor_path = "words.tsv"
    embedding.metadata_path = "words_metadata.tsv"
    projector.visualize_embeddings(folder, config)
    with open(os.path.join(folder, "words.tsv"), "w") as file:
        file.write("1\t2.5\n-3\t0\n")
    with open(os.path.join(folder, "words_metadata.tsv"), "w") as file:
        file.write("eins\nzwei\n")


def write_plugins_v1(folder):
    """TensorBoard's ops of version 1: a tensor each, without data class."""
    with tf.Graph().as_default(), v1.Session() as session:
        writer = v1.summary.FileWriter(folder)
        scalar_v1.op("plugin/scalar", tf.constant(0.25), "shown", "*described*")
        histogram_v1.op("plugin/histogram", tf.constant([0.0, 1, 1, 2, 4]), bucket_count=4)
        image_v1.op("plugin/image", tf.constant(PICTURES), max_outputs=2)
        audio_v1.op("plugin/audio", tf.constant(CLIPS), sample_rate=8000, encoding="wav")
        text_v1.op("plugin/text", tf.constant([["a", "b"]]))
        pr_curve.op("plugin/pr", LABELS, PREDICTIONS, num_thresholds=5)
        mesh_v1.op(
            "plugin/mesh",
            TETRAHEDRON["vertices"],
            faces=TETRAHEDRON["faces"],
            colors=TETRAHEDRON["colors"],
            config_dict=TETRAHEDRON["config_dict"],
        )
        writer.add_summary(session.run(v1.summary.merge_all()), 7)
    for summary in (
        custom_scalar.pb(losses_layout()),
        hparams_v1.experiment_pb(
            [hparams_api_pb2.HParamInfo(name="lr", type=3)],
            [hparams_api_pb2.MetricInfo(name={"tag": "loss"})],
            user="nobody",
            description="tried",
            time_created_secs=1234.5,
        ),
        hparams_v1.session_start_pb(
            {"lr": 0.5, "optimizer": "sgd"}, "model", "monitor", "group", 2345.5
        ),
        hparams_v1.session_end_pb(hparams_api_pb2.STATUS_SUCCESS, 2346.5),
    ):
        writer.add_summary(v1.Summary.FromString(summary.SerializeToString()), 7)
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write_v2(os.path.join(scratch, "v2"))
        write_v1(os.path.join(scratch, "v1"))
        write_plugins_v1(os.path.join(scratch, "v1_plugins"))
        event_files.collect(scratch, os.path.join(sys.argv[1], "tensorflow"))


if __name__ == "__main__":
    main()
