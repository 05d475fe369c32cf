# SPDX-License-Identifier: Apache-2.0
"""The Python half of the conformance suite's table: what TensorBoard must make
of what cases/*.cc log.

A case is a Series: a run and a tag, its kind (kinds.py), and its points. Its
values are computed by plain arithmetic, never by tblog. It may name the traps
(traps.txt) that it shows tblog does not fall into. What is no series (a rule for
whole files, a file made badly by hand) is a function with @check.
"""

import dataclasses
import importlib
import pathlib
import typing

HERE = pathlib.Path(__file__).parent


def wall_time(step):
    """Of the points whose case sets one, as cases::at() does."""
    return 1_700_000_000 + step * 0.25


class Now:
    """The wall time of a point whose case sets none."""


class Point(typing.NamedTuple):
    step: int
    value: object
    wall_time: object = None  # None: wall_time(step)


def points(*values):
    """At the steps 0, 1, …"""
    return [Point(step, value) for step, value in enumerate(values)]


@dataclasses.dataclass
class Series:
    run: str
    tag: str
    kind: object
    # A list of Point; or {"Python": …, "Rust": …} where TensorBoard's two
    # readers differ about the same file.
    points: object
    display_name: str = ""
    description: str = ""
    description_html: str = ""
    content: typing.Optional[bytes] = None  # None: what the kind always has
    # Written as TensorFlow 1 did, without metadata, which the readers make up.
    old_form: bool = False
    traps: tuple = ()
    # Routes that cannot be asked for this series, {route: why}.
    unasked: dict = dataclasses.field(default_factory=dict)

    @property
    def name(self):
        tag = self.tag if len(self.tag) < 60 else self.tag[:40] + "…"
        return f"{self.run} / {tag}"

    def display_name_of(self, reader):
        return self.tag if self.old_form and reader == "Python" else self.display_name

    def points_of(self, reader):
        return self.points[reader] if isinstance(self.points, dict) else self.points

    def plugin_content_of(self, reader):
        content = self.plugin_content
        return content[reader] if isinstance(content, dict) else content

    @property
    def plugin_content(self):
        if self.content is not None:
            return self.content
        return self.kind.old_content if self.old_form else self.kind.content


class Check(typing.NamedTuple):
    name: str
    function: object
    traps: tuple


SERIES = []
CHECKS = []


def add(*series):
    SERIES.extend(series)


def check(*traps):
    """A test of its own: a function of (unittest.TestCase, conformance.Written)."""

    def keep(function):
        name = f"{function.__module__.split('.')[-1]}.{function.__name__}"
        CHECKS.append(Check(name, function, traps))
        return function

    return keep


def load():
    """Fills SERIES and CHECKS from cases/*.py."""
    for path in sorted((HERE / "cases").glob("*.py")):
        importlib.import_module("cases." + path.stem)


def traps():
    """{id: sentence} of traps.txt."""
    return {name: sentence for name, (_, sentence) in _listed_traps().items()}


def traps_by_number():
    """{id: number} of traps.txt; None: no file shows it."""
    return {name: number for name, (number, _) in _listed_traps().items()}


def _listed_traps():
    found = {}
    for line in (HERE / "traps.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            number, name, section, sentence = (
                part.strip() for part in line.split("|")
            )
            if name in found:
                raise AssertionError(f"two traps are called {name}")
            number = None if number == "-" else int(number)
            found[name] = number, f"{sentence} ({section})"
    return found


def traps_without_a_case():
    bound = {trap for case in SERIES + CHECKS for trap in case.traps}
    return sorted(set(traps()) - bound), sorted(bound - set(traps()))
