// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <cstdint>

#include "tests/bench/cuda_values.h"

namespace tblog::bench {
namespace {

constexpr unsigned kThreads = 512;

__device__ uint64_t first_index() {
  return uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}
__device__ uint64_t stride() { return uint64_t{gridDim.x} * blockDim.x; }

// Source: S. Vigna's splitmix64.
__device__ uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// By G. E. P. Box and M. E. Muller.
__device__ float normal(uint64_t i) {
  const uint64_t bits = mixed(i);
  const float u = (static_cast<float>(bits >> 40) + 1) * 0x1p-24f;
  const float v = static_cast<float>(bits & 0xffffff) * 0x1p-24f;
  return 20 * sqrtf(-2 * logf(u)) * cospif(2 * v);
}

__global__ void fill_values(float* values, uint64_t n, CudaKind kind) {
  for (uint64_t i = first_index(); i < n; i += stride()) {
    float x = 1.5f;
    if (kind == CudaKind::kNormal || kind == CudaKind::kNan) x = normal(i);
    if (kind == CudaKind::kSorted)
      x = static_cast<float>(
          static_cast<double>(i) * 80 / static_cast<double>(n) - 40);
    if (kind == CudaKind::kNan && mixed(~i) % 10 == 0) x = nanf("");
    values[i] = x;
  }
}

__global__ void sum_values(const float4* values, uint64_t n, float* sink) {
  float4 sum = {0, 0, 0, 0};
  for (uint64_t i = first_index(); i < n; i += stride()) {
    const float4 x = values[i];
    sum.x += x.x;
    sum.y += x.y;
    sum.z += x.z;
    sum.w += x.w;
  }
  // Never, but the compiler does not know.
  const float all = sum.x + sum.y + sum.z + sum.w;
  if (all == 12345.678f) *sink = all;
}

unsigned blocks() {
  int device = 0, processors = 1;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  return static_cast<unsigned>(processors) * 4;
}

}  // namespace

void fill(float* values, size_t n, CudaKind kind, cudaStream_t stream) {
  fill_values<<<blocks(), kThreads, 0, stream>>>(values, n, kind);
}

void read_once(const float* values, size_t n, float* sink,
               cudaStream_t stream) {
  sum_values<<<blocks(), kThreads, 0, stream>>>(
      reinterpret_cast<const float4*>(values), n / 4, sink);
}

}  // namespace tblog::bench
