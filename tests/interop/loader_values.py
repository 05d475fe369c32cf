# SPDX-License-Identifier: Apache-2.0
"""What TensorBoard's loader makes of a value, in the form of dump_log: a function
a kind, from the tensor and the content of its plugin's metadata. Each gives a
part of what dump_log says: what TensorBoard knows of it."""

import math

import numpy as np
from tensorboard.compat.proto import config_pb2
from tensorboard.compat.proto import graph_pb2
from tensorboard.compat.proto import types_pb2
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2 as hparams_pb2
from tensorboard.util import tensor_util


def number(value):
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def strings(array):
    return [value.decode("utf-8") for value in array.ravel().tolist()]


def scalar(array, _):
    return number(array.item())


def histogram(array, _):
    return array.astype(np.float64).tolist()


def image(array, _):
    width, height, *encoded = array.tolist()
    return {
        "width": int(width),
        "height": int(height),
        "images": [one.hex() for one in encoded],
    }


def audio(array, _):
    return {"clips": [clip.hex() for clip in array.tolist()]}


def text(array, _):
    return {"shape": list(array.shape), "texts": strings(array)}


def tensor(array, _):
    if array.dtype == object:
        return {"shape": list(array.shape), "strings": strings(array)}
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "bytes": array.tobytes().hex(),
    }


def pr_curve(array, _):
    return array.astype(np.float64).tolist()


def layout(array, _):
    found = layout_pb2.Layout.FromString(array.item())
    return [
        [
            category.title,
            category.closed,
            [
                [
                    chart.title,
                    list(chart.multiline.tag),
                    [[s.value, s.lower, s.upper] for s in chart.margin.series],
                ]
                for chart in category.chart
            ],
        ]
        for category in found.category
    ]


def datum(value):
    kind = value.WhichOneof("kind")
    return number(value.number_value) if kind == "number_value" else getattr(value, kind)


def domain(info):
    if info.HasField("domain_interval"):
        interval = info.domain_interval
        return {"min": interval.min_value, "max": interval.max_value}
    if info.HasField("domain_discrete"):
        return [datum(value) for value in info.domain_discrete.values]
    return None


def hparams(_, content):
    found = hparams_pb2.HParamsPluginData.FromString(content)
    one = getattr(found, found.WhichOneof("data"))
    if found.HasField("session_start_info"):
        return {
            "hparams": {name: datum(value) for name, value in one.hparams.items()},
            "group_name": one.group_name,
            "model_uri": one.model_uri,
            "monitor_url": one.monitor_url,
            "start_time_secs": one.start_time_secs,
        }
    if found.HasField("session_end_info"):
        return {"status": one.status, "end_time_secs": one.end_time_secs}
    return {
        "name": one.name,
        "description": one.description,
        "user": one.user,
        "time_created_secs": one.time_created_secs,
        "hparams": [
            {
                "name": info.name,
                "display_name": info.display_name,
                "description": info.description,
                "type": info.type,
                "domain": domain(info),
            }
            for info in one.hparam_infos
        ],
        "metrics": [
            {
                "group": info.name.group,
                "tag": info.name.tag,
                "display_name": info.display_name,
                "description": info.description,
                "dataset": info.dataset_type,
            }
            for info in one.metric_infos
        ],
    }


def shape(found):
    return None if found.unknown_rank else [dim.size for dim in found.dim]


def attribute(value):
    """As text, where it is simple; else None."""
    kind = value.WhichOneof("value")
    if kind == "type":
        return types_pb2.DataType.Name(value.type)
    if kind == "b":
        return "true" if value.b else "false"
    if kind == "i":
        return str(value.i)
    return None


def node(found):
    attributes = dict(found.attr)
    shapes = attributes.pop("_output_shapes", None)
    return {
        "name": found.name,
        "op": found.op,
        "device": found.device,
        "inputs": list(found.input),
        "shapes": [shape(s) for s in shapes.list.shape] if shapes else [],
        "attributes": {name: attribute(value) for name, value in attributes.items()},
    }


def graph_of(found):
    return {
        "nodes": [node(one) for one in found.node],
        "functions": [
            {
                "name": function.signature.name,
                "arguments": [a.name for a in function.signature.input_arg],
                "results": [a.name for a in function.signature.output_arg],
                "nodes": [node(one) for one in function.node_def],
            }
            for function in found.library.function
        ],
    }


def graph(array, _):
    (encoded,) = array.ravel().tolist()
    return graph_of(graph_pb2.GraphDef.FromString(encoded))


def run_metadata(array, _):
    (encoded,) = array.ravel().tolist()
    found = config_pb2.RunMetadata.FromString(encoded)
    graphs = [one.pre_optimization_graph for one in found.function_graphs]
    return {
        "devices": [
            {
                "name": device.device,
                "nodes": [
                    {
                        "name": one.node_name,
                        "label": one.timeline_label,
                        "start_micros": one.all_start_micros,
                        "total_micros": one.all_end_rel_micros,
                        "compute_micros": one.op_end_rel_micros - one.op_start_rel_micros,
                        "memory_bytes": sum(used.total_bytes for used in one.memory),
                        "shapes": [
                            shape(output.tensor_description.shape) for output in one.output
                        ],
                    }
                    for one in device.node_stats
                ],
            }
            for device in found.step_stats.dev_stats
        ],
        "graphs": [graph_of(g) for g in [*graphs, *found.partition_graphs]],
    }


def array_of(proto):
    """TensorBoard's, or None for a type that it cannot decode."""
    try:
        return tensor_util.make_ndarray(proto)
    except TypeError:
        return None


BY_KIND = {
    "scalar": scalar,
    "histogram": histogram,
    "image": image,
    "audio": audio,
    "text": text,
    "tensor": tensor,
    "other": tensor,
    "pr_curve": pr_curve,
    "layout": layout,
    "hparams": hparams,
    "graph": graph,
    "run_metadata": run_metadata,
}
