// SPDX-License-Identifier: Apache-2.0
//
// What the kernels do, block by block and thread by thread on the CPU, against
// compute_histogram() and compute_stats(). No device is needed; on one, nothing
// of this has run yet.

#include "src/cuda/reduce.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "src/base/elements.h"
#include "src/cuda/results.h"
#include "tblog/histogram.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal::cuda {
namespace {

// Deviations below it have squares that are too small for a double.
constexpr double kTinyStd = 1e-150;

// The element that stands in memory as a T of the library does.
template <class T>
struct ElementOf {
  using Type = T;
};
template <>
struct ElementOf<Float16> {
  using Type = Half;
};
template <>
struct ElementOf<BFloat16> {
  using Type = Brain;
};

constexpr size_t kThreads = 7;
constexpr size_t kBlocks = 3;

// As find_moments(): a thread takes every so-many-th element, threads are
// merged to blocks, blocks to the result.
template <class T>
Moments moments_of(const std::vector<T>& values) {
  Moments all = no_moments();
  for (size_t block = 0; block < kBlocks; ++block) {
    Moments of_block = no_moments();
    for (size_t thread = 0; thread < kThreads; ++thread) {
      MomentsOfThread mine;
      for (size_t i = block * kThreads + thread; i < values.size();
           i += kThreads * kBlocks)
        mine.add(static_cast<double>(widen(values[i])));
      of_block = merged(of_block, mine.get());
    }
    all = merged(all, of_block);
  }
  return all;
}

// As all kernels together.
template <class T>
std::unique_ptr<HostCopy> counted(const std::vector<T>& values,
                                  const Plan& plan) {
  using W = typename Widened<T>::Type;
  auto host = std::make_unique<HostCopy>();
  const Moments m = moments_of(values);
  host->header.moments = m;
  if (m.num == 0) return host;
  if (plan.buckets > 0) {
    std::vector<W> edges(static_cast<size_t>(plan.buckets) + 1);
    const int count = store_linear_edges(
        m.min, m.max, plan.buckets,
        [&](int i) { return linear_edge<T>(m.min, m.max, plan.buckets, i); },
        edges.data());
    host->header.edges = count;
    const double width =
        static_cast<double>(edges[static_cast<size_t>(count) - 1]) -
        static_cast<double>(edges[0]);
    Buckets<W> buckets{edges.data(), count - 1, (count - 1) / width};
    if (!std::isfinite(buckets.slope)) buckets.slope = 0;
    for (const T& element : values) {
      const W x = widen(element);
      if (std::isfinite(x)) ++host->counts[bucket_of(x, buckets)];
    }
    std::copy(edges.begin(), edges.end(), host->edges);
    return host;
  }
  host->given_edges = plan.edges.size();
  std::copy(plan.edges.begin(), plan.edges.end(), host->edges);
  const int count = static_cast<int>(plan.edges.size());
  const Buckets<double> buckets{plan.edges.data(), count - 1, 0};
  for (const T& element : values) {
    const auto x = static_cast<double>(widen(element));
    if (!std::isfinite(x)) continue;
    const int i = plan.is_grid ? edges_up_to(x, plan.edges.data(), count)
                               : bucket_of(x, buckets);
    if (i >= 0) ++host->counts[i];
  }
  return host;
}

template <class T>
void expect_as_on_the_cpu(const std::vector<T>& values,
                          const HistogramOptions& options) {
  using E = typename ElementOf<T>::Type;
  std::vector<E> elements(values.size());
  static_assert(sizeof(E) == sizeof(T));
  if (!values.empty())
    std::memcpy(elements.data(), values.data(), values.size() * sizeof(T));
  const auto plan = plan_of(options);
  ASSERT_THAT(plan, testing::IsOk());
  const Histogram h = histogram_of(options.scale, *counted(elements, *plan));
  const Histogram expected = *compute_histogram(values, options);
  EXPECT_EQ(h.min, expected.min);
  EXPECT_EQ(h.max, expected.max);
  EXPECT_EQ(h.num, expected.num);
  EXPECT_EQ(h.nan, expected.nan);
  EXPECT_EQ(h.pos_inf, expected.pos_inf);
  EXPECT_EQ(h.neg_inf, expected.neg_inf);
  EXPECT_EQ(h.edges, expected.edges);
  EXPECT_EQ(h.counts, expected.counts);

  const TensorStats stats = stats_of(moments_of(elements));
  const TensorStats truth = *compute_stats(values);
  const double near = 1e-12 * truth.l1;
  if (std::isfinite(near)) {
    EXPECT_NEAR(stats.sum, truth.sum, near);
  }
  if (std::isfinite(truth.sum_squares)) {
    EXPECT_NEAR(stats.sum_squares, truth.sum_squares,
                1e-12 * truth.sum_squares);
    EXPECT_NEAR(stats.std, truth.std, 1e-6 * truth.std + kTinyStd);
  }
  EXPECT_EQ(stats.zeros, truth.zeros);
  EXPECT_EQ(stats.zero_fraction, truth.zero_fraction);
}

template <class T>
std::vector<T> of_doubles(const std::vector<double>& values) {
  std::vector<T> out;
  for (const double x : values) out.push_back(static_cast<T>(x));
  return out;
}

// The upper bits of floats, which is a way to round.
template <>
std::vector<BFloat16> of_doubles(const std::vector<double>& values) {
  std::vector<BFloat16> out;
  for (const double x : values) {
    const auto narrow = static_cast<float>(x);
    uint32_t bits;
    std::memcpy(&bits, &narrow, sizeof bits);
    out.push_back({static_cast<uint16_t>(bits >> 16)});
  }
  return out;
}

// Any bits are some number.
template <>
std::vector<Float16> of_doubles(const std::vector<double>& values) {
  std::vector<Float16> out;
  for (const BFloat16& x : of_doubles<BFloat16>(values))
    out.push_back({x.bits});
  return out;
}

std::vector<std::vector<double>> kinds_of_data() {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(0, 20);
  std::vector<std::vector<double>> kinds = {{},
                                            {kNan},
                                            {kInf, -kInf, kNan},
                                            {0},
                                            {-0.0, 0.0},
                                            {7, 7, 7, 7},
                                            {-1, 1},
                                            {1e-310, 2e-310},
                                            {1e-45, 3e-45, 0},
                                            {-3.4e38, 3.4e38, 1},
                                            {-1.7e308, 1.7e308, 0},
                                            {1e15, 1e15 + 1, 1e15 + 2}};
  for (const size_t n : {1, 2, 20, 21, 22, 1000, 5000}) {
    std::vector<double> values(n);
    for (double& x : values) x = normal(random);
    kinds.push_back(values);
    for (size_t i = 0; i < n; i += 7) values[i] = i % 2 == 0 ? kNan : kInf;
    kinds.push_back(values);
    for (double& x : values) x = std::exp(normal(random));
    kinds.push_back(values);
    for (double& x : values) x = 1e6 + std::floor(normal(random));
    kinds.push_back(values);
  }
  return kinds;
}

template <class T>
class CudaReduceTest : public ::testing::Test {};
using Elements = ::testing::Types<float, double, BFloat16, Float16>;
TYPED_TEST_SUITE(CudaReduceTest, Elements);

TYPED_TEST(CudaReduceTest, EqualBucketsAreThoseOfTheCpu) {
  for (const auto& values : kinds_of_data()) {
    for (const int buckets : {1, 2, 3, 30, 1000, 2048}) {
      HistogramOptions options;
      options.buckets = buckets;
      expect_as_on_the_cpu(of_doubles<TypeParam>(values), options);
    }
  }
}

TYPED_TEST(CudaReduceTest, TheGridIsThatOfTheCpu) {
  HistogramOptions options;
  options.scale = Scale::kTensorFlow;
  for (const auto& values : kinds_of_data())
    expect_as_on_the_cpu(of_doubles<TypeParam>(values), options);
}

TYPED_TEST(CudaReduceTest, GivenEdgesAreThoseOfTheCpu) {
  HistogramOptions options;
  options.scale = Scale::kExplicit;
  for (const auto& edges :
       {std::vector<double>{0, 1}, std::vector<double>{-50, -3.1, 0, 0.1, 1e6},
        std::vector<double>{-1e-3, 7, 1e10}}) {
    options.edges = edges;
    for (const auto& values : kinds_of_data())
      expect_as_on_the_cpu(of_doubles<TypeParam>(values), options);
  }
}

TEST(CudaElementTest, EveryHalfAndBrainIsWidenedAsByTheCpu) {
  for (uint32_t i = 0; i < 65'536; ++i) {
    const auto bits = static_cast<uint16_t>(i);
    const Float16 half{bits};
    const BFloat16 brain{bits};
    const auto expect_same = [](double a, double b) {
      EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << a << ' ' << b;
    };
    expect_same(widen(Half{bits}), *single_value(TensorView(&half, {})));
    expect_same(widen(Brain{bits}), *single_value(TensorView(&brain, {})));
    expect_same(
        element_value(DType::kFloat16, reinterpret_cast<const char*>(&half)),
        widen(Half{bits}));
  }
}

TEST(CudaViewTest, WhatLiesWithoutGaps) {
  const float x[64] = {};
  EXPECT_TRUE(is_gapless(TensorView(x, {4, 4})));
  EXPECT_TRUE(is_gapless(TensorView(x, {4, 4}, {1, 4}))) << "transposed";
  EXPECT_TRUE(is_gapless(TensorView(x + 15, {4, 4}, {-4, -1})));
  EXPECT_TRUE(is_gapless(TensorView(x, {2, 1, 3}, {3, 77, 1})));
  EXPECT_FALSE(is_gapless(TensorView(x, {4, 4}, {8, 1})));
  EXPECT_FALSE(is_gapless(TensorView(x, {4, 4}, {4, 2})));
  EXPECT_FALSE(is_gapless(TensorView(x, {4, 4}, {0, 1})));
  EXPECT_EQ(lowest_element(TensorView(x + 15, {4, 4}, {-4, -1})), x);
  EXPECT_EQ(lowest_element(TensorView(x + 3, {4, 4}, {4, -1})), x);
}

TEST(CudaPlanTest, WhatTheCpuRefusesIsRefused) {
  EXPECT_FALSE(plan_of({.buckets = 0}).ok());
  EXPECT_FALSE(plan_of({.buckets = 2049}).ok());
  EXPECT_TRUE(plan_of({.buckets = 2048}).ok());
  HistogramOptions options;
  options.scale = Scale::kExplicit;
  options.edges = {1, 0};
  EXPECT_FALSE(plan_of(options).ok());
}

}  // namespace
}  // namespace tblog::internal::cuda
