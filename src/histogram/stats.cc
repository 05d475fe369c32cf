// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "tblog/histogram.h"

namespace tblog {
namespace internal {
namespace {

// A sum whose error does not grow with the number of terms. Source: A.
// Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
// Summen", 1974.
class CompensatedSum {
 public:
  void add(double x) {
    const double sum = sum_ + x;
    if (std::fabs(sum_) >= std::fabs(x)) {
      correction_ += (sum_ - sum) + x;
    } else {
      correction_ += (x - sum) + sum_;
    }
    sum_ = sum;
  }
  // An overflow leaves an infinity whose correction is NaN.
  double value() const {
    return std::isfinite(sum_) ? sum_ + correction_ : sum_;
  }

 private:
  double sum_ = 0;
  double correction_ = 0;
};

// What one block of at most kBlockElements values adds; its plain sums err by
// at most kBlockElements / kLanes · 2^-53 < 3e-14 of Σ|x|.
struct BlockMoments {
  double min = std::numeric_limits<double>::infinity();
  double max = -min;
  double sum = 0;
  double sum_abs = 0;
  double sum_squares = 0;
  uint64_t zeros = 0;
};

constexpr size_t kLanes = 4;  // sums that do not wait for each other

template <class V>
BlockMoments block_moments(const V* values, size_t n, double scale) {
  V lo[kLanes], hi[kLanes];
  std::fill_n(lo, kLanes, values[0]);
  std::fill_n(hi, kLanes, values[0]);
  double sum[kLanes] = {}, sum_abs[kLanes] = {}, sum_squares[kLanes] = {};
  uint32_t zeros[kLanes] = {};
  const auto add = [&](size_t lane, V value) {
    lo[lane] = value < lo[lane] ? value : lo[lane];
    hi[lane] = value > hi[lane] ? value : hi[lane];
    const double x = static_cast<double>(value) * scale;
    sum[lane] += x;
    sum_abs[lane] += std::fabs(x);
    sum_squares[lane] += x * x;
    zeros[lane] += value == 0;
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 4
    for (size_t lane = 0; lane < kLanes; ++lane) add(lane, values[i + lane]);
  }
  for (; i < n; ++i) add(0, values[i]);

  BlockMoments block;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    block.min = std::min(block.min, static_cast<double>(lo[lane]));
    block.max = std::max(block.max, static_cast<double>(hi[lane]));
    block.sum += sum[lane];
    block.sum_abs += sum_abs[lane];
    block.sum_squares += sum_squares[lane];
    block.zeros += zeros[lane];
  }
  return block;
}

// Σ(x - center)² and, to be taken off, the error of `center` as the mean.
template <class V>
double squared_deviations(const V* values, size_t n, double scale,
                          double center) {
  double squares[kLanes] = {}, deviations[kLanes] = {};
  const auto add = [&](size_t lane, V value) {
    const double d = static_cast<double>(value) * scale - center;
    squares[lane] += d * d;
    deviations[lane] += d;
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
#pragma GCC unroll 4
    for (size_t lane = 0; lane < kLanes; ++lane) add(lane, values[i + lane]);
  }
  for (; i < n; ++i) add(0, values[i]);
  const double sum =
      (deviations[0] + deviations[1]) + (deviations[2] + deviations[3]);
  const double square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
  return std::max(0.0, square - sum * sum / static_cast<double>(n));
}

// The moments of all values · scale, block by block.
class Moments {
 public:
  explicit Moments(double scale) : scale_(scale) {}

  template <class V>
  void add(const V* values, size_t n) {
    const BlockMoments block = block_moments(values, n, scale_);
    // Non-finite, too, where the squares overflow: then `finite` holds all.
    if (std::isfinite(block.sum_squares)) {
      add_finite(block, values, n);
      return;
    }
    V finite[kBlockElements];
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i) {
      finite[kept] = values[i];
      if (std::isfinite(values[i])) {
        ++kept;
      } else {
        count_non_finite(static_cast<double>(values[i]));
      }
    }
    if (kept == 0) return;
    add_finite(block_moments(finite, kept, scale_), finite, kept);
  }

  // The largest |x|, unscaled.
  double max_abs() const {
    return num_ == 0 ? 0 : std::max(std::fabs(min_), std::fabs(max_));
  }

  // `exponent`: the scale was 2^-exponent.
  TensorStats stats(int exponent) const {
    TensorStats stats;
    stats.num = num_;
    stats.nan = nan_;
    stats.pos_inf = pos_inf_;
    stats.neg_inf = neg_inf_;
    stats.zeros = zeros_;
    if (num_ == 0) return stats;
    const auto n = static_cast<double>(num_);
    stats.min = min_ + 0.0;  // so that -0 is 0, whichever zero came first
    stats.max = max_ + 0.0;
    stats.sum = std::ldexp(sum_.value(), exponent);
    stats.l1 = std::ldexp(sum_abs_.value(), exponent);
    stats.sum_squares = std::ldexp(sum_squares_.value(), 2 * exponent);
    stats.l2 = std::ldexp(std::sqrt(sum_squares_.value()), exponent);
    stats.mean =
        std::clamp(std::ldexp(sum_.value() / n, exponent), min_, max_) + 0.0;
    if (min_ != max_) {  // else a mean that is rounded would be a deviation
      stats.std = std::ldexp(std::sqrt(squared_deviations_ / n), exponent);
    }
    stats.zero_fraction =
        static_cast<double>(zeros_) /
        static_cast<double>(num_ + nan_ + pos_inf_ + neg_inf_);
    return stats;
  }

 private:
  template <class V>
  void add_finite(const BlockMoments& block, const V* values, size_t n) {
    min_ = std::min(min_, block.min);
    max_ = std::max(max_, block.max);
    sum_.add(block.sum);
    sum_abs_.add(block.sum_abs);
    sum_squares_.add(block.sum_squares);
    zeros_ += block.zeros;
    add_deviations(values, n, block.sum / static_cast<double>(n));
    num_ += n;
  }

  // Joins the deviations from two means. Source: T. F. Chan, G. H. Golub, R. J.
  // LeVeque, "Updating formulae and a pairwise algorithm for computing sample
  // variances", 1979.
  template <class V>
  void add_deviations(const V* values, size_t n, double block_mean) {
    const double block = squared_deviations(values, n, scale_, block_mean);
    const auto before = static_cast<double>(num_);
    const double total = before + static_cast<double>(n);
    const double difference = block_mean - mean_;
    squared_deviations_ += block + difference * difference * (before / total) *
                                       static_cast<double>(n);
    mean_ += difference * (static_cast<double>(n) / total);
  }

  void count_non_finite(double x) {
    nan_ += std::isnan(x);
    pos_inf_ += x > 0;
    neg_inf_ += x < 0;
  }

  const double scale_;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -min_;
  CompensatedSum sum_, sum_abs_, sum_squares_;
  double mean_ = 0;
  double squared_deviations_ = 0;
  uint64_t num_ = 0, nan_ = 0, pos_inf_ = 0, neg_inf_ = 0, zeros_ = 0;
};

template <class T>
Moments moments_of(const TensorView& view, double scale) {
  Moments moments(scale);
  for_each_block<T>(view, Order::kAny, [&](const auto* values, size_t n) {
    moments.add(values, n);
  });
  return moments;
}

// 0, or the exponent of what doubles must be divided by lest their squares (or
// 2^63 of them) overflow, or the squares vanish.
int exponent_to_remove(double max_abs) {
  if (max_abs == 0 || (max_abs > 0x1p-400 && max_abs < 0x1p480)) return 0;
  return std::clamp(std::ilogb(max_abs), -1000, 1000);
}

template <class T>
TensorStats stats_of(const TensorView& view) {
  const Moments moments = moments_of<T>(view, 1);
  if constexpr (std::is_same_v<T, double>) {
    const int exponent = exponent_to_remove(moments.max_abs());
    if (exponent != 0) {
      return moments_of<T>(view, std::ldexp(1.0, -exponent)).stats(exponent);
    }
  }
  return moments.stats(0);
}

}  // namespace
}  // namespace internal

absl::StatusOr<TensorStats> compute_stats(const TensorView& values) {
  using namespace internal;
  if (absl::Status s = check_host_view(values); !s.ok()) return s;
  TensorStats stats;
  const bool is_real = visit_real(
      values.dtype(),
      [&]<class T>(std::type_identity<T>) { stats = stats_of<T>(values); });
  if (!is_real) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tensor of ", to_absl(dtype_name(values.dtype())),
                     " has no distribution of real numbers"));
  }
  return stats;
}

TensorStats merge_stats(const TensorStats& a, const TensorStats& b) {
  TensorStats merged = a.num == 0 ? b : a;
  if (a.num > 0 && b.num > 0) {
    const auto na = static_cast<double>(a.num);
    const auto nb = static_cast<double>(b.num);
    const double part_a = na / (na + nb);
    const double part_b = nb / (na + nb);
    merged.min = std::min(a.min, b.min);
    merged.max = std::max(a.max, b.max);
    merged.sum = a.sum + b.sum;
    merged.l1 = a.l1 + b.l1;
    merged.sum_squares = a.sum_squares + b.sum_squares;
    merged.l2 = std::hypot(a.l2, b.l2);
    merged.mean =
        std::clamp(a.mean * part_a + b.mean * part_b, merged.min, merged.max);
    // By hypot, whose squares do not overflow; halves, for the difference of
    // means might.
    const double apart = a.mean / 2 - b.mean / 2;
    merged.std =
        merged.min == merged.max
            ? 0
            : std::hypot(a.std * std::sqrt(part_a), b.std * std::sqrt(part_b),
                         2 * (apart * std::sqrt(part_a * part_b)));
  }
  merged.num = a.num + b.num;
  merged.nan = a.nan + b.nan;
  merged.pos_inf = a.pos_inf + b.pos_inf;
  merged.neg_inf = a.neg_inf + b.neg_inf;
  merged.zeros = a.zeros + b.zeros;
  const uint64_t total =
      merged.num + merged.nan + merged.pos_inf + merged.neg_inf;
  merged.zero_fraction = total == 0 ? 0
                                    : static_cast<double>(merged.zeros) /
                                          static_cast<double>(total);
  return merged;
}

}  // namespace tblog
