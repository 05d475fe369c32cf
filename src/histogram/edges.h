// SPDX-License-Identifier: Apache-2.0
//
// Where the buckets of a histogram begin and end.

#ifndef TBLOG_SRC_HISTOGRAM_EDGES_H_
#define TBLOG_SRC_HISTOGRAM_EDGES_H_

#include <array>
#include <cstddef>
#include <vector>

#include "tblog/dtype.h"

namespace tblog::internal {

// `x` rounded to the nearest value of `dtype`, ties to even, for `x` between
// two finite values of it. Complex: `x` itself.
double round_to(DType dtype, double x);

// The edges lo = e_0 <= … <= e_buckets = hi with e_i = lo + i·(hi - lo) /
// buckets, rounded to `dtype`; [v, v] where lo is hi. Where rounding makes
// edges equal they are one edge, for their buckets could hold nothing, except
// that the last bucket may be [hi, hi]. So bool gives {0, 1, 1}: [0, 1) and
// [1, 1]. No intermediate result overflows, and none differs between machines.
std::vector<double> linear_edges(DType dtype, double lo, double hi,
                                 int buckets);

constexpr size_t kGridPositives = 774;

// The 1549 edges of TensorFlow's grid: 1e-12 multiplied by 1.1 again and again
// (in doubles) below 1e20, mirrored, and zero. Source:
// tensorflow/tensorflow:tensorflow/core/lib/histogram/histogram.cc.
const std::array<double, 2 * kGridPositives + 1>& tensorflow_grid();

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_EDGES_H_
