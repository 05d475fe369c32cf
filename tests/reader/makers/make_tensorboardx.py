#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What tensorboardX writes: ../data/tensorboardx.

Needs requirements-tensorboardx.txt. Usage: make_tensorboardx.py FOLDER
"""

import os
import sys
import tempfile

import numpy as np
import onnx
import tensorboardX

import common_kinds
import event_files


def write(folder):
    writer = tensorboardX.SummaryWriter(folder)
    common_kinds.write(writer, np.array, clip=[[0.0, 0.5], [-0.5, -1.0]], name="trial")
    writer.add_image_with_boxes(
        "boxes", common_kinds.PICTURES[0], np.array([[0, 0, 2, 2]]), 4, labels=["x"]
    )
    with tempfile.TemporaryDirectory() as scratch:
        model = os.path.join(scratch, "model.onnx")
        onnx.save(dense_model(), model)
        writer.add_onnx_graph(model)
    writer.close()
    write_resumed(folder + "_resumed")


def dense_model():
    """A product and its relu."""
    helper = onnx.helper
    product = helper.make_node("MatMul", ["x", "w"], ["product"], name="dense/product")
    relu = helper.make_node("Relu", ["product"], ["y"], name="dense/relu")
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3])
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1, 2])
    w = helper.make_tensor("w", onnx.TensorProto.FLOAT, [3, 2], [1.0] * 6)
    graph = helper.make_graph([product, relu], "dense", [x], [y], [w])
    return helper.make_model(graph, producer_name="")


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
