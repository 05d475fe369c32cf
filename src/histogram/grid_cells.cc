// SPDX-License-Identifier: Apache-2.0

#include "src/histogram/grid_cells.h"

#include <iterator>
#include <limits>

#include "src/histogram/thresholds.h"

namespace tblog::internal {
const GridCells& GridCells::get() {
  static const GridCells cells;
  return cells;
}

GridCells::GridCells() {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  uint32_t starts[kEdges + 1];  // the order of the first float in bucket i + 1
  for (uint32_t i = 0; i < kEdges; ++i) {
    const double edge = tensorflow_grid()[i];
    starts[i] = order_of(edge == 0 ? -0.0f : least_from<float>(edge));
    edges_[i + 1] = edge;
  }
  starts[kEdges] = UINT32_MAX;
  edges_[0] = -std::numeric_limits<double>::infinity();
  edges_[kBuckets] = std::numeric_limits<double>::quiet_NaN();

  uint32_t bucket = 0;
  for (uint32_t c = 0; c < std::size(cells_); ++c) {
    const uint32_t begin = c << kLowBits;
    const uint32_t last = begin + (1u << kLowBits) - 1;
    while (starts[bucket] <= begin) ++bucket;
    cells_[c] = bucket << kLowBits;
    if (starts[bucket] <= last) cells_[c] += last - starts[bucket] + 1;
    if (begin >= order_of(kInfinity) || last <= order_of(-kInfinity)) {
      cells_[c] = kBuckets << kLowBits;
    }
    cells_[c] -= begin;
  }
}

void GridCells::order(const float* values, size_t n, uint32_t* orders) {
  for (size_t i = 0; i < n; ++i) orders[i] = order_of(values[i]);
}

}  // namespace tblog::internal
