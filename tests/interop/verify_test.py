# SPDX-License-Identifier: Apache-2.0
"""What `tblog verify` says of a file that falls into a trap, held against what
TensorBoard's two readers make of it.

    verify_test.py TBLOG WRITE_BAD_LOGS [--write] [unittest arguments]

trap_shows.txt has what each reader shows of each bad log (tests/reader/
bad_logs.cc). --write writes it anew: read the difference, and mend the
sentences of src/reader/trap_table.cc that are no longer true.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import werkzeug.test
from tensorboard.plugins import base_plugin
from tensorboard.plugins.audio import audio_plugin
from tensorboard.plugins.custom_scalar import custom_scalars_plugin
from tensorboard.plugins.distribution import distributions_plugin
from tensorboard.plugins.graph import graphs_plugin
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams import hparams_plugin
from tensorboard.plugins.hparams import list_session_groups
from tensorboard.plugins.mesh import metadata as mesh_metadata
from tensorboard.plugins.pr_curve import pr_curves_plugin
from tensorboard.plugins.projector import projector_plugin
from tensorboard.plugins.scalar import scalars_plugin
from tensorboard.plugins.text import text_plugin
from tensorboard.util import img_mime_type_detector

import readers
import table

SHOWS = pathlib.Path(__file__).parent / "trap_shows.txt"
# The classes in which a plugin's series are asked for.
CLASSES = {
    "scalars": 1,
    "images": 3,
    "audio": 3,
    "graphs": 3,
    "graph_run_metadata": 3,
    "graph_tagged_run_metadata": 3,
}
PLUGINS = readers.PLUGINS[:-1] + ("anything",)


def outcome(function, *arguments):
    """What it gives, or that it fails, in one word."""
    try:
        return function(*arguments)
    except Exception as error:  # whatever TensorBoard raises
        return f"fails:{type(error).__name__}"


def shown_series(log, plugin, run, tag):
    data_class = CLASSES.get(plugin, 2)
    points = log.read(data_class, plugin, run, tag)
    if plugin in ("graphs", "images"):
        first = points[-1][2]
        return [
            str(step) for step, _, _ in points
        ] + ([f"{len(first)}blobs"] if plugin == "images" else [])
    return [str(step) for step, _, _ in points]


def pages(log, plugin, run, tag):
    """What the page of the plugin makes of a series; None: it asks no more."""
    context = base_plugin.TBContext(data_provider=log.provider)
    request = readers.CONTEXT
    if plugin == "histograms":
        made = distributions_plugin.DistributionsPlugin(context)
        rows = log.read(2, plugin, run, tag)[0][2]
        made.distributions_impl(request, tag, run, "")
        backwards = sum(left > right for left, right, _ in rows)
        infinite = sum(not np.isfinite(row).all() for row in rows)
        return f"rows{len(rows)},backwards{backwards},infinite{infinite}"
    if plugin == "text":
        made = text_plugin.TextPlugin(context)
        return f"{len(made.text_impl(request, run, tag, '', True))}texts"
    if plugin == "audio":
        made = audio_plugin.AudioPlugin(context)
        clips = max(len(v) for _, _, v in log.read(3, plugin, run, tag))
        for index in range(clips):
            made._audio_response_for_run(request, "", run, tag, index)
        return made._get_mime_type(request, "", run, tag)
    if plugin == "images":
        ((_, _, blobs),) = log.read(3, plugin, run, tag)
        return img_mime_type_detector.from_bytes(blobs[2])
    if plugin == "pr_curves":
        made = pr_curves_plugin.PrCurvesPlugin(context)
        return made.pr_curves_impl(request, "", [run], tag) and "ok"
    if plugin == "graphs":
        made = graphs_plugin.GraphsPlugin(context)
        text = made.graph_impl(
            request, run, None, False, "", 1024, "_too_large_attrs"
        )[0]
        return "".join(f"node:{n}" for n in ("first", "second") if n in text) or "ok"
    if plugin == "mesh":
        (listed,) = [
            s for s in log.listed(plugin)[run].items() if s[0] == tag
        ]
        parsed = mesh_metadata.parse_plugin_metadata(listed[1].plugin_content)
        return f"of{parsed.shape[0]},components{parsed.components}"
    if plugin == "hparams":
        made = hparams_plugin.HParamsPlugin(context)
        handler = list_session_groups.Handler(
            request,
            made._context,
            "",
            api_pb2.ListSessionGroupsRequest(
                slice_size=10,
                allowed_statuses=[0, 1, 2, 3],
                col_params=[
                    {"metric": {"tag": "t"}, "order": api_pb2.ORDER_ASC},
                ],
            ),
        )
        groups = handler.run().session_groups
        return ",".join(
            f"{g.name}:hparams{sorted(g.hparams)},metrics{len(g.metric_values)}"
            for g in groups
        ) or "empty"
    if plugin == "custom_scalars":
        made = custom_scalars_plugin.CustomScalarsPlugin(context)
        return made.layout_impl(request, "") and "ok"
    return None


def scalars_index(log):
    context = base_plugin.TBContext(data_provider=log.provider)
    made = scalars_plugin.ScalarsPlugin(context)
    tags = made.index_impl(readers.CONTEXT, "")
    return " ".join(sorted(tag for run in tags.values() for tag in run)) or "empty"


def projector(log, logdir):
    """What the projector's routes answer for each embedding."""
    made = projector_plugin.ProjectorPlugin(
        base_plugin.TBContext(data_provider=log.provider, logdir=logdir)
    )
    made._determine_is_active()  # is_active() would do it on a thread

    def ask(route, query):
        client = werkzeug.test.Client(made.get_plugin_apps()[route])
        return client.get(route + "?" + query)

    runs = outcome(lambda: json.loads(ask("/runs", "").data))
    if not isinstance(runs, list):
        return f"runs {runs}"
    parts = [f"runs {' '.join(runs) or 'none'}"]
    for run in runs:
        found = outcome(lambda: json.loads(ask("/info", f"run={run}").data))
        if isinstance(found, str):
            return f"info {found}"
        for embedding in found["embeddings"]:
            name = embedding["tensorName"]
            shape = embedding.get("tensorShape")
            answers = " ".join(
                f"{route[1:]}:"
                + str(outcome(lambda: ask(route, f"run={run}&name={name}").status_code))
                for route in ("/tensor", "/metadata", "/sprite_image")
            )
            parts.append(f"{name} {shape} {answers}")
    return ", ".join(parts)


def described(log, logdir):
    """One line of what the reader shows."""
    runs = outcome(log.runs)
    if isinstance(runs, str):
        return f"runs {runs}"
    parts = [
        f"run {run}@{start or 0:g}" for run, start in sorted(runs.items())
    ]
    parts.append(f"scalars-index {outcome(scalars_index, log)}")
    for plugin in PLUGINS:
        listed = outcome(log.listed, plugin, CLASSES.get(plugin, 2))
        if isinstance(listed, str):
            parts.append(f"{plugin} {listed}")
            continue
        for run, tags in sorted(listed.items()):
            for tag in sorted(tags):
                steps = outcome(shown_series, log, plugin, run, tag)
                text = steps if isinstance(steps, str) else " ".join(steps)
                page = outcome(pages, log, plugin, run, tag)
                parts.append(
                    f"{plugin} {tag!r}: {text}" + (f" page {page}" if page else "")
                )
    if os.path.exists(os.path.join(logdir, "run", "projector_config.pbtxt")):
        parts.append(f"projector {outcome(projector, log, logdir)}")
    return "; ".join(parts)


def python_shows(logdir):
    try:
        log = readers.python_log(logdir)
    except Exception as error:  # ends the thread that loads
        return f"fails:{type(error).__name__}"
    return described(log, logdir)


def rust_shows(logdir):
    try:
        with readers.rust_log(logdir, content=False) as log:
            return described(log, logdir)
    except AssertionError:
        return "the process ends"


def expected_shows():
    found = {}
    for line in SHOWS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            trap, reader, shown = line.split(" | ", 2)
            found[trap, reader] = shown
    return found


class VerifyTest(unittest.TestCase):
    maxDiff = None

    def test_the_tool_knows_the_traps_of_the_list_by_number(self):
        known = {
            trap["trap"]: trap["number"] for trap in verify("--traps", good=True)
        }
        listed = table.traps_by_number()
        self.assertEqual(known, {name: n for name, n in listed.items() if n})

    def test_every_trap_has_a_log_and_is_found_in_it(self):
        numbers = table.traps_by_number()
        self.assertEqual(set(LOGS), {name for name, n in numbers.items() if n})
        for trap in LOGS:
            with self.subTest(trap):
                found = verify(os.path.join(LOGDIRS, trap))
                self.assertIn(trap, {finding["trap"] for finding in found})

    def test_the_readers_show_of_each_what_is_written_down(self):
        expected = {} if WRITE else expected_shows()
        lines = []
        for trap in LOGS:
            logdir = os.path.join(LOGDIRS, trap)
            for reader, shows in (("Python", python_shows), ("Rust", rust_shows)):
                shown = shows(logdir)
                lines.append(f"{trap} | {reader} | {shown}")
                if not WRITE:
                    with self.subTest(trap=trap, reader=reader):
                        self.assertEqual(shown, expected.get((trap, reader)))
        if WRITE:
            SHOWS.write_text(
                "# What TensorBoard's readers show of the log of each trap; written"
                " by verify_test.py --write.\n# trap | reader | runs with their"
                " begin, series with their steps, and what pages make of them\n"
                + "\n".join(lines)
                + "\n",
                encoding="utf-8",
            )


def verify(*arguments, good=False):
    done = subprocess.run(
        [TBLOG, "verify", "--json", *arguments],
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode not in ((0,) if good else (0, 1)):
        raise AssertionError(f"tblog verify ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    TBLOG = os.path.abspath(sys.argv[1])
    WRITE = "--write" in sys.argv
    with tempfile.TemporaryDirectory() as LOGDIRS:
        LOGS = readers.run(os.path.abspath(sys.argv[2]), LOGDIRS).split()
        arguments = [a for a in sys.argv[3:] if a != "--write"]
        unittest.main(argv=sys.argv[:1] + arguments)
