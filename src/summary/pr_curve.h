// SPDX-License-Identifier: Apache-2.0
//
// Precision-recall curves: DT_FLOAT of shape [6, thresholds]. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_PR_CURVE_H_
#define TBLOG_SRC_SUMMARY_PR_CURVE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/summary/metadata.h"
#include "tblog/pr_curve.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

inline constexpr Kind kPrCurveKind{"pr_curves", DataClass::kTensor};

constexpr int kMaxThresholds = 1'000'000;

struct PrCurve {
  // True and false positives, true and false negatives, precision, recall: a
  // row each, of one number a threshold.
  enum Row : uint8_t { kTp, kFp, kTn, kFn, kPrecision, kRecall };
  std::array<std::vector<double>, 6> rows;

  bool clamped = false;  // a prediction lay outside of [0, 1]
  uint64_t nan = 0;      // pairs left out: prediction or label is NaN
  size_t thresholds() const { return rows[0].size(); }
};

// Source of the computation:
// tensorflow/tensorboard:tensorboard/plugins/pr_curve/summary.py, here in
// double throughout.
// Errors: InvalidArgument for views that the CPU cannot read, sizes that
// differ, dtypes that are no real numbers, weights that are negative or not
// finite, and thresholds out of range.
absl::StatusOr<PrCurve> compute_pr_curve(const TensorView& labels,
                                         const TensorView& predictions,
                                         const PrCurveOptions& options);

// Errors: InvalidArgument likewise, and for numbers that are negative or not
// finite.
absl::StatusOr<PrCurve> pr_curve_of_counts(const PrCurveCounts& counts);

// A TensorProto. DT_DOUBLE instead where a count is beyond 2^24, from where on
// float32 does not tell neighbours apart; TensorBoard takes both.
std::string encode_pr_curve(const PrCurve& curve);

// The PrCurvePluginData for Kind::content.
std::string encode_pr_curve_content(size_t thresholds);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_PR_CURVE_H_
