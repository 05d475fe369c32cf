# SPDX-License-Identifier: Apache-2.0
"""What text.cc logs."""

import dataclasses

import numpy as np

from kinds import TEXT
from table import Series, add, points


@dataclasses.dataclass
class Words:
    """A text, or a table of them, and what the page shows for it."""

    text: object
    html: str = None  # None: the text as one paragraph

    def check(self, t, found):
        expected = np.array(self.text, object)
        t.assertEqual(found.shape, expected.shape)
        decoded = [one.decode("utf-8") for one in found.reshape(-1)]
        t.assertEqual(decoded, expected.reshape(-1).tolist())

    def check_html(self, t, found):
        expected = f"<p>{self.text}</p>" if self.html is None else self.html
        t.assertEqual(found, expected)


def text(tag, *values, run="texts", **more):
    return Series(run, tag, TEXT, points(*values), **more)


add(
    text(
        "note",
        Words(
            "**bold** and `code`",
            "<p><strong>bold</strong> and <code>code</code></p>",
        ),
        Words("second"),
    ),
    text("unicode", Words("Grüße 🎉 你好"), traps=["text-utf8"]),
    text("empty", Words("", "")),
    text("long", Words("x" * 300_000)),
    text(
        "zero",
        Words(
            "a\0b",
            "<!-- WARNING: discarded 1 null bytes in markdown string after UTF-8"
            " decoding -->\n<p>ab</p>",
        ),
    ),
    # One U+FFFD for each maximal part of a character, as Unicode advises and
    # Python does.
    text(
        "invalid",
        Words(b"a\xffb\xe2\x82c\xed\xa0\x80".decode("utf-8", "replace")),
        run="reported texts",
        traps=["text-utf8"],
    ),
)
