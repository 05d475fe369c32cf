// SPDX-License-Identifier: Apache-2.0
//
// How much memory a histogram takes, by counting operator new.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "tblog/histogram.h"

namespace {
std::atomic<size_t> allocated_bytes = 0;
}  // namespace

// Out of line: GCC takes an inlined malloc() for a mismatch with the delete.
__attribute__((noinline)) void* operator new(size_t bytes) {
  allocated_bytes += bytes;
  if (void* p = std::malloc(bytes == 0 ? 1 : bytes)) return p;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* p) noexcept {
  std::free(p);
}
__attribute__((noinline)) void operator delete(void* p, size_t) noexcept {
  std::free(p);
}

namespace tblog {
namespace {

// Of all allocations together, so that the peak is at most this.
size_t bytes_for(const TensorView& view, const HistogramOptions& options) {
  const size_t before = allocated_bytes;
  EXPECT_TRUE(compute_histogram(view, options).ok());
  return allocated_bytes - before;
}

TEST(AllocationTest, HistogramsTakeAtMost64KiBWhateverTheSize) {
  std::vector<float> values(1 << 20);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i) * (i % 2 == 0 ? 1e15f : -1e15f);
  }
  const HistogramOptions linear;
  const HistogramOptions grid = {30, Scale::kTensorFlow, {}};
  const HistogramOptions explicit_edges = {30, Scale::kExplicit, {-1, 0, 1}};
  for (const HistogramOptions& options : {linear, grid, explicit_edges}) {
    for (const int64_t n : {1, 1000, 1 << 20}) {
      const TensorView contiguous(values.data(), {n});
      EXPECT_GT(bytes_for(contiguous, options), 0u);
      EXPECT_LE(bytes_for(contiguous, options), 64u << 10);
      const TensorView strided(values.data() + n - 1, {n}, {-1});
      EXPECT_LE(bytes_for(strided, options), 64u << 10);
    }
  }
}

TEST(AllocationTest, StatsTakeNone) {
  std::vector<double> values(100'000, 1e300);
  values[7] = -1;
  const size_t before = allocated_bytes;
  EXPECT_TRUE(compute_stats(values).ok());
  EXPECT_EQ(allocated_bytes - before, 0u);
}

}  // namespace
}  // namespace tblog
