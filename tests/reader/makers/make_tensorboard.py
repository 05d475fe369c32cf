#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What TensorBoard's own Python writer writes: ../data/tensorboard.

Needs requirements-tensorboard.txt. Usage: make_tensorboard.py FOLDER
"""

import os
import sys
import tempfile

import numpy as np
from tensorboard.compat.proto import config_pb2, event_pb2, graph_pb2, summary_pb2
from tensorboard.plugins.audio import metadata as audio_metadata
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import metadata as layout_metadata
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams import plugin_data_pb2 as hparams_pb2
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.mesh import metadata as mesh_metadata
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2
from tensorboard.plugins.pr_curve import metadata as pr_curve_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util

import event_files

# The smallest PNG: one red pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae"
    "426082"
)


def write(folder):
    writer = EventFileWriter(folder)

    def add(tag, tensor, metadata, step):
        value = summary_pb2.Summary.Value(
            tag=tag, tensor=tensor_util.make_tensor_proto(tensor), metadata=metadata
        )
        event = event_pb2.Event(
            wall_time=1000.0 + step,
            step=step,
            summary=summary_pb2.Summary(value=[value]),
        )
        writer.add_event(event)

    scalar = scalar_metadata.create_summary_metadata("Loss", "mean, *nats*")
    for step in range(5):
        add("loss", np.float32(1.0 / (step + 1)), scalar, step)
    add(
        "weights",
        np.array([[0.0, 0.5, 3.0], [0.5, 1.0, 2.0]]),
        histogram_metadata.create_summary_metadata("", ""),
        7,
    )
    add(
        "pixel",
        np.array([b"1", b"1", PNG], dtype=object),
        image_metadata.create_summary_metadata("", ""),
        8,
    )
    add(
        "note",
        np.array(["**grüße**".encode()], dtype=object),
        text_metadata.create_summary_metadata("", ""),
        9,
    )
    add(
        "table",
        np.array([["a", "b"], ["c", "d"]], dtype=object),
        text_metadata.create_summary_metadata("", ""),
        10,
    )
    add(
        "clips",
        np.array([[b"RIFF 1", b"*one*"], [b"RIFF 2", b""]], dtype=object),
        audio_metadata.create_summary_metadata(
            "", "", encoding=audio_metadata.Encoding.Value("WAV")
        ),
        11,
    )
    for tag, value in (
        ("old scalar", summary_pb2.Summary.Value(simple_value=0.25)),
        (
            "old histogram",
            summary_pb2.Summary.Value(
                histo=summary_pb2.HistogramProto(
                    min=0.1,
                    max=3.9,
                    num=6,
                    bucket_limit=[0, 1, 2, 3, 4, sys.float_info.max],
                    bucket=[0, 3, 0, 2, 1, 0],
                )
            ),
        ),
        (
            "old image",
            summary_pb2.Summary.Value(
                image=summary_pb2.Summary.Image(
                    width=1, height=1, colorspace=3, encoded_image_string=PNG
                )
            ),
        ),
        (
            "old audio",
            summary_pb2.Summary.Value(
                audio=summary_pb2.Summary.Audio(
                    sample_rate=8000,
                    num_channels=2,
                    length_frames=4,
                    encoded_audio_string=b"RIFF old",
                    content_type="audio/wav",
                )
            ),
        ),
    ):
        value.tag = tag
        writer.add_event(
            event_pb2.Event(wall_time=1.0, step=12, summary=summary_pb2.Summary(value=[value]))
        )
    write_plugins(add)
    write_graphs(writer, add)
    writer.close()


def write_plugins(add):
    """What other plugins than those of the six basic kinds show."""
    add("raw", np.array([[1.5, -2], [3, 4]]), None, 13)
    curve = np.arange(6 * 5, dtype=np.float32).reshape(6, 5)
    add("pr", curve, pr_curve_metadata.create_summary_metadata("", "", 5), 14)
    parts = (
        (mesh_pb2.MeshPluginData.VERTEX, [[[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]], np.float32),
        (mesh_pb2.MeshPluginData.FACE, [[[0, 1, 2]]], np.int32),
        (mesh_pb2.MeshPluginData.COLOR, [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8),
    )
    components = mesh_metadata.get_components_bitmask([kind for kind, _, _ in parts])
    for kind, values, dtype in parts:
        values = np.array(values, dtype)
        metadata = mesh_metadata.create_summary_metadata(
            "triangle", "", kind, components, list(values.shape), None, "{}"
        )
        name = mesh_pb2.MeshPluginData.ContentType.Name(kind)
        add("triangle_" + name, values, metadata, 15)
    chart = layout_pb2.Chart(
        title="both", multiline=layout_pb2.MultilineChartContent(tag=["loss.*", "acc"])
    )
    layout = layout_pb2.Layout(
        category=[layout_pb2.Category(title="losses", chart=[chart])]
    )
    add(
        layout_metadata.CONFIG_SUMMARY_TAG,
        np.array(layout.SerializeToString(), dtype=object),
        layout_metadata.create_summary_metadata(),
        0,
    )
    experiment = hparams_pb2.HParamsPluginData()
    experiment.experiment.time_created_secs = 1234.5
    rate = experiment.experiment.hparam_infos.add(name="lr", display_name="rate", type=3)
    rate.domain_interval.min_value, rate.domain_interval.max_value = 1e-4, 0.1
    experiment.experiment.metric_infos.add(dataset_type=1).name.tag = "loss"
    start = hparams_pb2.HParamsPluginData()
    start.session_start_info.hparams["lr"].number_value = 0.01
    start.session_start_info.hparams["amp"].bool_value = True
    start.session_start_info.group_name = "trial"
    start.session_start_info.start_time_secs = 2345.5
    end = hparams_pb2.HParamsPluginData()
    end.session_end_info.status = 1
    end.session_end_info.end_time_secs = 2346.5
    for tag, content in (
        (hparams_metadata.EXPERIMENT_TAG, experiment),
        (hparams_metadata.SESSION_START_INFO_TAG, start),
        (hparams_metadata.SESSION_END_INFO_TAG, end),
    ):
        add(tag, np.float32(0), hparams_metadata.create_summary_metadata(content), 0)


def write_graphs(writer, add):
    """In events of their own, and run metadata as summaries too."""
    graph = graph_pb2.GraphDef()
    node = graph.node.add(name="net/conv", op="Conv2D", input=["x", "^y"], device="/cpu:0")
    node.attr["padding"].s = b"SAME"
    node.attr["_output_shapes"].list.shape.add().dim.add(size=-1)
    writer.add_event(event_pb2.Event(wall_time=1.0, graph_def=graph.SerializeToString()))
    metadata = config_pb2.RunMetadata()
    device = metadata.step_stats.dev_stats.add(device="/cpu:0")
    times = device.node_stats.add(node_name="net/conv", all_start_micros=10)
    times.op_start_rel_micros, times.op_end_rel_micros, times.all_end_rel_micros = 1, 5, 7
    encoded = metadata.SerializeToString()
    tagged = event_pb2.TaggedRunMetadata(tag="step 7", run_metadata=encoded)
    writer.add_event(event_pb2.Event(wall_time=1.0, step=7, tagged_run_metadata=tagged))
    for plugin in ("graph_run_metadata", "graph_run_metadata_graph"):
        described = summary_pb2.SummaryMetadata(
            plugin_data={"plugin_name": plugin, "content": b"1"}
        )
        metadata.function_graphs.add().pre_optimization_graph.CopyFrom(graph)
        value = np.array(metadata.SerializeToString(), dtype=object)
        add(plugin, value, described, 8)
    for status, path in ((1, ""), (3, "model-7.ckpt"), (2, "")):
        log = event_pb2.SessionLog(status=status, checkpoint_path=path, msg="said")
        writer.add_event(event_pb2.Event(wall_time=1.0, step=7, session_log=log))


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write(scratch)
        event_files.collect(scratch, os.path.join(sys.argv[1], "tensorboard"))


if __name__ == "__main__":
    main()
