#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tensorboardX writes: ../data/tensorboardx.

Needs requirements-tensorboardx.txt. Usage: make_tensorboardx.py FOLDER
"""

import os
import sys
import tempfile

import numpy as np
import tensorboardX

import common_kinds
import event_files


def write(folder):
    writer = tensorboardX.SummaryWriter(folder)
    common_kinds.write(writer, np.array, clip=[[0.0, 0.5], [-0.5, -1.0]], name="trial")
    writer.add_image_with_boxes(
        "boxes", common_kinds.PICTURES[0], np.array([[0, 0, 2, 2]]), 4, labels=["x"]
    )
    writer.close()
    write_resumed(folder + "_resumed")


def write_resumed(folder):
    """A run with purge_step, which writes a session log."""
    writer = tensorboardX.SummaryWriter(folder, purge_step=3)
    writer.add_scalar("loss", 1.0, 3)
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as scratch:
        write(os.path.join(scratch, "run"))
        event_files.collect(scratch, os.path.join(sys.argv[1], "tensorboardx"))


if __name__ == "__main__":
    main()
