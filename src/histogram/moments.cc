// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/moments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "src/base/elements.h"
#include "src/histogram/numbers_of.h"

namespace tblog::internal {
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

// The moments of all values · scale, block by block.
class Moments {
 public:
  Moments(double scale, Deviations deviations)
      : scale_(scale), deviations_(deviations) {}

  template <class V>
  void add(const V* values, size_t n) {
    const ValueKernels<V>& kernels = value_kernels<V>();
    const BlockMoments block = kernels.moments(values, n, scale_);
    // Non-finite, too, where the squares overflow: then all values are kept.
    if (std::isfinite(block.sum_squares)) {
      add_finite(block, n, values, n, kernels.deviations);
      return;
    }
    const FiniteMoments some = kernels.finite_moments(values, n, scale_);
    nan_ += some.nan;
    pos_inf_ += some.pos_inf;
    neg_inf_ += some.neg_inf;
    const size_t finite = n - some.nan - some.pos_inf - some.neg_inf;
    if (finite == 0) return;
    add_finite(some.of_finite, finite, values, n, kernels.finite_deviations);
  }

  // `count` times the same, where the scale is 1.
  void add_repeated(double x, uint64_t count) {
    if (!std::isfinite(x)) {
      (x > 0 ? pos_inf_ : x < 0 ? neg_inf_ : nan_) += count;
      return;
    }
    const auto n = static_cast<double>(count);
    min_ = std::min(min_, x);
    max_ = std::max(max_, x);
    sum_.add(n * x);
    sum_abs_.add(n * std::fabs(x));
    sum_squares_.add(n * (x * x));
    zeros_ += x == 0 ? count : 0;
    join_deviations(0, x, n);
    num_ += count;
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
  using DeviationsKernel = BlockDeviations (*)(const V*, size_t, double,
                                               double);

  // Of the n values `count` are finite, which `block` is of.
  template <class V>
  void add_finite(const BlockMoments& block, size_t count, const V* values,
                  size_t n, DeviationsKernel<V> deviations) {
    min_ = std::min(min_, block.min);
    max_ = std::max(max_, block.max);
    sum_.add(block.sum);
    sum_abs_.add(block.sum_abs);
    sum_squares_.add(block.sum_squares);
    zeros_ += block.zeros;
    if (deviations_ == Deviations::kCompute) {
      const auto finite = static_cast<double>(count);
      const double mean = block.sum / finite;
      const BlockDeviations part = deviations(values, n, scale_, mean);
      // Less the error of the block's mean.
      join_deviations(
          std::max(0.0, part.squares - part.sum * part.sum / finite), mean,
          finite);
    }
    num_ += count;
  }

  // Joins the deviations from two means. Source: T. F. Chan, G. H. Golub, R. J.
  // LeVeque, "Updating formulae and a pairwise algorithm for computing sample
  // variances", 1979.
  void join_deviations(double squares, double mean, double n) {
    const auto before = static_cast<double>(num_);
    const double total = before + n;
    const double difference = mean - mean_;
    squared_deviations_ +=
        squares + difference * difference * (before / total) * n;
    mean_ += difference * (n / total);
  }

  const double scale_;
  const Deviations deviations_;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -min_;
  CompensatedSum sum_, sum_abs_, sum_squares_;
  double mean_ = 0;
  double squared_deviations_ = 0;
  uint64_t num_ = 0, nan_ = 0, pos_inf_ = 0, neg_inf_ = 0, zeros_ = 0;
};

template <class T>
Moments moments_of(const TensorView& view, double scale,
                   Deviations deviations) {
  Moments moments(scale, deviations);
  if constexpr (kIsByte<T>) {
    for_bytes_of<T>(view, [&](double x, uint64_t count) {
      moments.add_repeated(x, count);
    });
  } else {
    for_numbers_of<T>(
        view, [&](const auto* values, size_t n) { moments.add(values, n); });
  }
  return moments;
}

// 0, or the exponent of what doubles must be divided by lest their squares (or
// 2^63 of them) overflow, or the squares vanish.
int exponent_to_remove(double max_abs) {
  if (max_abs == 0 || (max_abs > 0x1p-400 && max_abs < 0x1p480)) return 0;
  return std::clamp(std::ilogb(max_abs), -1000, 1000);
}

template <class T>
TensorStats stats_as(const TensorView& view, Deviations deviations) {
  const Moments moments = moments_of<T>(view, 1, deviations);
  if constexpr (std::is_same_v<T, double>) {
    const int exponent = exponent_to_remove(moments.max_abs());
    if (exponent != 0) {
      return moments_of<T>(view, std::ldexp(1.0, -exponent), deviations)
          .stats(exponent);
    }
  }
  return moments.stats(0);
}

}  // namespace

TensorStats stats_of(const TensorView& view, Deviations deviations) {
  TensorStats stats;
  visit_real(view.dtype(), [&]<class T>(std::type_identity<T>) {
    stats = stats_as<T>(view, deviations);
  });
  return stats;
}

}  // namespace tblog::internal
