// SPDX-License-Identifier: Apache-2.0
//
// The kernels, as functions that queue them on a stream and return.

#ifndef TBLOG_SRC_CUDA_KERNELS_H_
#define TBLOG_SRC_CUDA_KERNELS_H_

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "src/cuda/scratch.h"

namespace tblog::internal::cuda {

enum class Element : uint8_t { kHalf, kBrain, kFloat, kDouble };

struct Input {
  const void* data;
  size_t count;
  Element element;
  int multiprocessors;  // of the device
  cudaStream_t stream;
};

// The header's moments. Where `buckets` > 0, also the edges of so many equal
// buckets, fewer where rounding makes some one, and counts of 0.
cudaError_t queue_moments(const Input& input, int buckets, Scratch* scratch);

// Counts of the edges that queue_moments() has stored.
cudaError_t queue_linear_counts(const Input& input, int buckets,
                                Scratch* scratch);

// Counts of the edges that are in `scratch`, `edges` of them. `is_grid`: one
// bucket more to either side.
cudaError_t queue_counts(const Input& input, int edges, bool is_grid,
                         Scratch* scratch);

}  // namespace tblog::internal::cuda

#endif  // TBLOG_SRC_CUDA_KERNELS_H_
