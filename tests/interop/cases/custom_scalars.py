# SPDX-License-Identifier: Apache-2.0
"""What custom_scalars.cc logs."""

import dataclasses

from tensorboard.plugins.custom_scalar import layout_pb2

from kinds import CUSTOM_SCALARS
from table import Point, Series, add, check, points

from cases.scalar import scalar

RUN = "custom scalars"
FIXED_TIME = 1_000_000_000.0


@dataclasses.dataclass
class Layout:
    proto: layout_pb2.Layout
    # What the page shows: the layout that was logged last.
    shown: list = None

    def check(self, t, found):
        t.assertEqual(found.shape, ())
        t.assertEqual(found.item(), self.proto.SerializeToString())

    def check_shown(self, t, found):
        t.assertEqual(found["category"], SHOWN)


def multiline(title, *tags):
    return layout_pb2.Chart(
        title=title, multiline=layout_pb2.MultilineChartContent(tag=tags)
    )


FIRST = layout_pb2.Layout(
    category=[layout_pb2.Category(title="first", chart=[multiline("gone", "loss/.*")])]
)
BAND = layout_pb2.MarginChartContent(
    series=[
        layout_pb2.MarginChartContent.Series(value="value", lower="lower", upper="upper")
    ]
)
SECOND = layout_pb2.Layout(
    category=[
        layout_pb2.Category(
            title="losses",
            chart=[
                multiline("both", "loss/.*"),
                layout_pb2.Chart(title="band", margin=BAND),
            ],
        ),
        layout_pb2.Category(
            title="Grüße", chart=[multiline("", "value", "no such")], closed=True
        ),
        layout_pb2.Category(title="empty"),
    ]
)
SHOWN = [
    {
        "title": "losses",
        "closed": False,
        "chart": [
            {"title": "both", "multiline": {"tag": ["loss/.*"]}},
            {
                "title": "band",
                "margin": {
                    "series": [{"value": "value", "lower": "lower", "upper": "upper"}]
                },
            },
        ],
    },
    {
        "title": "Grüße",
        "closed": True,
        "chart": [{"title": "", "multiline": {"tag": ["value", "no such"]}}],
    },
    {"title": "empty", "closed": False, "chart": []},
]

add(
    Series(
        RUN,
        "custom_scalars__config__",
        CUSTOM_SCALARS,
        [Point(0, Layout(FIRST), FIXED_TIME), Point(1, Layout(SECOND), FIXED_TIME)],
        traps=["layout-one-string", "layout-last"],
    ),
    *(
        scalar(RUN, tag, points(*values))
        for tag, values in {
            "loss/a": [0, 1, 2, 3],
            "loss/b": [0, 2, 4, 6],
            "value": [0, 1, 2, 3],
            "lower": [-1, 0, 1, 2],
            "upper": [1, 2, 3, 4],
        }.items()
    ),
)


@check()
def lines_of_a_chart_are_found(t, written):
    for server in written.servers.values():
        found = server.json("plugin/custom_scalars/scalars", run=RUN, tag="loss/.*")
        t.assertTrue(found["regex_valid"])
        lines = {
            tag: [value for _, _, value in events]
            for tag, events in found["tag_to_events"].items()
        }
        t.assertEqual(lines, {"loss/a": [0, 1, 2, 3], "loss/b": [0, 2, 4, 6]})
