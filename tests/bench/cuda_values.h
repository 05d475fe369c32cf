// SPDX-License-Identifier: Apache-2.0
//
// Float32 on a CUDA device: made there, and read once. Thread-compatible.

#ifndef TBLOG_TESTS_BENCH_CUDA_VALUES_H_
#define TBLOG_TESTS_BENCH_CUDA_VALUES_H_

#include <cuda_runtime_api.h>

#include <cstddef>

namespace tblog::bench {

// As weights are; ascending; all the same; as weights, one in ten NaN.
enum class CudaKind { kNormal, kSorted, kConstant, kNan };

void fill(float* values, size_t n, CudaKind kind, cudaStream_t stream);

// One reading, with a sum that goes to *sink on the device and nowhere else:
// what the memory can do.
void read_once(const float* values, size_t n, float* sink, cudaStream_t stream);

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_CUDA_VALUES_H_
