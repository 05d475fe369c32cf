// SPDX-License-Identifier: Apache-2.0
//
// The kernels in standard C++, one value at a time: the oracle of the others,
// and what runs where there are no others.

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/histogram/kernels.h"

namespace tblog::internal {
namespace {

constexpr size_t kLanes = 4;  // sums that do not wait for each other

template <class V>
BlockMoments moments(const V* values, size_t n, double scale) {
  BlockMoments lanes[kLanes];
  const auto first = static_cast<double>(values[0]);
  std::fill_n(lanes, kLanes, BlockMoments{first, first, 0, 0, 0, 0});
  for (size_t i = 0; i < n; ++i) {
    BlockMoments& lane = lanes[i % kLanes];
    const auto value = static_cast<double>(values[i]);
    lane.min = value < lane.min ? value : lane.min;
    lane.max = value > lane.max ? value : lane.max;
    const double x = value * scale;
    lane.sum += x;
    lane.sum_abs += std::fabs(x);
    lane.sum_squares += x * x;
    lane.zeros += value == 0;
  }
  BlockMoments all = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) {
    all.min = std::min(all.min, lanes[i].min);
    all.max = std::max(all.max, lanes[i].max);
    all.sum += lanes[i].sum;
    all.sum_abs += lanes[i].sum_abs;
    all.sum_squares += lanes[i].sum_squares;
    all.zeros += lanes[i].zeros;
  }
  return all;
}

template <class V>
BlockDeviations deviations(const V* values, size_t n, double scale,
                           double center) {
  double squares[kLanes] = {}, sums[kLanes] = {};
  for (size_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(values[i]) * scale - center;
    squares[i % kLanes] += d * d;
    sums[i % kLanes] += d;
  }
  return {(squares[0] + squares[1]) + (squares[2] + squares[3]),
          (sums[0] + sums[1]) + (sums[2] + sums[3])};
}

// Moves the finite values to `out`; returns how many there are.
template <class V>
size_t keep_finite(const V* values, size_t n, V* out) {
  size_t kept = 0;
  for (size_t i = 0; i < n; ++i) {  // without a branch on what comes
    out[kept] = values[i];
    kept += std::isfinite(values[i]) ? 1 : 0;
  }
  return kept;
}

template <class V>
FiniteMoments finite_moments(const V* values, size_t n, double scale) {
  constexpr V kInfinity = std::numeric_limits<V>::infinity();
  V finite[kKernelValues];
  const size_t kept = keep_finite(values, n, finite);
  FiniteMoments all = {};
  if (kept > 0) all.of_finite = moments(finite, kept, scale);
  for (size_t i = 0; i < n; ++i) {
    all.nan += values[i] != values[i];
    all.pos_inf += values[i] == kInfinity;
    all.neg_inf += values[i] == -kInfinity;
  }
  return all;
}

template <class V>
BlockDeviations finite_deviations(const V* values, size_t n, double scale,
                                  double center) {
  V finite[kKernelValues];
  return deviations(finite, keep_finite(values, n, finite), scale, center);
}

template <class V>
void find(const V* values, size_t n, const EvenEdges<V>& edges,
          uint32_t* indices) {
  for (size_t i = 0; i < n; ++i) {
    const V x = values[i];
    uint32_t index = edges.buckets;
    if (x >= edges.lo && x <= edges.hi) {
      index = static_cast<uint32_t>(
          static_cast<int32_t>((x * edges.unit - edges.base) * edges.scale));
      index += x >= edges.next[index];
    }
    indices[i] = index;
  }
}

template <class V>
constexpr ValueKernels<V> kValueKernels = {
    moments<V>,           deviations<V>, finite_moments<V>,
    finite_deviations<V>, find<V>,       nullptr};

}  // namespace

extern const Kernels kPlainKernels;
constinit const Kernels kPlainKernels = {"plain",
                                         [] { return true; },
                                         kValueKernels<float>,
                                         kValueKernels<double>,
                                         {}};

}  // namespace tblog::internal
