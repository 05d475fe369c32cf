# SPDX-License-Identifier: Apache-2.0
"""Trains the small network of this example and writes it as digits.onnx.

    make_model.py train ../digits/data/digits.csv.gz weights.npz   (needs torch)
    make_model.py export weights.npz digits.onnx                   (needs onnx)

Convolution, batch norm and ReLU twice, each followed by a max pooling, and a
linear layer: the form that runtimes fuse.
"""

import gzip
import sys

import numpy as np

HELD_OUT = 360  # the last ones, as in examples/digits


def train(digits, out):
    import torch
    from torch import nn

    torch.manual_seed(1)
    with gzip.open(digits, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)[:-HELD_OUT]
    images = torch.from_numpy(table[:, :64] / 16).reshape(-1, 1, 8, 8)
    labels = torch.from_numpy(table[:, 64]).long()
    layers = {
        "conv1": nn.Conv2d(1, 12, 3, padding=1),
        "norm1": nn.BatchNorm2d(12),
        "relu1": nn.ReLU(),
        "pool1": nn.MaxPool2d(2),
        "conv2": nn.Conv2d(12, 24, 3, padding=1),
        "norm2": nn.BatchNorm2d(24),
        "relu2": nn.ReLU(),
        "pool2": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "fc": nn.Linear(96, 10),
    }
    net = nn.Sequential()
    for name, layer in layers.items():
        net.add_module(name, layer)
    epochs, batch = 80, 32
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = 1e-2 * (1 - epoch / epochs)
        for chosen in torch.randperm(len(labels)).split(batch):
            down, right = torch.randint(3, (2,)).tolist()  # moved by a pixel
            moved = nn.functional.pad(images[chosen], (1, 1, 1, 1))
            moved = moved[:, :, down : down + 8, right : right + 8]
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(moved), labels[chosen]).backward()
            optimizer.step()
    np.savez(out, **{k: v.numpy() for k, v in net.state_dict().items()})


def export(weights, out):
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    arrays = np.load(weights)
    names = [name for name in arrays.files if "num_batches" not in name]
    norm = ["weight", "bias", "running_mean", "running_var"]
    steps = [
        ("conv1", "Conv", ["weight", "bias"], {"pads": [1] * 4}),
        ("norm1", "BatchNormalization", norm, {}),
        ("relu1", "Relu", [], {}),
        ("pool1", "MaxPool", [], {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("conv2", "Conv", ["weight", "bias"], {"pads": [1] * 4}),
        ("norm2", "BatchNormalization", norm, {}),
        ("relu2", "Relu", [], {}),
        ("pool2", "MaxPool", [], {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("flatten", "Flatten", [], {}),
        ("fc", "Gemm", ["weight", "bias"], {"transB": 1}),
    ]
    nodes, value = [], "image"
    for name, operator, own, attributes in steps:
        if operator == "Conv":
            attributes["kernel_shape"] = [3, 3]
        after = "logits" if name == "fc" else name + "_out"
        inputs = [value] + [f"{name}.{one}" for one in own]
        nodes.append(
            helper.make_node(operator, inputs, [after], name=name, **attributes)
        )
        value = after
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(arrays[name], name) for name in names],
    )
    model = helper.make_model(
        graph, producer_name="tblog", opset_imports=[helper.make_opsetid("", 13)]
    )
    model.ir_version = 7
    # With the shapes of all values, which a tap of the model hands on.
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, out)


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(sys.argv[2], sys.argv[3])
    else:
        export(sys.argv[2], sys.argv[3])
