# SPDX-License-Identifier: Apache-2.0
"""What pr_curve.cc logs."""

import dataclasses
import sys
import types
import unittest.mock

import numpy as np
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.pr_curve import plugin_data_pb2
from tensorboard.plugins.pr_curve import summary as pr_curve_summary
from tensorboard.util import tensor_util

from kinds import PR_CURVE
from table import Series, add, check, points


def samples(n, seed):
    """Of samples() in pr_curve.cc: labels, predictions, weights."""
    drawn = []
    for _ in range(3 * n):
        seed = (seed * 1664525 + 1013904223) % 2**32
        drawn.append(seed >> 16)
    predictions = np.array(drawn[0::3]) % 65 / 64
    return np.array(drawn[1::3]) % 2, predictions, np.array(drawn[2::3]) % 8 / 4


@dataclasses.dataclass
class Curve:
    """Rows of true and false positives, true and false negatives, precision and
    recall."""

    rows: np.ndarray
    dtype: object = np.float32

    def check(self, t, found):
        t.assertEqual((found.dtype, found.shape), (self.dtype, self.rows.shape))
        t.assertEqual(found[:4].tolist(), self.rows[:4].tolist())
        t.assertLess(np.abs(found[4:] - self.rows[4:]).max(), 1e-6)

    def check_shown(self, t, found):
        """What the page gets: whole counts, without the thresholds at the end
        that nothing reaches."""
        positives = (self.rows[0].astype(int) + self.rows[1].astype(int)).tolist()
        shown = len(positives)
        while shown > 1 and positives[shown - 1] == 0:
            shown -= 1
        names = "true_positives false_positives true_negatives false_negatives"
        for name, row in zip(names.split(), self.rows):
            t.assertEqual(found[name], row[:shown].astype(int).tolist())
        for name, row in zip(("precision", "recall"), self.rows[4:]):
            t.assertEqual(len(found[name]), shown)
            t.assertLess(np.abs(np.array(found[name]) - row[:shown]).max(), 1e-6)
        thresholds = [i / (self.rows.shape[1] - 1) for i in range(shown)]
        t.assertLess(np.abs(np.array(found["thresholds"]) - thresholds).max(), 1e-12)


def of_counts(tp, fp, tn, fn):
    tp, fp, tn, fn = (np.array(row, np.float64) for row in (tp, fp, tn, fn))

    def ratio(other):
        return np.where(tp + other > 0, tp / np.maximum(tp + other, 1e-300), 0)

    return np.array([tp, fp, tn, fn, ratio(fp), ratio(fn)])


def curve(labels, predictions, weights=None, thresholds=201):
    """By the definition: what reaches the threshold is predicted positive."""
    labels, predictions = np.array(labels) != 0, np.array(predictions, np.float64)
    weights = np.ones(len(labels)) if weights is None else np.array(weights)
    counts = np.zeros((4, thresholds))
    for i in range(thresholds):
        positive = predictions * (thresholds - 1) >= i
        for row, of_row in enumerate(
            (positive & labels, positive & ~labels, ~positive & ~labels, ~positive & labels)
        ):
            counts[row, i] = weights[of_row].sum()
    return Curve(of_counts(*counts))


def pr(tag, *curves, run="curves", **more):
    content = plugin_data_pb2.PrCurvePluginData(
        num_thresholds=curves[0].rows.shape[1]
    ).SerializeToString()
    return Series(run, tag, PR_CURVE, points(*curves), content=content, **more)


LABELS, PREDICTIONS, WEIGHTS = samples(300, 7)
OTHERS = samples(300, 3)[:2]
add(
    pr("steps", *(curve(*samples(500, s)[:2]) for s in range(3)), traps=["pr-shape"]),
    *(
        pr(f"thresholds/{n}", curve(LABELS, PREDICTIONS, thresholds=n), traps=["pr-shape"])
        for n in (2, 65, 1000)
    ),
    pr("weights", curve(LABELS, PREDICTIONS, WEIGHTS, 33)),
    pr("no pairs", curve([], [], thresholds=3)),
    pr("all positive", curve([1] * 4, [0.5] * 4, thresholds=5)),
    pr("counts", Curve(of_counts([4, 2, 1], [3, 1, 0], [0, 2, 3], [0, 2, 3]))),
    pr(
        "many",
        Curve(of_counts([2**25 + 1, 1], [0, 0], [0, 0], [0, 2**25]), np.float64),
        traps=["pr-counts"],
    ),
    pr("dtype/int64, float64", curve(*OTHERS)),
    pr("dtype/float32, float32", curve(*OTHERS)),
    pr("dtype/bool, uint8", curve([1, 0, 1, 0], [1, 1, 0, 0], thresholds=3)),
    pr("strided", curve([0, 1, 1], [0, 0.5, 1], thresholds=5)),
    # What lies outside is clamped, NaN left out.
    pr(
        "clamped",
        curve([1, 0, 0], [1, 0, 0.5], thresholds=3),
        run="reported curves",
        traps=["pr-range"],
    ),
)


@check()
def the_computation_is_that_of_tensorboards_own_writer(t, written):
    """Which needs TensorFlow for its messages only, so that it gets others."""
    messages = types.ModuleType("tensorflow.compat.v1")
    messages.Summary = summary_pb2.Summary
    messages.SummaryMetadata = summary_pb2.SummaryMetadata
    messages.float32 = np.float32
    messages.make_tensor_proto = tensor_util.make_tensor_proto
    packages = {
        "tensorflow": types.ModuleType("tensorflow"),
        "tensorflow.compat": types.ModuleType("tensorflow.compat"),
        "tensorflow.compat.v1": messages,
    }
    packages["tensorflow"].compat = packages["tensorflow.compat"]
    packages["tensorflow.compat"].v1 = messages
    theirs = {}
    with unittest.mock.patch.dict(sys.modules, packages):
        for tag, arguments, more in (
            ("steps", samples(500, 0)[:2], {}),
            ("thresholds/1000", (LABELS, PREDICTIONS), {"num_thresholds": 1000}),
            ("weights", (LABELS, PREDICTIONS), {"num_thresholds": 33, "weights": WEIGHTS}),
        ):
            labels, predictions = arguments
            summary = pr_curve_summary.pb(tag, labels != 0, predictions, **more)
            theirs[tag] = summary.value[0].tensor
    for log in written.logs.values():
        for tag, tensor in theirs.items():
            (first, *_) = log.read(PR_CURVE.data_class, PR_CURVE.plugin, "curves", tag)
            ours = first[2]
            t.assertLess(np.abs(tensor_util.make_ndarray(tensor) - ours).max(), 1e-6)
