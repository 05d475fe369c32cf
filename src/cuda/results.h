// SPDX-License-Identifier: Apache-2.0
//
// From a tensor and options to what kernels are asked, and from what they found
// to what the CPU would have said. Nothing here needs a device. Thread-safe.

#ifndef TBLOG_SRC_CUDA_RESULTS_H_
#define TBLOG_SRC_CUDA_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "src/cuda/scratch.h"
#include "tblog/histogram.h"
#include "tblog/tensor_view.h"

namespace tblog::internal::cuda {

// What comes back from a device.
struct HostCopy {
  Header header;
  double edges[kMaxBuckets + 1];
  unsigned long long counts[kMaxBuckets + 2];
  size_t given_edges;  // 0 where the device has made them
  char element[8];     // of a scalar
};

// How a histogram is counted: in equal buckets, or between edges; of a grid
// also below the first and above the last.
struct Plan {
  int buckets = 0;
  std::vector<double> edges = {};
  bool is_grid = false;
};

// Errors: InvalidArgument for options that compute_histogram() refuses, and for
// more than kMaxBuckets.
absl::StatusOr<Plan> plan_of(const HistogramOptions& options);

Histogram histogram_of(Scale scale, const HostCopy& host);
TensorStats stats_of(const Moments& moments);

// Whether the elements, in any order, are one run in memory.
bool is_gapless(const TensorView& view);
// Where that begins.
const void* lowest_element(const TensorView& view);

// Of one element in memory.
double element_value(DType dtype, const char* element);

}  // namespace tblog::internal::cuda

#endif  // TBLOG_SRC_CUDA_RESULTS_H_
