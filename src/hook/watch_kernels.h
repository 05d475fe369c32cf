// SPDX-License-Identifier: Apache-2.0
//
// What watches count in a tensor. Views that the CPU can read and of a real
// dtype: see check_countable(). Pure functions, thread-safe; none allocates,
// but for the list of units.

#ifndef TBLOG_SRC_HOOK_WATCH_KERNELS_H_
#define TBLOG_SRC_HOOK_WATCH_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// InvalidArgument where the values cannot be counted.
absl::Status check_countable(const TensorView& values);

// Cost: one reading.
uint64_t count_nonfinite(const TensorView& values);

struct NonfiniteElement {
  std::vector<int64_t> index;  // one number a dimension
  double value = 0;
};
// The first in row-major order.
std::optional<NonfiniteElement> find_nonfinite(const TensorView& values);

struct SaturatedCount {
  uint64_t saturated = 0;  // at or below `lower`, at or above `upper`
  uint64_t all = 0;        // but for NaN
};
// Cost: one reading.
SaturatedCount count_saturated(const TensorView& values, double lower,
                               double upper);

// Which dimension `unit_axis` means, or nothing where there is no such one.
std::optional<size_t> unit_axis_of(const TensorView& values, int unit_axis);

// Sets live[i] where any value with index i of dimension `axis` is not zero;
// NaN is not. Cost: one reading at worst, next to nothing where units are
// alive. `live` has values.dim(axis) elements.
void mark_live_units(const TensorView& values, size_t axis,
                     std::vector<uint8_t>& live);

// The squares of two tensors' difference and of the first one. `before` is
// contiguous; dtype and size are the same. Cost: one reading of each.
struct SquaredChange {
  double change = 0;  // Σ(after - before)²
  double before = 0;  // Σbefore²
};
SquaredChange squared_change(const TensorView& before, const TensorView& after);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_WATCH_KERNELS_H_
