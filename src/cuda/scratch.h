// SPDX-License-Identifier: Apache-2.0
//
// The memory that one result takes on a device.

#ifndef TBLOG_SRC_CUDA_SCRATCH_H_
#define TBLOG_SRC_CUDA_SCRATCH_H_

#include "src/cuda/reduce.h"

namespace tblog::internal::cuda {

constexpr int kMaxBuckets = 2048;
constexpr int kMaxBlocks = 2048;

struct Header {
  Moments moments;
  long long edges;  // where the device makes them: how many
};

struct Scratch {
  Header header;
  double edges[kMaxBuckets + 1];
  // One fewer than edges; of a grid, one more.
  unsigned long long counts[kMaxBuckets + 2];
  Moments partial[kMaxBlocks];
  unsigned int finished_blocks;  // 0 between results
};

}  // namespace tblog::internal::cuda

#endif  // TBLOG_SRC_CUDA_SCRATCH_H_
