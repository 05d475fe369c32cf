// SPDX-License-Identifier: Apache-2.0
//
// The bucket of a value in TensorFlow's grid, by one look into a table. A grid
// whose edges grow by 1.1 has at most one edge between two floats that differ
// in their exponent and upper 4 bits of mantissa alone, 1 : 1.0625 at most.

#ifndef TBLOG_SRC_HISTOGRAM_GRID_CELLS_H_
#define TBLOG_SRC_HISTOGRAM_GRID_CELLS_H_

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "src/histogram/edges.h"

namespace tblog::internal {

// Buckets: 0 is what lies below the grid, i what has i edges at or below it,
// kBuckets - 1 what lies above. kBuckets itself stands for NaN and infinities.
// Thread-safe.
class GridCells {
 public:
  static constexpr uint32_t kEdges = 2 * kGridPositives + 1;
  static constexpr uint32_t kBuckets = kEdges + 1;

  // Made at the first call, in some 20 µs.
  static const GridCells& get();

  // Numbers that ascend with the values, from the NaNs with a sign to those
  // without; -0 comes just before 0.
  static void order(const float* values, size_t n, uint32_t* orders);

  // Of the float of that order.
  uint32_t bucket_at(uint32_t order) const {
    return (cells_[order >> kLowBits] + order) >> kLowBits;
  }

  uint32_t bucket_of(double x) const {
    if (!(std::fabs(x) <= std::numeric_limits<double>::max())) return kBuckets;
    constexpr double kBeyond = 1e30;
    const double near = x > kBeyond ? kBeyond : x < -kBeyond ? -kBeyond : x;
    uint32_t bucket = bucket_at(order_of(static_cast<float>(near)));
    bucket -= x < edges_[bucket];  // which the float has passed
    bucket += x >= edges_[bucket + 1];
    return bucket;
  }

 private:
  GridCells();

  static uint32_t order_of(float x) {
    const auto bits = std::bit_cast<int32_t>(x);
    return static_cast<uint32_t>(bits ^ ((bits >> 31) | INT32_MIN));
  }

  static constexpr int kLowBits = 23 - 4;

  // Of cell c, which begins at the float of order c << kLowBits: what makes of
  // that order the bucket there, shifted, and of the order of a float at or
  // beyond the edge in that cell, by a carry, the next one.
  uint32_t cells_[1u << (32 - kLowBits)];
  double edges_[kBuckets + 1];  // edges_[b]: where bucket b begins
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_GRID_CELLS_H_
