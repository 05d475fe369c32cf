#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the event files of this folder by writers that are not ours.

Needs tensorboard, tensorboardX and numpy; made with tensorboard 2.21 and
tensorboardX 2.6. Usage: generate.py FOLDER
"""

import os
import sys

import numpy as np
import tensorboardX
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util

# The smallest PNG: one red pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae"
    "426082"
)


def tensorboard_file(folder):
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
    writer.close()


def tensorboardx_file(folder):
    writer = tensorboardX.SummaryWriter(folder)
    for step in range(5):
        writer.add_scalar("loss", 0.5 * step, step, walltime=2000.0 + step)
    writer.add_histogram("weights", np.array([1.0, 1.0, 2.0]), 3, walltime=2003.0)
    writer.add_image("pixel", np.full((3, 2, 4), 0.5), 4, walltime=2004.0)
    writer.add_text("note", "hello", 5, walltime=2005.0)
    writer.close()


def main():
    folder = sys.argv[1]
    for name, write in (
        ("tensorboard", tensorboard_file),
        ("tensorboardx", tensorboardx_file),
    ):
        write(os.path.join(folder, "scratch"))
        scratch = os.path.join(folder, "scratch")
        (made,) = os.listdir(scratch)
        os.replace(os.path.join(scratch, made), os.path.join(folder, name + ".tfevents"))
        os.rmdir(scratch)


if __name__ == "__main__":
    main()
