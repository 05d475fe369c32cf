# SPDX-License-Identifier: Apache-2.0
"""What graph.cc logs."""

import dataclasses

from google.protobuf import text_format
from tensorboard.compat.proto import config_pb2, graph_pb2

from kinds import GRAPH, NODE_TIMES, NODE_TIMES_AND_GRAPH
from table import Point, Series, add, check, points


@dataclasses.dataclass
class Message:
    """A message, as the one blob of a value and as the text that a route gives."""

    message: object

    def check(self, t, found):
        (blob,) = found
        t.assertEqual(type(self.message).FromString(blob), self.message)

    def check_text(self, t, found, part=lambda message: message):
        """Of all of it, or of the graph that is a part of it."""
        expected = part(self.message)
        t.assertEqual(text_format.Parse(found, type(expected)()), expected)


FLOAT, INT8, STRING, HALF = 1, 6, 7, 19
UNKNOWN = None


def set_shape(message, dims):
    message.SetInParent()
    if dims is UNKNOWN:
        message.unknown_rank = True
        return
    for size in dims:
        message.dim.add(size=size)


def outputs(node, *shapes_and_types):
    for shape, dtype in shapes_and_types:
        set_shape(node.attr["_output_shapes"].list.shape.add(), shape)
        node.attr["_output_types"].list.type.append(dtype)


def network():
    graph = graph_pb2.GraphDef()
    x = graph.node.add(name="x", op="Placeholder")
    outputs(x, ([-1, 8, 8, 1], FLOAT))
    x.attr["dtype"].type = FLOAT
    conv = graph.node.add(
        name="block/conv",
        op="Conv2D",
        input=["x", "^start"],
        device="/device:GPU:0",
    )
    outputs(conv, ([-1, 8, 8, 16], FLOAT))
    conv.attr["strides"].list.i.extend([1, 2, 2, 1])
    conv.attr["padding"].s = b"SAME"
    conv.attr["bias"].b = True
    conv.attr["rate"].f = 0.5
    conv.attr["groups"].i = 4
    set_shape(conv.attr["window"].shape, [3, 3])
    conv.attr["rates"].list.f.extend([0.25, 0.5])
    conv.attr["flags"].list.b.extend([True, False])
    conv.attr["names"].list.s.extend([b"k", "ä".encode()])
    conv.attr["types"].list.type.append(INT8)
    for dims in ([1, 2], UNKNOWN, []):
        set_shape(conv.attr["shapes"].list.shape.add(), dims)
    split = graph.node.add(name="block/split", op="Split", input=["block/conv"])
    outputs(split, ([-1, 8], HALF), ([], STRING))
    odd = graph.node.add(name='ä "quoted" \\ {', op="Odd", input=["block/split:1"])
    odd.attr["text"].s = b'a: { "b" }\n'
    odd.attr["long"].s = b"x" * 2000
    graph.node.add(name="block", op="Scope", input=["block/split", "block/split:1"])
    graph.node.add(name="start", op="NoOp")
    return graph


def graph_of(*nodes):
    graph = graph_pb2.GraphDef()
    for name, op, *inputs in nodes:
        graph.node.add(name=name, op=op, input=inputs)
    return graph


def times(graph=None):
    metadata = config_pb2.RunMetadata()
    stats = metadata.step_stats
    cpu = stats.dev_stats.add(device="/device:CPU:0")
    gpu = stats.dev_stats.add(device="/device:GPU:0")
    # A start of 0 and a duration of a nanosecond are at least a microsecond.
    cpu.node_stats.add(node_name="x", all_start_micros=1)
    conv = gpu.node_stats.add(
        node_name="block/conv",
        all_start_micros=2,
        op_end_rel_micros=120,
        all_end_rel_micros=120,
    )
    conv.memory.add(allocator_name="gpu", total_bytes=4096)
    conv.memory.add(allocator_name="host", total_bytes=1024)
    first = conv.output.add(slot=0).tensor_description
    first.dtype = FLOAT
    set_shape(first.shape, [32, 8, 8, 16])
    set_shape(conv.output.add(slot=1).tensor_description.shape, [])
    cpu.node_stats.add(
        node_name="block/split",
        all_start_micros=1,
        op_end_rel_micros=1,
        all_end_rel_micros=1,
    )
    if graph is not None:
        metadata.function_graphs.add().pre_optimization_graph.CopyFrom(graph)
    return metadata


def run_graph(run, *values, traps=(), **more):
    add(Series(run, "__run_graph__", GRAPH, list(values), traps=traps, **more))


run_graph("graph", Point(0, Message(network())), traps=["graph-names"])
run_graph("graph of bytes", Point(3, Message(graph_of(("n", "Op")))))
run_graph(
    "graph twice",
    Point(0, Message(graph_of(("first", "Op")))),
    Point(5, Message(graph_of(("second", "Op")))),
    traps=["graph-steps"],
)
run_graph(
    "graph refused",
    Point(1, Message(graph_of(("x", "Placeholder"), ("conv", "Conv2D", "x:1")))),
    traps=["graph-names", "graph-parsable"],
)

run_graph("run metadata", Point(0, Message(network())))
BYTES = config_pb2.RunMetadata()
BYTES.step_stats.dev_stats.add(device="d")
add(
    Series("run metadata", "times", NODE_TIMES, [Point(7, Message(times()))]),
    Series("run metadata", "bytes", NODE_TIMES, points(Message(BYTES))),
    Series(
        "run metadata",
        "each step/forward",
        NODE_TIMES,
        points(Message(times()), Message(times())),
    ),
    Series(
        "run metadata",
        "with a graph",
        NODE_TIMES_AND_GRAPH,
        [Point(7, Message(times(graph_of(("own", "Op")))))],
        traps=["run-metadata-content", "run-metadata-graph"],
    ),
)


@check("graph-long-attributes")
def attributes_that_are_too_long_are_named_instead(t, written):
    """As the page asks, which the routes above do not."""
    for server in written.servers.values():
        text = server.get(
            "plugin/graphs/graph",
            run="graph",
            limit_attr_size=1024,
            large_attrs_key="_too_large_attrs",
        ).decode()
        expected = network()
        (odd,) = [node for node in expected.node if node.op == "Odd"]
        del odd.attr["long"]
        odd.attr["_too_large_attrs"].list.s.append(b"long")
        t.assertEqual(text_format.Parse(text, graph_pb2.GraphDef()), expected)
