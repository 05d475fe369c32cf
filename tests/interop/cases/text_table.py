# SPDX-License-Identifier: Apache-2.0
"""What text_table.cc logs."""

from cases.text import Words
from kinds import TEXT
from table import Series, add, points


def page(rows):
    """As TensorBoard's page shows cells of these texts: no cell is a header."""
    made = "<table>\n<tbody>\n"
    for row in rows:
        cells = (f"<td>{cell}</td>\n" for cell in row)
        made += "<tr>\n" + "".join(cells) + "</tr>\n"
    return made + "</tbody>\n</table>"


def paragraphs(rows):
    return [[f"<p>{cell}</p>" if cell else "" for cell in row] for row in rows]


def table(tag, rows, html=None, run="tables", **more):
    shown = page(html or paragraphs(rows))
    return Series(run, tag, TEXT, points(Words(rows, shown)), **more)


def bold(word):
    return f"<p><strong>{word}</strong></p>"


add(
    table(
        "plain",
        [["a", "**bold**", ""], ["Grüße", "x|y", "two\nlines"]],
        [
            ["<p>a</p>", bold("bold"), ""],
            ["<p>Grüße</p>", "<p>x|y</p>", "<p>two\nlines</p>"],
        ],
    ),
    table(
        "header",
        [["**layer**", "**shape**"], ["conv1", "[16, 3]"]],
        [[bold("layer"), bold("shape")], ["<p>conv1</p>", "<p>[16, 3]</p>"]],
    ),
    table("ragged", [["a", ""], ["", ""], ["b", "c"]], traps=["text-table"]),
    table("one cell", [["a"]]),
    Series(
        "tables",
        "mixed",
        TEXT,
        points(
            Words("text"), Words([["a", "b"]], page(paragraphs([["a", "b"]])))
        ),
    ),
    table("invalid", [["a\ufffd", "b"]], run="reported tables", traps=["text-utf8"]),
)
