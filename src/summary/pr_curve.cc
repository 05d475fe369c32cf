// SPDX-License-Identifier: Apache-2.0

#include "src/summary/pr_curve.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/event/wire.h"
#include "src/summary/numbers.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {
namespace {

// Below any count; keeps 0 / 0 at 0. Source: as the computation's.
constexpr double kMinimumCount = 1e-7;

// Of a pair: its bucket and whether its label is positive, or kLeftOut.
constexpr uint32_t kPositive = uint32_t{1} << 31;
constexpr uint32_t kLeftOut = kPositive - 1;

absl::Status bad(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(what, " ", why));
}

absl::Status check_size(const TensorView& view, absl::string_view what,
                        int64_t size) {
  if (!view.valid() || view.size() == size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(view.size(), " ", what, " for ", size, " predictions"));
}

// From counts in `rows`, precision and recall.
void put_ratios(PrCurve& curve) {
  auto& rows = curve.rows;
  const size_t n = curve.thresholds();
  const auto ratio = [&](PrCurve::Row other, size_t i) {
    const double tp = rows[PrCurve::kTp][i];
    return tp / std::max(kMinimumCount, tp + rows[other][i]);
  };
  for (PrCurve::Row row : {PrCurve::kPrecision, PrCurve::kRecall}) {
    if (!rows[row].empty()) continue;
    rows[row].resize(n);
    for (size_t i = 0; i < n; ++i)
      rows[row][i] =
          ratio(row == PrCurve::kPrecision ? PrCurve::kFp : PrCurve::kFn, i);
  }
}

// The bucket of each pair. Four bytes a pair are all that is allocated.
absl::StatusOr<std::vector<uint32_t>> find_buckets(
    const TensorView& labels, const TensorView& predictions, int thresholds,
    PrCurve& curve) {
  std::vector<uint32_t> buckets;
  buckets.reserve(static_cast<size_t>(predictions.size()));
  absl::Status status =
      for_each_number(predictions, "predictions", [&](double p) {
        if (std::isnan(p)) return buckets.push_back(kLeftOut);
        const double clamped = std::clamp(p, 0.0, 1.0);
        curve.clamped = curve.clamped || clamped != p;
        buckets.push_back(static_cast<uint32_t>(clamped * (thresholds - 1)));
      });
  if (!status.ok()) return status;
  size_t i = 0;
  status = for_each_number(labels, "labels", [&](double label) {
    uint32_t& bucket = buckets[i++];
    if (std::isnan(label)) bucket = kLeftOut;
    if (bucket == kLeftOut) {
      ++curve.nan;
    } else if (label != 0) {
      bucket |= kPositive;
    }
  });
  if (!status.ok()) return status;
  return buckets;
}

absl::Status count_pairs(const std::vector<uint32_t>& buckets,
                         const TensorView& weights, PrCurve& curve) {
  auto& rows = curve.rows;
  const auto count = [&](uint32_t bucket, double weight) {
    if (bucket == kLeftOut) return;
    const bool positive = (bucket & kPositive) != 0;
    rows[positive ? PrCurve::kTp : PrCurve::kFp][bucket & ~kPositive] += weight;
  };
  if (weights.valid() && weights.size() == 0) {
    for (uint32_t bucket : buckets) count(bucket, 1);
    return absl::OkStatus();
  }
  bool good = true;
  size_t i = 0;
  const absl::Status status =
      for_each_number(weights, "weights", [&](double weight) {
        good = good && std::isfinite(weight) && weight >= 0;
        if (good) count(buckets[i++], weight);
      });
  if (status.ok() && !good)
    return absl::InvalidArgumentError("a weight is negative or not finite");
  return status;
}

// From what each bucket holds to what is at or above its threshold.
void accumulate(PrCurve& curve) {
  auto& rows = curve.rows;
  for (PrCurve::Row row : {PrCurve::kTp, PrCurve::kFp}) {
    for (size_t i = rows[row].size() - 1; i-- > 0;)
      rows[row][i] += rows[row][i + 1];
  }
  const size_t n = curve.thresholds();
  for (size_t i = 0; i < n; ++i) {
    rows[PrCurve::kTn][i] = rows[PrCurve::kFp][0] - rows[PrCurve::kFp][i];
    rows[PrCurve::kFn][i] = rows[PrCurve::kTp][0] - rows[PrCurve::kTp][i];
  }
}

}  // namespace

absl::StatusOr<PrCurve> compute_pr_curve(const TensorView& labels,
                                         const TensorView& predictions,
                                         const PrCurveOptions& options) {
  if (options.thresholds < 2 || options.thresholds > kMaxThresholds)
    return absl::InvalidArgumentError(
        absl::StrCat("PrCurveOptions::thresholds must be 2 to ", kMaxThresholds,
                     ", not ", options.thresholds));
  absl::Status status = check_size(labels, "labels", predictions.size());
  if (status.ok() && options.weights.size() > 0)
    status = check_size(options.weights, "weights", predictions.size());
  if (!status.ok()) return status;
  PrCurve curve;
  for (PrCurve::Row row :
       {PrCurve::kTp, PrCurve::kFp, PrCurve::kTn, PrCurve::kFn})
    curve.rows[row].resize(static_cast<size_t>(options.thresholds));
  const auto buckets =
      find_buckets(labels, predictions, options.thresholds, curve);
  if (!buckets.ok()) return buckets.status();
  status = count_pairs(*buckets, options.weights, curve);
  if (!status.ok()) return status;
  accumulate(curve);
  if (!std::isfinite(curve.rows[PrCurve::kTp][0] + curve.rows[PrCurve::kFp][0]))
    return absl::InvalidArgumentError("the sum of the weights is not finite");
  put_ratios(curve);
  return curve;
}

absl::StatusOr<PrCurve> pr_curve_of_counts(const PrCurveCounts& counts) {
  struct Source {
    const TensorView& view;
    absl::string_view name;
  };
  const Source sources[] = {{counts.true_positives, "true_positives"},
                            {counts.false_positives, "false_positives"},
                            {counts.true_negatives, "true_negatives"},
                            {counts.false_negatives, "false_negatives"},
                            {counts.precision, "precision"},
                            {counts.recall, "recall"}};
  const int64_t size = counts.true_positives.size();
  if (counts.true_positives.valid() && (size < 2 || size > kMaxThresholds))
    return absl::InvalidArgumentError(absl::StrCat(
        "a curve has 2 to ", kMaxThresholds, " thresholds, not ", size));
  PrCurve curve;
  for (size_t row = 0; row < std::size(sources); ++row) {
    const auto& [view, name] = sources[row];
    const bool may_be_computed = row > PrCurve::kFn;
    if (may_be_computed && view.valid() && view.size() == 0) continue;
    if (view.valid() && view.size() != size)
      return bad(name,
                 absl::StrCat("has ", view.size(), " numbers, others ", size));
    curve.rows[row].reserve(static_cast<size_t>(view.size()));
    bool good = true;
    const absl::Status status = for_each_number(view, name, [&](double number) {
      good = good && std::isfinite(number) && number >= 0;
      curve.rows[row].push_back(number);
    });
    if (!status.ok()) return status;
    if (!good) return bad(name, "has a number that is negative or not finite");
  }
  put_ratios(curve);
  return curve;
}

std::string encode_pr_curve(const PrCurve& curve) {
  constexpr double kLastExactCount = 0x1p24;
  double largest = 0;
  for (const std::vector<double>& row : curve.rows)
    for (double number : row) largest = std::max(largest, number);
  const bool wide = largest > kLastExactCount;
  std::string content;
  content.reserve(6 * curve.thresholds() * (wide ? 8 : 4));
  for (const std::vector<double>& row : curve.rows) {
    for (double number : row) {
      if (wide) {
        wire::put_fixed64(content, std::bit_cast<uint64_t>(number));
      } else {
        wire::put_fixed32(content,
                          std::bit_cast<uint32_t>(static_cast<float>(number)));
      }
    }
  }
  const int64_t shape[] = {6, static_cast<int64_t>(curve.thresholds())};
  return encode_numeric_tensor(wide ? DataType::kDouble : DataType::kFloat,
                               shape, content);
}

std::string encode_pr_curve_content(size_t thresholds) {
  constexpr uint32_t kNumThresholds = 2;
  std::string out;
  wire::put_int64(out, kNumThresholds, static_cast<int64_t>(thresholds));
  return out;
}

}  // namespace tblog::internal
