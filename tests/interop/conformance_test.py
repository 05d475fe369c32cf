# SPDX-License-Identifier: Apache-2.0
"""What write_cases logged, as TensorBoard gives it out: through the data
provider of both of its readers, and by the HTTP routes of its pages over both.

    conformance_test.py WRITE_CASES [--write] [unittest arguments]

The expected values stand in cases/*.py, see table.py. --write puts what was
checked into docs/compatibility.md; without it, that must be there already.
"""

import collections
import contextlib
import os
import shutil
import sys
import tempfile
import time
import unittest

import compatibility
import kinds
import raw
import readers
import server
import table

START_OF_TEST = time.time()
DATA_PROVIDER = "data provider"
# (kind, route, reader): how many series were found as expected.
checked = collections.Counter()


class Written:
    """What write_cases wrote, and all that reads it. Filled by main()."""

    def __init__(self):
        self.logdir = ""
        self.files = []
        self.logs = {}  # by the reader's name
        self.servers = {}


written = Written()


class Case(unittest.TestCase):
    longMessage = True
    maxDiff = 2000

    def check_points(self, series, reader, found, check):
        expected = series.points_of(reader)
        self.assertEqual([f[0] for f in found], [p.step for p in expected])
        for (step, wall_time, value), point in zip(found, expected):
            with self.subTest(step=step) if len(expected) > 1 else contextlib.nullcontext():
                self.check_wall_time(wall_time, point)
                check(self, point.value, value)

    def check_wall_time(self, found, point):
        if point.wall_time is table.Now:
            self.assertAlmostEqual(found, START_OF_TEST, delta=1200)
        elif point.wall_time is None:
            self.assertEqual(found, table.wall_time(point.step))
        else:
            self.assertEqual(found, point.wall_time)


def provider_test(series, reader):
    def test(self):
        kind, log = series.kind, written.logs[reader]
        self.check_points(series, reader, kind.provided(log, series), kind.check)
        listed = log.listed(kind.plugin, kind.data_class)[series.run][series.tag]
        self.assertEqual(listed.plugin_content, series.plugin_content_of(reader))
        self.assertEqual(listed.display_name, series.display_name_of(reader))
        self.assertEqual(listed.description, series.description)
        steps = [p.step for p in series.points_of(reader)]
        # Rust: of the point that it read last.
        expected = max(steps) if reader == "Python" else steps[-1]
        self.assertEqual(listed.max_step, expected)
        checked[kind.name, DATA_PROVIDER, reader] += 1

    return test


def route_test(series, reader, route, read, check):
    def test(self):
        found = read(written.servers[reader], series)
        self.check_points(series, reader, found, check)
        checked[series.kind.name, route, reader] += 1

    return test


def index_test(kind, reader):
    """The tags that the page offers are those of the table, with their texts."""

    def test(self):
        index = kind.index(written.servers[reader])
        mine = [s for s in table.SERIES if s.kind is kind]
        self.assertEqual(
            {(run, tag) for run, tags in index.items() for tag in tags},
            {(s.run, kind.index_name(s)) for s in mine},
        )
        for series in mine:
            with self.subTest(series.name):
                entry = index[series.run][kind.index_name(series)]
                kind.check_index(self, entry, series, reader)
        checked[kind.name, kind.index_route, reader] += len(mine)

    return test


def check_test(function):
    return lambda self: function(self, written)


class TableTest(unittest.TestCase):
    def test_every_trap_has_a_case_and_every_case_a_known_trap(self):
        without, unknown = table.traps_without_a_case()
        self.assertEqual(without, [], "traps without a case")
        self.assertEqual(unknown, [], "cases of traps that traps.txt has not")

    def test_both_readers_list_the_series_of_the_table_and_no_other(self):
        for name, log in written.logs.items():
            for plugin in log.plugins():
                ours = {(s.run, s.tag) for s in table.SERIES if s.kind.plugin == plugin}
                data_class = next(
                    (k.data_class for k in kinds.KINDS if k.plugin == plugin), 2
                )
                found = log.listed(plugin, data_class).items()
                with self.subTest(reader=name, plugin=plugin):
                    self.assertEqual(
                        {(run, tag) for run, tags in found for tag in tags}, ours
                    )

    def test_what_is_on_the_disk_says_the_plugin_and_the_class_of_its_kind(self):
        found = {
            (file.run, tag): value
            for file in written.files
            for tag, value in file.first_values().items()
        }
        for series in table.SERIES:
            with self.subTest(series.name):
                if series.kind.event:
                    self.check_events(series)
                    continue
                kind, value = series.kind, found[series.run, series.tag]
                self.assertEqual(value.HasField("tensor"), not series.old_form)
                if series.old_form:
                    self.assertEqual(value.HasField("metadata"), kind.old_metadata)
                    continue
                metadata = value.metadata
                self.assertEqual(metadata.plugin_data.plugin_name, kind.plugin)
                self.assertEqual(metadata.plugin_data.content, series.plugin_content)
                self.assertEqual(metadata.data_class, kind.data_class)


    def check_events(self, series):
        """Of what is no summary."""
        steps = []
        for event in (e for f in written.files if f.run == series.run for e in f.events):
            held = getattr(event, series.kind.event)
            if getattr(held, "tag", series.tag) == series.tag and held:
                steps.append(event.step)
        self.assertEqual(steps, [p.step for p in series.points_of("Python")])


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    suite.addTests(loader.loadTestsFromTestCase(TableTest))

    def add(name, function):
        one = type(name, (Case,), {"__module__": "__main__", "test": function})
        suite.addTest(one("test"))

    for reader in ("Python", "Rust"):
        for kind in kinds.KINDS:
            if kind.routes and kind.has_index:
                add(f"{reader}: index of {kind.plugin}", index_test(kind, reader))
        for series in table.SERIES:
            name = f"{reader}: {series.name}"
            add(f"{name} by {DATA_PROVIDER}", provider_test(series, reader))
            for route, (read, check) in series.kind.routes.items():
                if route not in series.unasked:
                    add(
                        f"{name} by {route}",
                        route_test(series, reader, route, read, check),
                    )
    for check in table.CHECKS:
        add(check.name, check_test(check.function))
    return suite


@contextlib.contextmanager
def everything_read(write_cases):
    """Fills `written`: the cases written, and read by all readers."""
    with contextlib.ExitStack() as stack:
        scratch = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, scratch)
        inputs = os.path.join(scratch, "inputs")
        written.logdir = os.path.join(scratch, "logs")
        os.mkdir(inputs)
        from cases import audio, image

        for name, data in {**image.INPUTS, **audio.INPUTS}.items():
            with open(os.path.join(inputs, name), "wb") as file:
                file.write(data)
        readers.run(write_cases, written.logdir, inputs)
        port = stack.enter_context(readers.rust_server(written.logdir))
        starting = [
            stack.enter_context(made)
            for made in (
                server.over_python(written.logdir, server.EVERYTHING),
                server.over_rust(written.logdir, port, server.EVERYTHING),
            )
        ]
        rust = stack.enter_context(readers.rust_log_of(port))
        written.logs = {"Python": readers.python_log(written.logdir), "Rust": rust}
        written.files = raw.files(written.logdir)
        written.servers = {one.name: one.ready() for one in starting}
        yield


def main():
    arguments = [a for a in sys.argv[2:] if a != "--write"]
    whole = not arguments
    table.load()
    with everything_read(os.path.abspath(sys.argv[1])):
        program = unittest.main(argv=sys.argv[:1] + arguments, exit=False)
    good = program.result.wasSuccessful()
    if good and whole:
        good = compatibility.keep(
            "kinds",
            compatibility.kinds_table(kinds.KINDS, table.SERIES, checked),
            "--write" in sys.argv,
        )
    sys.exit(not good)


if __name__ == "__main__":
    main()
