# SPDX-License-Identifier: Apache-2.0
"""What watch.cc logs: the series of LayerHooks' watches, and what they found."""

from kinds import TEXT
from table import Now, Point, Series, add

from cases.scalar import scalar
from cases.text import Words


def now(*values):
    return [Point(step, value, Now) for step, value in enumerate(values)]


def watched(what, *values):
    return scalar("watched", "fc_1/" + what, now(*values))


def found(what, tag, headline, number, *facts, means, look_at):
    """The text of a finding at step 1, and what the page makes of it."""
    facts = [*facts, f"it means: {means}", f"look at: {look_at}"]
    text = f"**`{tag}`: {headline}**\n\n- step 1 (`train`): **{number}**\n"
    text += "".join(f"- {fact}\n" for fact in facts)
    html = f"<p><strong><code>{tag}</code>: {headline}</strong></p>\n<ul>\n"
    html += f"<li>step 1 (<code>train</code>): <strong>{number}</strong></li>\n"
    html += "".join(f"<li>{fact}</li>\n" for fact in facts) + "</ul>"
    return Series(
        "watched",
        f"watch/{tag}/{what}",
        TEXT,
        [Point(1, Words(text, html), Now)],
    )


add(
    watched("outputs/mean", 0.34375, 1),
    watched("outputs/nonfinite_count", 0, 1),
    watched("outputs/dead_fraction", 0, 0.5),
    watched("outputs/saturated_fraction", 0.25, 0.5),
    watched("gradients/norm", 0.25, 5),
    found(
        "nonfinite",
        "fc_1/outputs",
        "a value is not finite",
        "inf at [3]",
        "1 of 4 values are not finite",
        means="no watched tensor before it in this step had one; those that are"
        " computed from it will",
        look_at="the layer's inputs and weights, and in the layer divisions,"
        " logarithms, roots, exp() of large numbers, the range of float16",
    ),
    found(
        "exploding",
        "fc_1/gradients",
        "the norm explodes",
        "5",
        means="one step may throw the weights anywhere",
        look_at="the learning rate, clipping of gradients, the data of this step,"
        " recurrent layers, the initial weights",
    ),
    found(
        "dead_units",
        "fc_1/outputs",
        "units are dead, this share of them",
        "0.5",
        means="they gave nothing but zeros, and where they do so for all data no"
        " gradient will ever wake them",
        look_at="the learning rate, biases far below zero, the initial weights,"
        " an activation with a slope below zero; a batch too small to tell",
    ),
)
