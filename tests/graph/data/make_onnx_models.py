# SPDX-License-Identifier: Apache-2.0
"""Makes the ONNX models beside this script anew: make_onnx_models.py [DIR].
Needs onnx and numpy. The same version of onnx makes the same bytes."""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def model(graph, **more):
    made = helper.make_model(
        graph,
        producer_name="tblog",
        opset_imports=[
            helper.make_opsetid("", 17),
            helper.make_opsetid("com.example", 1),
        ],
        **more,
    )
    made.ir_version = 8
    return made


def weights(name, *shape):
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return numpy_helper.from_array(values / values.size, name)


def scalar(name, kind):
    return helper.make_tensor_value_info(name, kind, [])


def loop_body(size, nodes):
    """Of a Loop that goes on, and adds up `size` numbers by the nodes."""
    return helper.make_graph(
        [helper.make_node("Identity", ["go_on"], ["go_on_out"]), *nodes],
        "body",
        [
            scalar("i", TensorProto.INT64),
            scalar("go_on", TensorProto.BOOL),
            helper.make_tensor_value_info("sum", FLOAT, [size]),
        ],
        [
            scalar("go_on_out", TensorProto.BOOL),
            helper.make_tensor_value_info("sum_out", FLOAT, [size]),
        ],
    )


def network():
    """As PyTorch exports one: names with scopes, a batch of any size."""
    graph = helper.make_graph(
        [
            helper.make_node(
                "Conv",
                ["image", "conv1.weight", "conv1.bias"],
                ["/conv1/Conv_output_0"],
                name="/conv1/Conv",
                kernel_shape=[3, 3],
                pads=[1, 1, 1, 1],
            ),
            helper.make_node(
                "Relu",
                ["/conv1/Conv_output_0"],
                ["/relu/Relu_output_0"],
                name="/relu/Relu",
            ),
            helper.make_node(
                "Flatten",
                ["/relu/Relu_output_0"],
                ["/Flatten_output_0"],
                name="/Flatten",
            ),
            helper.make_node(
                "Gemm",
                ["/Flatten_output_0", "fc.weight"],
                ["logits"],
                name="/fc/Gemm",
                alpha=0.5,
                transB=1,
            ),
        ],
        "network",
        [helper.make_tensor_value_info("image", FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", FLOAT, ["batch", 10])],
        [
            weights("conv1.weight", 4, 1, 3, 3),
            weights("conv1.bias", 4),
            weights("fc.weight", 10, 256),
        ],
    )
    made = onnx.shape_inference.infer_shapes(model(graph))
    onnx.checker.check_model(made)
    return made


def control_flow():
    """An If that reads a value from outside, and a Loop."""
    def branch(name, op):
        return helper.make_graph(
            [helper.make_node(op, ["x", "x"], ["y"], name="math")],
            name,
            [],
            [helper.make_tensor_value_info("y", FLOAT, [3])],
        )

    body = loop_body(3, [helper.make_node("Add", ["sum", "picked"], ["sum_out"], name="add")])
    graph = helper.make_graph(
        [
            helper.make_node(
                "If",
                ["condition"],
                ["picked"],
                name="pick",
                then_branch=branch("then", "Add"),
                else_branch=branch("else", "Mul"),
            ),
            helper.make_node(
                "Loop", ["times", "", "x"], ["total"], name="repeat", body=body
            ),
        ],
        "control_flow",
        [
            scalar("condition", TensorProto.BOOL),
            scalar("times", TensorProto.INT64),
            helper.make_tensor_value_info("x", FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("total", FLOAT, [3])],
    )
    made = model(graph)
    onnx.checker.check_model(made)
    return made


def inner():
    """Values in branches, in branches of these, and in a loop."""
    def branch(name, nodes, output):
        shown = helper.make_tensor_value_info(output, FLOAT, None)
        return helper.make_graph(nodes, name, [], [shown])

    nested = helper.make_node(
        "If",
        ["condition"],
        ["n"],
        then_branch=branch(
            "nested then",
            [
                helper.make_node("Relu", ["h"], ["nested/h"], name="deep"),
                helper.make_node("Neg", ["nested/h"], ["nt"]),
            ],
            "nt",
        ),
        else_branch=branch("nested else", [helper.make_node("Abs", ["h"], ["ne"])], "ne"),
    )
    then_branch = branch(
        "then",
        [helper.make_node("Relu", ["x"], ["h"], name="relu"), nested],
        "n",
    )
    else_branch = branch(
        "else",
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Cast", ["s"], ["c"], to=FLOAT),
            helper.make_node("Mul", ["c", "x"], ["e"]),
        ],
        "e",
    )
    body = loop_body(
        1,
        [
            helper.make_node("Add", ["sum", "picked"], ["added"], name="add"),
            helper.make_node("Relu", ["added"], ["sum_out"]),
        ],
    )
    graph = helper.make_graph(
        [
            helper.make_node(
                "If",
                ["condition"],
                ["picked"],
                name="pick",
                then_branch=then_branch,
                else_branch=else_branch,
            ),
            helper.make_node(
                "Loop", ["times", "", "x"], ["total"], name="repeat", body=body
            ),
            helper.make_node("SequenceConstruct", ["total", "x"], ["both"]),
            helper.make_node("SequenceLength", ["both"], ["length"]),
        ],
        "inner",
        [
            scalar("condition", TensorProto.BOOL),
            scalar("times", TensorProto.INT64),
            helper.make_tensor_value_info("x", FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("total", FLOAT, [1]),
            scalar("length", TensorProto.INT64),
        ],
    )
    made = model(graph)
    made.metadata_props.add(key="made", value="by hand")
    onnx.checker.check_model(made, full_check=True)
    return made


def odd():
    """Names that are empty, repeated or have other meanings; every kind of
    attribute; values that are nowhere else than in another file."""
    outside = weights("outside", 2)
    onnx.external_data_helper.set_external_data(outside, "weights.bin")
    outside.ClearField("raw_data")
    graph = helper.make_graph(
        [
            helper.make_node("Relu", ["in:0"], ["a"]),
            helper.make_node("Relu", ["a"], ["b"]),
            helper.make_node("Neg", ["b"], ["^c"], name="same"),
            helper.make_node("Neg", ["^c"], ["d"], name="same"),
            helper.make_node(
                "Constant", [], ["k"], name="//k/", value=weights("v", 2, 1)
            ),
            helper.make_node(
                "Fancy",
                ["d", "", "k", "outside", "nowhere"],
                ["e", "", "f"],
                name="^fan:cy",
                domain="com.example",
                number=7,
                real=0.25,
                text="ä",
                numbers=[1, 2, 3],
                reals=[0.5, 1.5],
                texts=["x", "y"],
                many=list(range(1000)),
                tensor=weights("t", 3),
            ),
            helper.make_node("Add", ["e", "f"], ["out"], name="same"),
        ],
        "odd",
        [helper.make_tensor_value_info("in:0", TensorProto.FLOAT16, None)],
        [helper.make_tensor_value_info("out", FLOAT, [-1, 2])],
        [outside],
    )
    return model(graph)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__)
    for make in (network, control_flow, inner, odd):
        path = os.path.join(folder, make.__name__ + ".onnx")
        with open(path, "wb") as file:
            file.write(make().SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
