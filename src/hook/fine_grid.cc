// SPDX-License-Identifier: Apache-2.0

#include "src/hook/fine_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/elements.h"

namespace tblog::internal {
namespace {

// Cells have numbers below 2^51, which doubles hold exactly.
constexpr int kIndexBits = 50;
constexpr int kMinExponent = -1074;  // of the smallest denormal

int least_exponent(double lo, double hi) {
  const double magnitude = std::max(std::fabs(lo), std::fabs(hi));
  if (magnitude == 0) return kMinExponent;
  return std::max(kMinExponent, std::ilogb(magnitude) - kIndexBits);
}

}  // namespace

int64_t FineGrid::cell_of(double x) const {
  return static_cast<int64_t>(std::floor(x * scale_[0] * scale_[1]));
}

double FineGrid::middle_of(int64_t cell) const {
  return std::ldexp(static_cast<double>(cell) + 0.5, exponent_);
}

void FineGrid::set_exponent(int exponent) {
  exponent_ = exponent;
  const int half = -exponent / 2;
  scale_[0] = std::ldexp(1.0, half);
  scale_[1] = std::ldexp(1.0, -exponent - half);
}

void FineGrid::make_cells(int64_t first, int64_t last) {
  std::vector<uint64_t> counts(static_cast<size_t>(last - first + 1));
  if (!counts_.empty()) {
    std::copy(counts_.begin(), counts_.end(), counts.begin() + first_ - first);
  }
  counts_ = std::move(counts);
  first_ = first;
}

void FineGrid::coarsen(int exponent) {
  const int shift = std::min(exponent - exponent_, 63);
  set_exponent(exponent);
  if (counts_.empty() || shift == 0) return;
  const std::vector<uint64_t> old = std::move(counts_);
  const int64_t old_first = first_;
  const int64_t old_last = old_first + static_cast<int64_t>(old.size()) - 1;
  counts_.clear();
  make_cells(old_first >> shift, old_last >> shift);
  for (size_t i = 0; i < old.size(); ++i) {
    const int64_t cell = (old_first + static_cast<int64_t>(i)) >> shift;
    counts_[static_cast<size_t>(cell - first_)] += old[i];
  }
}

void FineGrid::cover(double lo, double hi) {
  if (counts_.empty()) {
    set_exponent(least_exponent(lo, hi));
  } else {
    coarsen(std::max(exponent_, least_exponent(lo, hi)));
  }
  for (;;) {
    int64_t first = cell_of(lo);
    int64_t last = cell_of(hi);
    if (!counts_.empty()) {
      first = std::min(first, first_);
      last = std::max(last, first_ + static_cast<int64_t>(counts_.size()) - 1);
    }
    if (last - first < kCells) return make_cells(first, last);
    coarsen(exponent_ + 1);
  }
}

void FineGrid::add(const TensorView& values, double lo, double hi) {
  cover(lo, hi);
  const double a = scale_[0];
  const double b = scale_[1];
  const auto first = static_cast<double>(first_);
  visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
    for_each_block<T>(values, Order::kAny, [&](const auto* x, size_t n) {
      for (size_t i = 0; i < n; ++i) {
        const auto value = static_cast<double>(x[i]);
        if (!std::isfinite(value)) continue;
        const double cell = std::floor(value * a * b) - first;
        ++counts_[static_cast<size_t>(cell)];
      }
    });
  });
}

void FineGrid::add(const Histogram& histogram) {
  if (histogram.edges.empty()) return;
  cover(histogram.edges.front(), histogram.edges.back());
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const uint64_t count = histogram.counts[i];
    if (count == 0) continue;
    const int64_t first = cell_of(histogram.edges[i]);
    const auto cells =
        static_cast<uint64_t>(cell_of(histogram.edges[i + 1]) - first + 1);
    for (uint64_t c = 0; c < cells; ++c) {
      counts_[static_cast<size_t>(first - first_) + c] +=
          count / cells + (c < count % cells ? 1 : 0);
    }
  }
}

void FineGrid::add(const FineGrid& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = other;
    return;
  }
  const int64_t other_last =
      other.first_ + static_cast<int64_t>(other.counts_.size()) - 1;
  FineGrid joined = other;
  joined.coarsen(std::max(exponent_, joined.exponent_));
  coarsen(joined.exponent_);
  cover(other.middle_of(other.first_), other.middle_of(other_last));
  joined.coarsen(exponent_);
  for (size_t i = 0; i < joined.counts_.size(); ++i) {
    const int64_t cell = joined.first_ + static_cast<int64_t>(i);
    counts_[static_cast<size_t>(cell - first_)] += joined.counts_[i];
  }
}

std::vector<uint64_t> FineGrid::rebin(const std::vector<double>& edges) const {
  if (edges.size() < 2) return {};
  std::vector<uint64_t> counts(edges.size() - 1);
  size_t bucket = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double middle = middle_of(first_ + static_cast<int64_t>(i));
    const double x = std::clamp(middle, edges.front(), edges.back());
    while (bucket + 1 < counts.size() && x >= edges[bucket + 1]) ++bucket;
    counts[bucket] += counts_[i];
  }
  return counts;
}

}  // namespace tblog::internal
