// SPDX-License-Identifier: Apache-2.0
//
// A thread's own floating point settings neither change a histogram nor are
// changed by one.

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>
#include <vector>

#include "tblog/histogram.h"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace tblog {
namespace {

TEST(FloatEnvironmentTest, RoundingModeChangesNothing) {
  const std::vector<double> values = {0.1, 0.7, 0.3, 0.2, 1.1, 1e300, -1e-300};
  const Histogram expected = *compute_histogram(values);
  const double mean = compute_stats(values)->mean;
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fesetround(mode);
    const absl::StatusOr<Histogram> actual = compute_histogram(values);
    const absl::StatusOr<TensorStats> stats = compute_stats(values);
    const int after = std::fegetround();
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(after, mode);
    EXPECT_EQ(actual->edges, expected.edges);
    EXPECT_EQ(actual->counts, expected.counts);
    EXPECT_EQ(actual->sum, expected.sum);
    EXPECT_EQ(stats->mean, mean);
  }
}

TEST(FloatEnvironmentTest, NoFlagIsRaised) {
  const float kNan = std::numeric_limits<float>::quiet_NaN();
  std::feclearexcept(FE_ALL_EXCEPT);
  EXPECT_TRUE(compute_histogram(std::vector<float>{kNan, 0.1f, 3e38f}).ok());
  EXPECT_EQ(std::fetestexcept(FE_ALL_EXCEPT), 0);
}

#if defined(__SSE2__)
TEST(FloatEnvironmentTest, DenormalsCountWhereTheThreadFlushesThem) {
  const float kLeast = std::numeric_limits<float>::denorm_min();
  const std::vector<float> values = {0, kLeast, 2 * kLeast, 2 * kLeast};
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zeros
  const absl::StatusOr<Histogram> h = compute_histogram(values);
  const absl::StatusOr<TensorStats> s = compute_stats(values);
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & 0x8040, 0x8040u);
  EXPECT_EQ(h->counts, (std::vector<uint64_t>{1, 1, 2}));
  EXPECT_EQ(h->max, 2 * static_cast<double>(kLeast));
  EXPECT_EQ(s->zeros, 1u);
}
#endif

}  // namespace
}  // namespace tblog
