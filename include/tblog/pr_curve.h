// SPDX-License-Identifier: Apache-2.0
//
// Precision-recall curves: from labels and predictions, or from counts.

#ifndef TBLOG_PR_CURVE_H_
#define TBLOG_PR_CURVE_H_

#include "tblog/tensor_view.h"

namespace tblog {

struct PrCurveOptions {
  // Points of the curve, at the thresholds i / (thresholds - 1) from 0 to 1.
  // Larger: a finer curve, 24 bytes a point. Valid: 2 to 1,000,000. Default:
  // 201, as in TensorBoard.
  int thresholds = 201;

  // What each prediction counts: as many finite numbers >= 0 as there are
  // predictions, of any real dtype. Default: 1 each.
  TensorView weights = {};
};

// A curve that was computed elsewhere. Each of n >= 2 numbers, of any real
// dtype: entry i belongs to the threshold i / (n - 1), where what is predicted
// is positive if it reaches the threshold.
//
//   writer.pr_curve("pr", PrCurveCounts{tp, fp, tn, fn}, step);
struct PrCurveCounts {
  TensorView true_positives;
  TensorView false_positives;
  TensorView true_negatives;
  TensorView false_negatives;
  // Default: computed from the counts, 0 where nothing was counted.
  TensorView precision = {};
  TensorView recall = {};
};

}  // namespace tblog

#endif  // TBLOG_PR_CURVE_H_
