# SPDX-License-Identifier: Apache-2.0
"""What holds for every file of the suite, and what files.cc does with them."""

import math
import os

import struct

from tensorboard.plugins.audio import metadata as audio_metadata
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.mesh import metadata as mesh_metadata
from tensorboard.plugins.pr_curve import metadata as pr_curve_metadata
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.plugins.text import metadata as text_metadata

from kinds import TEXT
from table import Point, Series, add, check

from cases.scalar import scalar
from cases.text import Words

# One run by two writers, one after the other, within a second.
add(
    scalar(
        "reopened",
        "loss",
        [Point(step, step) for step in range(4)],
        traps=["file-sort", "file-unique", "session-start"],
    ),
    scalar("reopened", "second only", [Point(2, 1)]),
    # Many files, one curve, whoever wrote them.
    *(
        scalar(run, "loss", [Point(step, step * 0.5) for step in range(300)], traps=["rotation"])
        for run in ("rotated", "written through")
    ),
    *(
        Series(run, "note", TEXT, [Point(step, Words(str(step))) for step in (0, 100, 200)])
        for run in ("rotated", "written through")
    ),
    # A disk that was full in the middle of a record, for 50 steps.
    scalar(
        "recovered/then full",
        "loss",
        [Point(step, step * 0.5) for step in range(300) if not 100 <= step < 150],
        traps=["rotation"],
    ),
    scalar("recovered", "lost", [Point(0, 50)]),
    # The Python reader cuts all tags at the step that is resumed, the Rust reader
    # those that are logged again.
    scalar(
        "resumed",
        "again",
        [Point(step, 1 if step < 5 else 2) for step in range(8)],
        traps=["session-resume"],
    ),
    scalar(
        "resumed",
        "not again",
        {
            "Python": [Point(step, 1) for step in range(5)],
            "Rust": [Point(step, 1) for step in range(10)],
        },
        traps=["session-resume"],
    ),
    # A tag keeps the kind of its first value.
    scalar("kinds kept", "number", [Point(0, 1)], traps=["one-plugin"]),
    # The run's directory may not be called so; this is what else is there.
    scalar("refused directory", "instead", [Point(0, 1)]),
)


@check("record-framing", "no-preallocation", "no-compression", "record-empty")
def files_are_whole_records_from_the_first_byte_to_the_last(t, written):
    """Of which TensorBoard's reader, which checks both checksums, finds all; but
    for the end of one on a full disk."""
    torn = [file for file in written.files if file.run == "recovered/then full"][:1]
    for file in written.files:
        with t.subTest(file.path):
            with open(file.path, "rb") as opened:
                data = opened.read()
            offset, count = 0, 0
            while offset < len(data):
                (length,) = struct.unpack_from("<Q", data, offset)
                t.assertGreater(length, 0)
                offset, count = offset + 16 + length, count + 1
            if file in torn:
                t.assertEqual(count - 1, len(file.records))
                t.assertGreater(offset, len(data))
            else:
                t.assertEqual((offset, count), (len(data), len(file.records)))


@check("first-record", "source-writer")
def files_begin_with_their_version(t, written):
    for file in written.files:
        with t.subTest(file.path):
            first = file.events[0]
            t.assertEqual((first.file_version, first.step), ("brain.Event:2", 0))
            t.assertLessEqual(len(first.source_metadata.writer), 128)
            t.assertEqual([e.file_version for e in file.events[1:] if e.file_version], [])


@check("file-name")
def files_are_named_so_that_readers_find_and_order_them(t, written):
    for file in written.files:
        with t.subTest(file.path):
            t.assertRegex(file.name, r"^events\.out\.tfevents\.\d{10}\.[^/\\\x00-\x1f]+$")
            t.assertFalse(file.name.endswith(".profile-empty"))


@check("file-sort", "file-unique", "metadata-each-file")
def a_second_writer_makes_a_later_file_with_its_own_metadata(t, written):
    one, two = [file for file in written.files if file.run == "reopened"]
    t.assertEqual(steps(one, "loss"), [0, 1])
    t.assertEqual(steps(two, "loss"), [2, 3])
    for file in (one, two):
        metadata = file.first_values()["loss"].metadata
        t.assertEqual(metadata.plugin_data.plugin_name, "scalars")


def steps(file, tag):
    return [event.step for event, value in file.values() if value.tag == tag]


@check("session-start")
def no_session_is_started_where_none_is_resumed(t, written):
    for file in written.files:
        if file.run == "resumed":
            continue
        for event in file.events:  # a checkpoint starts nothing
            t.assertNotEqual(event.session_log.status, 1, file.path)


@check("logdir-tfevents")
def no_directory_is_called_as_if_it_were_a_file(t, written):
    for folder, folders, _ in os.walk(written.logdir):
        t.assertEqual([name for name in folders if "tfevents" in name], [], folder)


@check("dead-fields", "meta-graph")
def nothing_is_written_that_no_reader_shows(t, written):
    for file in written.files:
        with t.subTest(file.path):
            for event in file.events:
                t.assertNotIn(
                    event.WhichOneof("what"), ("meta_graph_def", "log_message", None)
                )
            for _, value in file.values():
                t.assertEqual(value.node_name, "")
                t.assertFalse(value.HasField("obsolete_old_style_histogram"))


@check("tensor-always")
def values_of_a_class_have_a_tensor_and_tensors_a_dtype(t, written):
    for file in written.files:
        for _, value in file.values():
            if value.metadata.data_class:
                # Or a clip of the old form, which readers take as one of its class.
                whole = value.HasField("tensor") or value.HasField("audio")
                t.assertTrue(whole, (file.path, value.tag))
            if value.HasField("tensor"):
                t.assertNotEqual(value.tensor.dtype, 0, (file.path, value.tag))


@check("metadata-each-file", "metadata-constant", "one-plugin")
def metadata_stand_at_each_tags_first_value_and_never_change(t, written):
    for file in written.files:
        first = file.first_values()
        for tag, value in first.items():
            if value.HasField("tensor"):  # else the readers make them up
                plugin = value.metadata.plugin_data.plugin_name
                t.assertNotEqual(plugin, "", (file.path, tag))
        for _, value in file.values():
            if value.HasField("metadata"):
                t.assertEqual(value.metadata, first[value.tag].metadata)


@check("wall-time-finite", "tag-empty")
def wall_times_are_finite_and_tags_not_empty(t, written):
    for file in written.files:
        t.assertTrue(all(math.isfinite(event.wall_time) for event in file.events))
        t.assertNotIn("", file.first_values())


@check("plugin-content", "plugin-version")
def contents_are_messages_of_their_plugins_at_version_0(t, written):
    parsers = {
        "scalars": scalar_metadata,
        "histograms": histogram_metadata,
        "images": image_metadata,
        "audio": audio_metadata,
        "text": text_metadata,
        "pr_curves": pr_curve_metadata,
        "mesh": mesh_metadata,
    }
    for file in written.files:
        for tag, value in file.first_values().items():
            data = value.metadata.plugin_data
            if data.plugin_name in parsers:
                parsed = parsers[data.plugin_name].parse_plugin_metadata(data.content)
                t.assertEqual(parsed.version, 0, (file.path, tag))
