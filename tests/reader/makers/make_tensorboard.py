#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What TensorBoard's own Python writer writes: ../data/tensorboard.

Needs requirements-tensorboard.txt. Usage: make_tensorboard.py FOLDER
"""

import os
import sys
import tempfile

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.audio import metadata as audio_metadata
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.image import metadata as image_metadata
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
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write(scratch)
        event_files.collect(scratch, os.path.join(sys.argv[1], "tensorboard"))


if __name__ == "__main__":
    main()
