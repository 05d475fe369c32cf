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
from tensorboard.plugins import projector
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api as hp
from tensorboard.plugins.mesh import summary_v2 as mesh
from tensorboard.plugins.pr_curve import summary as pr_curve

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
    mesh.mesh(
        "tetrahedron",
        vertices=tf.constant([[[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]]], tf.float32),
        faces=tf.constant([[[0, 1, 2], [0, 1, 3]]], tf.int32),
        colors=tf.constant([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]], tf.uint8),
        config_dict={"camera": {"cls": "PerspectiveCamera", "fov": 75}},
        step=6,
    )
    tf.summary.experimental.write_raw_pb(
        pr_curve.pb("pr", LABELS, PREDICTIONS, num_thresholds=5).SerializeToString(),
        step=7,
    )
    layout = layout_pb2.Layout(
        category=[
            layout_pb2.Category(
                title="losses",
                chart=[
                    layout_pb2.Chart(
                        title="both",
                        multiline=layout_pb2.MultilineChartContent(tag=["loss.*", "acc"]),
                    ),
                    layout_pb2.Chart(
                        title="band",
                        margin=layout_pb2.MarginChartContent(
                            series=[
                                layout_pb2.MarginChartContent.Series(
                                    value="v", lower="l", upper="u"
                                )
                            ]
                        ),
                    ),
                ],
            ),
            layout_pb2.Category(title="closed", closed=True),
        ]
    )
    tf.summary.experimental.write_raw_pb(
        custom_scalar.pb(layout).SerializeToString(), step=0
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


def write_trace():
    @tf.function
    def model(x):
        return tf.nn.relu(tf.matmul(x, tf.ones([3, 2]), name="product"))

    tf.summary.trace_on(graph=True, profiler=False)
    model(tf.zeros([1, 3]))
    tf.summary.trace_export("trace", step=8)
    graph = model.get_concrete_function(tf.TensorSpec([None, 3])).graph
    tf.summary.graph(graph)


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


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write_v2(os.path.join(scratch, "v2"))
        write_v1(os.path.join(scratch, "v1"))
        event_files.collect(scratch, os.path.join(sys.argv[1], "tensorflow"))


if __name__ == "__main__":
    main()
