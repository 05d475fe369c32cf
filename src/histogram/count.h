// SPDX-License-Identifier: Apache-2.0
//
// How many values of a tensor lie in each bucket.

#ifndef TBLOG_SRC_HISTOGRAM_COUNT_H_
#define TBLOG_SRC_HISTOGRAM_COUNT_H_

#include <cstddef>
#include <cstdint>

#include "tblog/tensor_view.h"

namespace tblog::internal {

// The definition: adds to counts[i] the number of values x of `view` with
// edges[i] <= x < edges[i + 1], of the last bucket with x <= edges[buckets].
// `edges` are `buckets + 1` ascending finite numbers. NaN and what lies outside
// are counted nowhere, and so is what somebody else writes into the tensor
// meanwhile.
void count_in_buckets(const TensorView& view, const double* edges,
                      size_t buckets, uint64_t* counts);

// The same for TensorFlow's grid and what lies beyond it: adds to counts[i],
// i < GridCells::kBuckets, the number of finite values with i edges at or below
// them.
void count_in_grid(const TensorView& view, uint64_t* counts);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_COUNT_H_
