# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/compatibility.md, made of what the tests really checked.

Each stands between two comments, `<!-- begin NAME -->` and `<!-- end NAME -->`.
"""

import pathlib
import re
import sys

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "compatibility.md"


def kinds_table(kinds, series, checked):
    """A row for each kind and route. `checked`: {(kind, route, reader): series}."""
    lines = [
        "| kind | plugin, data class | asked by | Python loader | Rust server |",
        "| --- | --- | --- | --: | --: |",
    ]
    for kind in kinds:
        head = f"| {kind.name} | `{kind.plugin}`, {kind.data_class} |"
        for route in dict.fromkeys(r for k, r, _ in checked if k == kind.name):
            cells = [checked[kind.name, route, r] or "–" for r in ("Python", "Rust")]
            asked = route if route == "data provider" else f"`{route}`"
            lines.append(f"{head} {asked} | {cells[0]} | {cells[1]} |")
            head = "| | |"
    lines += [""] + [
        f"- `{route}` does not serve `{one.name}`: {why}."
        for one in series
        for route, why in one.unasked.items()
    ]
    return "\n".join(lines)


def pages_table(looked_at, plugins):
    """A row for each page, of the drawings that were looked at there."""
    lines = ["| page | plugins | looked at |", "| --- | --- | --- |"]
    for page, drawings in looked_at.items():
        names = ", ".join(f"`{name}`" for name in plugins.get(page, [page]))
        elements = ", ".join(f"`{selector}`" for selector, *_ in drawings)
        lines.append(f"| {page} | {names} | {elements} |")
    return "\n".join(lines)


def keep(name, text, write):
    """Whether the document's table `name` is `text`; makes it so if `write`."""
    document = DOCUMENT.read_text(encoding="utf-8")
    begin, end = f"<!-- begin {name} -->\n", f"\n<!-- end {name} -->"
    pattern = re.compile(re.escape(begin) + "(.*?)" + re.escape(end), re.DOTALL)
    (found,) = pattern.findall(document)
    if found == text:
        return True
    if write:
        made = pattern.sub(lambda _: begin + text + end, document)
        DOCUMENT.write_text(made, encoding="utf-8")
        return True
    print(
        f"docs/compatibility.md is stale: run scripts/compatibility. Now:\n{text}",
        file=sys.stderr,
    )
    return False
