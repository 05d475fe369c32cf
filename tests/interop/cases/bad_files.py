# SPDX-License-Identifier: Apache-2.0
"""What becomes of files that fall into the traps: made here with TensorBoard's
own messages, so that the list of traps stays honest. Where a newer TensorBoard
mends one, its check fails and the trap may go."""

import contextlib
import os
import struct
import tempfile

from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto import graph_pb2
from tensorboard.compat.proto import summary_pb2
from tensorboard.compat.proto import tensor_pb2
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
from tensorboard.plugins import base_plugin
from tensorboard.plugins.audio import audio_plugin
from tensorboard.plugins.distribution import distributions_plugin
from tensorboard.plugins.graph import graphs_plugin
from tensorboard.plugins.mesh import metadata as mesh_metadata
from tensorboard.plugins.mesh import plugin_data_pb2 as mesh_pb2
from tensorboard.plugins.scalar import scalars_plugin
from tensorboard.plugins.text import text_plugin
from tensorboard.util import img_mime_type_detector
from tensorboard.util import tensor_util

import readers
from table import check

from cases.image import INPUTS

FLOAT, STRING, BFLOAT16, UINT32 = 1, 7, 14, 22


def record(payload):
    length = struct.pack("<Q", len(payload))
    return b"".join(
        (
            length,
            struct.pack("<I", pywrap_tensorflow.masked_crc32c(length)),
            payload,
            struct.pack("<I", pywrap_tensorflow.masked_crc32c(payload)),
        )
    )


def event(step=0, wall_time=None, **what):
    wall_time = 1e9 + step if wall_time is None else wall_time
    return event_pb2.Event(step=step, wall_time=wall_time, **what).SerializeToString()


VERSION = event(file_version="brain.Event:2")


def metadata(plugin, data_class, **more):
    made = summary_pb2.SummaryMetadata(data_class=data_class, **more)
    made.plugin_data.plugin_name = plugin
    return made


def value(step, tensor, plugin="scalars", data_class=1, tag="t", wall_time=None):
    made = summary_pb2.Summary.Value(tag=tag, tensor=tensor)
    if plugin:
        made.metadata.CopyFrom(metadata(plugin, data_class))
    return event(step, wall_time, summary=summary_pb2.Summary(value=[made]))


def number(x, dtype="float32"):
    return tensor_util.make_tensor_proto(x, dtype=dtype)


def scalar(step, x=0.0, **more):
    return value(step, number(float(x)), **more)


@contextlib.contextmanager
def logs_of(*payloads, files=None, folder="."):
    """Both readers on a run of these events, or of several files of them."""
    files = files or {"events.out.tfevents.1000000000.bad": payloads}
    with tempfile.TemporaryDirectory() as logdir:
        os.makedirs(os.path.join(logdir, folder), exist_ok=True)
        for name, of_file in files.items():
            with open(os.path.join(logdir, folder, name), "wb") as file:
                for one in of_file:
                    file.write(one if isinstance(one, bytearray) else record(one))
        with readers.rust_log(logdir, content=False) as rust:
            yield readers.python_log(logdir), rust


def steps_of(log, data_class=1, plugin="scalars", run=".", tag="t"):
    return [step for step, _, _ in log.read(data_class, plugin, run, tag)]


def steps_of_both(*payloads, **more):
    with logs_of(*payloads, **more) as (python, rust):
        return steps_of(python), steps_of(rust)


@check("scalar-float32")
def doubles_and_vectors_are_no_scalars_to_the_rust_reader(t, _written):
    for tensor in (number(1.0, "float64"), number(1, "int64"), number([1.0])):
        found = steps_of_both(VERSION, value(0, tensor), scalar(1))
        t.assertEqual(found, ([0, 1], [1]))


@check("step-missing", "step-increasing", "step-twice-in-event")
def steps_that_do_not_grow_are_lost_in_the_rust_reader(t, _written):
    t.assertEqual(
        steps_of_both(VERSION, scalar(0), scalar(0), scalar(0)), ([0, 0, 0], [0])
    )
    t.assertEqual(
        steps_of_both(VERSION, scalar(1), scalar(2), scalar(1)), ([1, 2, 1], [1])
    )


@check("wall-time-finite")
def a_wall_time_that_is_not_finite_ends_the_file_or_drops_the_event(t, _written):
    for wall_time, left in ((float("nan"), [0]), (float("inf"), [0, 2])):
        found = steps_of_both(
            VERSION, scalar(0), scalar(1, wall_time=wall_time), scalar(2)
        )
        t.assertEqual(found, ([0, 1, 2], left))


@check("tag-utf8")
def a_tag_that_is_not_utf8_ends_the_file(t, _written):
    bad = scalar(1, tag="tt").replace(b"tt", b"t\xff")
    with t.assertRaises(Exception):
        steps_of_both(VERSION, scalar(0), bad, scalar(2))  # Python
    with tempfile.TemporaryDirectory() as logdir:
        with open(os.path.join(logdir, "tfevents"), "wb") as file:
            file.write(b"".join(map(record, (VERSION, scalar(0), bad, scalar(2)))))
        with readers.rust_log(logdir, content=False) as rust:
            t.assertEqual(steps_of(rust), [0])


@check("tag-empty")
def an_empty_tag_breaks_the_listing(t, _written):
    named = event_pb2.Event.FromString(scalar(1, tag=""))
    named.summary.value[0].node_name = "node"
    with logs_of(VERSION, scalar(0), named.SerializeToString()) as (python, _):
        with t.assertRaises(KeyError):
            python.listed("scalars")


@check("histogram-shape")
def a_histogram_without_three_columns_fails_the_distributions(t, _written):
    bad = value(0, number([1.0, 2.0], "float64"), "histograms", 2)
    with logs_of(VERSION, bad) as logs:
        for log in logs:
            plugin = distributions_plugin.DistributionsPlugin(
                base_plugin.TBContext(data_provider=log.provider)
            )
            with t.assertRaises(Exception):
                plugin.distributions_impl(readers.CONTEXT, "t", ".", "")


@check("image-shape")
def a_wrong_number_of_strings_fails_in_the_python_reader(t, _written):
    tensor = tensor_pb2.TensorProto(dtype=STRING, string_val=[b"1", b"1", b"png"])
    tensor.tensor_shape.dim.add(size=4)
    with logs_of(VERSION, value(0, tensor, "images", 3)) as (python, rust):
        t.assertEqual(len(steps_of(rust, 3, "images")), 1)
        with t.assertRaises(Exception):
            steps_of(python, 3, "images")


@check("text-utf8")
def an_invalid_byte_fails_the_texts_of_the_tag(t, _written):
    good, bad = (tensor_util.make_tensor_proto(x) for x in (b"good", b"\xff"))
    events = VERSION, value(0, good, "text", 2), value(1, bad, "text", 2)
    with logs_of(*events) as logs:
        for log in logs:
            plugin = text_plugin.TextPlugin(
                base_plugin.TBContext(data_provider=log.provider)
            )
            with t.assertRaises(UnicodeDecodeError):
                plugin.text_impl(readers.CONTEXT, ".", "t", "", True)


@check("tensor-undecodable", "tensor-encoding", "tensor-repeat")
def what_tensorboard_cannot_decode_fails_the_series(t, _written):
    brain = tensor_pb2.TensorProto(dtype=BFLOAT16, half_val=[0x3F80])
    unsigned = tensor_pb2.TensorProto(dtype=UINT32, uint32_val=[1, 2])
    unsigned.tensor_shape.dim.add(size=2)
    short = tensor_pb2.TensorProto(dtype=FLOAT, float_val=[1, 2])
    short.tensor_shape.dim.add(size=3)
    for tensor in (brain, unsigned, short):
        events = VERSION, value(0, number([1.0]), "x", 2), value(1, tensor, "x", 2)
        with logs_of(*events) as logs:
            for log in logs:
                with t.assertRaises(Exception):
                    log.read(2, "x", ".", "t")


@check("metadata-first")
def metadata_after_the_first_value_come_too_late_for_the_rust_reader(t, _written):
    late = scalar(0, plugin=None), scalar(1)
    with logs_of(VERSION, *late) as (python, rust):
        t.assertEqual(steps_of(python), [0, 1])
        t.assertEqual(rust.listed("scalars"), {})


@check("one-plugin")
def a_second_plugin_under_a_tag_is_lost(t, _written):
    text = value(1, tensor_util.make_tensor_proto(b"text"), "text", 2)
    with logs_of(VERSION, scalar(0), text) as (python, rust):
        t.assertEqual(steps_of(rust), [0])
        for log in (python, rust):
            t.assertNotIn("t", log.listed("text").get(".", {}))


@check("logdir-tfevents")
def a_directory_called_as_a_file_breaks_the_python_reader(t, _written):
    with t.assertRaises(Exception):
        with logs_of(VERSION, scalar(0), folder="a.tfevents.b") as (python, _):
            python.runs()


@check("first-record")
def without_a_version_a_step_below_that_of_any_tag_purges(t, _written):
    events = scalar(5), scalar(6), scalar(7, tag="other"), scalar(6)
    t.assertEqual(steps_of_both(*events)[0], [5, 6])
    t.assertEqual(steps_of_both(VERSION, *events)[0], [5, 6, 6])


@check("record-framing")
def a_wrong_checksum_ends_the_file(t, _written):
    spoilt = bytearray(record(scalar(1)))
    spoilt[-1] ^= 1
    t.assertEqual(steps_of_both(VERSION, scalar(0), spoilt, scalar(2)), ([0], [0]))


@check("record-length", "event-invalid")
def lengths_and_bytes_that_are_no_event_end_the_python_reader(t, _written):
    endless = struct.pack("<Q", 1 << 40)
    endless += struct.pack("<I", pywrap_tensorflow.masked_crc32c(endless))
    for bad in (bytearray(endless), b"\xff\xff"):
        with t.assertRaises(Exception):
            steps_of_both(VERSION, scalar(0), bad)


@check("record-cut-off")
def a_record_that_is_cut_off_is_waited_for(t, _written):
    begun = bytearray(record(scalar(1))[:-1])
    t.assertEqual(steps_of_both(VERSION, scalar(0), begun), ([0], [0]))


@check("no-preallocation")
def zeros_at_the_end_are_no_end(t, _written):
    with tempfile.TemporaryDirectory() as logdir:
        path = os.path.join(logdir, "tfevents")
        good = b"".join(map(record, (VERSION, scalar(0))))
        with open(path, "wb") as file:
            file.write(good + bytes(100))
        python = readers.python_log(logdir)
        t.assertEqual(steps_of(python), [0])
        with open(path, "r+b") as file:
            file.seek(len(good))
            file.write(record(scalar(1)))
            file.truncate()
        python.reload()
        t.assertEqual(steps_of(python), [0])  # stuck, though all is good now


@check("no-compression")
def a_compressed_file_is_no_run(t, _written):
    import gzip

    packed = gzip.compress(b"".join(map(record, (VERSION, scalar(0)))))
    with logs_of(files={"tfevents.gz": [bytearray(packed)]}) as logs:
        for log in logs:
            t.assertEqual(log.scalars(), {})


@check("record-empty")
def an_empty_record_starts_the_run_in_1970(t, _written):
    with logs_of(VERSION, b"", scalar(0)) as (_, rust):
        t.assertEqual(rust.runs(), {".": 0.0})


@check("file-readable")
def a_file_that_cannot_be_opened_ends_the_run_in_the_python_reader(t, _written):
    with tempfile.TemporaryDirectory() as logdir:
        for step in (0, 2):
            with open(os.path.join(logdir, f"tfevents.{step}"), "wb") as file:
                file.write(record(VERSION) + record(scalar(step)))
        # Root could open all else.
        os.symlink("nothing", os.path.join(logdir, "tfevents.1"))
        with readers.rust_log(logdir, content=False) as rust:
            t.assertEqual(steps_of(rust), [0, 2])
        t.assertEqual(steps_of(readers.python_log(logdir)), [0])


@check("file-sort")
def a_name_that_sorts_wrongly_loses_points_in_the_rust_reader(t, _written):
    files = {
        "tfevents.9": [VERSION, scalar(0), scalar(1)],
        "tfevents.10": [VERSION, scalar(2), scalar(3)],
    }
    python, rust = steps_of_both(files=files)
    t.assertEqual(python, [2, 3, 0, 1])
    t.assertEqual(rust, [0, 1])


@check("metadata-each-file")
def a_file_without_metadata_is_no_run_once_the_first_is_gone(t, _written):
    files = {"tfevents.2": [VERSION, scalar(2, plugin=None)]}
    python, rust = steps_of_both(files=files)
    t.assertEqual((python, rust), ([], []))


@check("session-start")
def a_later_start_purges_in_the_python_reader(t, _written):
    start = event(1, session_log=event_pb2.SessionLog(status=1))
    events = VERSION, start, scalar(0), scalar(1), start, scalar(5)
    t.assertEqual(steps_of_both(*events), ([0, 5], [0, 1, 5]))


@check("meta-graph")
def a_meta_graph_that_does_not_parse_ends_the_loading(t, _written):
    with t.assertRaises(Exception):
        with logs_of(VERSION, event(0, meta_graph_def=b"\xff"), scalar(0)) as (python, _):
            python.scalars()


@check("tensor-always")
def a_class_without_a_tensor_breaks_the_python_listing(t, _written):
    made = summary_pb2.Summary.Value(tag="t", metadata=metadata("hparams", 2))
    bad = event(0, summary=summary_pb2.Summary(value=[made]))
    with logs_of(VERSION, bad) as (python, _):
        with t.assertRaises(Exception):
            python.listed("hparams")


@check("histogram-outer-buckets")
def empty_outer_buckets_run_backwards_in_the_rust_reader(t, _written):
    histo = summary_pb2.HistogramProto(
        min=0.1, max=3.9, num=6, bucket_limit=[0, 1, 4, 1e300], bucket=[0, 3, 3, 0]
    )
    made = summary_pb2.Summary.Value(tag="t", histo=histo)
    bad = event(0, summary=summary_pb2.Summary(value=[made]))
    with logs_of(VERSION, bad) as logs:
        for log, backwards in zip(logs, (0, 2)):
            ((_, _, rows),) = log.read(2, "histograms", ".", "t")
            t.assertEqual(sum(left > right for left, right, _ in rows), backwards)


@check("plugin-content")
def a_content_that_is_no_message_breaks_the_listing_of_all_runs(t, _written):
    made = summary_pb2.Summary.Value(tag="t", tensor=number(1.0))
    made.metadata.CopyFrom(metadata("scalars", 1))
    made.metadata.plugin_data.content = b"{}"
    bad = event(0, summary=summary_pb2.Summary(value=[made]))
    with logs_of(VERSION, scalar(0, tag="good"), bad) as logs:
        for log in logs:
            plugin = scalars_plugin.ScalarsPlugin(
                base_plugin.TBContext(data_provider=log.provider)
            )
            with t.assertRaises(Exception):
                plugin.index_impl(readers.CONTEXT, "")


@check("image-encoding")
def an_image_of_another_encoding_has_no_type_that_a_browser_shows(t, _written):
    webp = b"RIFF\0\0\0\0WEBPVP8 "
    found = img_mime_type_detector.from_bytes(webp)
    t.assertEqual(found, "application/octet-stream")
    for name, data in INPUTS.items():
        t.assertTrue(img_mime_type_detector.from_bytes(data).startswith("image/"), name)


@check("audio-clip-count")
def a_step_with_fewer_clips_fails_the_tag(t, _written):
    steps = [
        value(step, tensor_util.make_tensor_proto([b"wav"] * (2 - step)), "audio", 3)
        for step in range(2)
    ]
    with logs_of(VERSION, *steps) as logs:
        for log in logs:
            plugin = audio_plugin.AudioPlugin(
                base_plugin.TBContext(data_provider=log.provider)
            )
            with t.assertRaises(IndexError):
                plugin._audio_response_for_run(readers.CONTEXT, "", ".", "t", 1)


@check("graph-steps")
def of_two_graphs_at_one_step_each_reader_shows_another(t, _written):
    first, second = (
        graph_pb2.GraphDef(node=[{"name": name}]).SerializeToString()
        for name in ("first", "second")
    )
    with logs_of(VERSION, event(0, graph_def=first), event(0, graph_def=second)) as logs:
        for log, shown in zip(logs, (first, second)):
            plugin = graphs_plugin.GraphsPlugin(
                base_plugin.TBContext(data_provider=log.provider)
            )
            text, _ = plugin.graph_impl(readers.CONTEXT, ".", None, False, "")
            t.assertIn(graph_pb2.GraphDef.FromString(shown).node[0].name, text)


@check("mesh-shape")
def a_mesh_without_a_shape_fails_the_listing(t, _written):
    made = summary_pb2.Summary.Value(tag="t", tensor=number([1.0]))
    made.metadata.CopyFrom(metadata("mesh", 2))
    content = mesh_pb2.MeshPluginData(name="t", content_type="VERTEX")
    made.metadata.plugin_data.content = content.SerializeToString()
    bad = event(0, summary=summary_pb2.Summary(value=[made]))
    with logs_of(VERSION, bad) as logs:
        for log in logs:
            (series,) = log.listed("mesh")["."].values()
            with t.assertRaises(IndexError):  # what the listing asks of each
                mesh_metadata.parse_plugin_metadata(series.plugin_content).shape[0]
