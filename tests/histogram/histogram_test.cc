// SPDX-License-Identifier: Apache-2.0

#include "tblog/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "src/histogram/edges.h"
#include "tests/histogram/oracle.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

using testing::distributions;
using ::testing::Each;
using testing::element_near;
using ::testing::ElementsAre;
using testing::Expected;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::number_of;
using ::testing::SizeIs;
using testing::StatusIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Histogram histogram_of(const TensorView& view,
                       const HistogramOptions& options = {}) {
  absl::StatusOr<Histogram> h = compute_histogram(view, options);
  EXPECT_THAT(h, testing::IsOk());
  return h.ok() ? *h : Histogram();
}

HistogramOptions linear(int buckets) { return {buckets, Scale::kLinear, {}}; }
HistogramOptions tensorflow() { return {30, Scale::kTensorFlow, {}}; }
HistogramOptions with_edges(std::vector<double> edges) {
  return {30, Scale::kExplicit, std::move(edges)};
}

void expect_as_defined(const Histogram& h, const std::vector<double>& numbers) {
  const Expected expected(numbers);
  EXPECT_EQ(h.num, expected.finite.size());
  EXPECT_EQ(h.nan, expected.nan);
  EXPECT_EQ(h.pos_inf, expected.pos_inf);
  EXPECT_EQ(h.neg_inf, expected.neg_inf);
  EXPECT_EQ(h.min, expected.min);
  EXPECT_EQ(h.max, expected.max);
  const auto bound = [](long double x) {
    return static_cast<double>(1e-12L * x);
  };
  EXPECT_NEAR(h.sum, double(expected.sum), bound(expected.sum_abs));
  EXPECT_NEAR(h.sum_squares, double(expected.sum_squares),
              bound(expected.sum_squares));
  EXPECT_EQ(h.counts, expected.counts(h.edges));
  EXPECT_EQ(h.edges.empty(), h.num == 0);
}

// Ascending; only the last bucket may have no width.
void expect_ascending(const std::vector<double>& edges) {
  for (size_t i = 1; i + 1 < edges.size(); ++i) {
    EXPECT_LT(edges[i - 1], edges[i]) << i;
  }
  if (edges.empty()) return;
  EXPECT_LE(edges[edges.size() - 2], edges.back());
}

template <class T>
struct Input {
  std::vector<T> elements;
  std::vector<double> numbers;
};

// T may be bool, of which std::vector has no memory.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class T>
Input<Stored<T>> draw(const testing::Distribution& distribution, size_t n) {
  std::mt19937_64 random(n);
  Input<Stored<T>> input;
  for (size_t i = 0; i < n; ++i) {
    const auto element = element_near<T>(distribution.draw(random));
    input.elements.push_back(static_cast<Stored<T>>(element));
    input.numbers.push_back(number_of(element));
  }
  return input;
}

template <class T>
class EveryTypeTest : public ::testing::Test {
 protected:
  static TensorView view(const std::vector<Stored<T>>& elements) {
    const auto n = static_cast<int64_t>(elements.size());
    return TensorView(elements.data(), internal::DTypeOf<T>::value, &n, 1);
  }
  // How far two neighbouring numbers near `x` lie apart.
  static double step_near(double x) {
    if (std::is_integral_v<T>) return 1;
    int bits = std::is_same_v<T, float> ? 23 : 52;
    int least = -126;
    if constexpr (std::is_class_v<T>) {
      bits = testing::SmallFloat<T>::kMantissa;
      least = 1 - testing::SmallFloat<T>::kBias;
    }
    return std::ldexp(1,
                      std::max(x == 0 ? least : std::ilogb(x), least) - bits);
  }
};
using Types = ::testing::Types<Float16, BFloat16, Float8E4M3, Float8E5M2, float,
                               double, int8_t, int16_t, int32_t, int64_t,
                               uint8_t, uint16_t, uint32_t, uint64_t, bool>;
TYPED_TEST_SUITE(EveryTypeTest, Types);

constexpr size_t kSizes[] = {0, 1, 2, 3, 5, 17, 1023, 1024, 1025, 3000};

TYPED_TEST(EveryTypeTest, LinearCountsAreThoseOfTheDefinition) {
  for (const auto& distribution : distributions()) {
    for (const size_t size : kSizes) {
      const auto input = draw<TypeParam>(distribution, size);
      for (const int buckets : {1, 2, 7, 30, 100}) {
        SCOPED_TRACE(distribution.name + " " + std::to_string(size) + " in " +
                     std::to_string(buckets));
        const Histogram h =
            histogram_of(this->view(input.elements), linear(buckets));
        expect_as_defined(h, input.numbers);
        expect_ascending(h.edges);
        ASSERT_FALSE(this->HasFailure());
      }
    }
  }
}

TYPED_TEST(EveryTypeTest, LinearEdgesAreEvenAndOfTheType) {
  for (const auto& distribution : distributions()) {
    const auto input = draw<TypeParam>(distribution, 500);
    const Histogram h = histogram_of(this->view(input.elements), linear(9));
    if (h.min == h.max) continue;
    SCOPED_TRACE(distribution.name);
    ASSERT_LE(h.counts.size(), 9u);
    EXPECT_EQ(h.edges.front(), h.min);
    EXPECT_EQ(h.edges.back(), h.max);
    std::vector<double> even;
    for (int i = 0; i <= 9; ++i) {
      even.push_back(h.min + i * ((h.max - h.min) / 9));
    }
    for (const double edge : h.edges) {
      EXPECT_EQ(edge,
                internal::round_to(internal::DTypeOf<TypeParam>::value, edge));
      double nearest = kInf;
      for (const double e : even) {
        nearest = std::min(nearest, std::fabs(e - edge));
      }
      EXPECT_LE(nearest, 0.51 * this->step_near(edge) +
                             4 * DBL_EPSILON * std::fabs(h.max - h.min));
    }
  }
}

TYPED_TEST(EveryTypeTest, GridAndExplicitCountsAreThoseOfTheDefinition) {
  for (const auto& distribution : distributions()) {
    const auto input = draw<TypeParam>(distribution, 700);
    SCOPED_TRACE(distribution.name);
    const TensorView view = this->view(input.elements);
    const Histogram grid = histogram_of(view, tensorflow());
    expect_as_defined(grid, input.numbers);
    expect_ascending(grid.edges);
    const auto sum = [](const Histogram& h) {
      return std::accumulate(h.counts.begin(), h.counts.end(), uint64_t{0});
    };
    EXPECT_EQ(sum(grid), grid.num);
    expect_as_defined(histogram_of(view, with_edges({-1, 0, 0.1, 0.5, 3, 4})),
                      input.numbers);
  }
}

TEST(HistogramTest, ExampleByHand) {
  const Histogram h =
      histogram_of(std::vector<float>{0, 1, 1.5, 2, 3, 4}, linear(4));
  EXPECT_THAT(h.edges, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(h.counts, ElementsAre(1, 2, 1, 2));
  EXPECT_EQ(h.sum, 11.5);
  EXPECT_EQ(h.sum_squares, 32.25);
  EXPECT_EQ(h.num, 6u);
}

TEST(HistogramTest, DefaultIsThirtyBuckets) {
  EXPECT_THAT(histogram_of(std::vector<float>{0, 1}).counts, SizeIs(30));
}

TEST(HistogramTest, ConstantIsOneBucketWithoutWidth) {
  const Histogram h = histogram_of(std::vector<float>(5, 2.5f));
  EXPECT_THAT(h.edges, ElementsAre(2.5, 2.5));
  EXPECT_THAT(h.counts, ElementsAre(5));
}

TEST(HistogramTest, WithoutFiniteValuesThereAreNoEdges) {
  for (const std::vector<double>& values :
       {std::vector<double>{}, std::vector<double>{kNan, kInf, -kInf}}) {
    for (const auto& options :
         {linear(30), tensorflow(), with_edges({0, 1, 2})}) {
      const Histogram h = histogram_of(values, options);
      EXPECT_THAT(h.edges, IsEmpty());
      EXPECT_THAT(h.counts, IsEmpty());
      EXPECT_EQ(h.num, 0u);
      EXPECT_EQ(h.min, 0);
      EXPECT_EQ(h.max, 0);
      EXPECT_EQ(h.sum, 0);
      EXPECT_EQ(h.nan, values.size() / 3);
    }
  }
}

TEST(HistogramTest, BoolsAreOneBucketEach) {
  const bool values[] = {true, false, true};
  const Histogram h = histogram_of(values);
  EXPECT_THAT(h.edges, ElementsAre(0, 1, 1));
  EXPECT_THAT(h.counts, ElementsAre(1, 2));
}

TEST(HistogramTest, FewIntegersAreOneBucketEach) {
  const Histogram h = histogram_of(std::vector<uint8_t>{3, 4, 4, 5, 6, 6, 6});
  EXPECT_THAT(h.edges, ElementsAre(3, 4, 5, 6, 6));
  EXPECT_THAT(h.counts, ElementsAre(1, 2, 1, 3));
}

TEST(HistogramTest, ZeroHasNoSign) {
  const Histogram h = histogram_of(std::vector<float>{-0.f, -0.f});
  EXPECT_FALSE(std::signbit(h.min));
  EXPECT_FALSE(std::signbit(h.max));
  EXPECT_THAT(h.edges, ElementsAre(0, 0));
  EXPECT_THAT(h.counts, ElementsAre(2));
}

TEST(HistogramTest, RangeWiderThanADoubleIsCounted) {
  const std::vector<double> values = {-1.7e308, -1e308, 0, 1.6e308, 1.7e308};
  const Histogram h = histogram_of(values, linear(4));
  EXPECT_EQ(h.counts, Expected(values).counts(h.edges));
  EXPECT_THAT(h.edges, SizeIs(5));
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(h.edges[i] / 1.7e308, -1 + 0.5 * static_cast<double>(i), 1e-14);
  }
  EXPECT_NEAR(h.sum / 1e308, 0.6, 1e-12);
  EXPECT_EQ(h.sum_squares, kInf);
}

TEST(HistogramTest, SumIsInfiniteOnlyWhereADoubleCannotHoldIt) {
  EXPECT_EQ(histogram_of(std::vector<double>(3, 1e308)).sum, kInf);
  EXPECT_EQ(histogram_of(std::vector<double>(3, -1e308)).sum, -kInf);
}

TEST(HistogramTest, RangeOfNeighboursHasTheBucketsThatExist) {
  const double next = std::nextafter(1.0, 2.0);
  const Histogram h = histogram_of(std::vector<double>{1, next, 1});
  EXPECT_THAT(h.edges, ElementsAre(1, next, next));
  EXPECT_THAT(h.counts, ElementsAre(2, 1));
}

TEST(HistogramTest, DenormalsCountAsThemselves) {
  constexpr double kLeast = 0x1p-1074;
  const Histogram h = histogram_of(
      std::vector<double>{0, kLeast, 2 * kLeast, 2 * kLeast, 4 * kLeast},
      linear(4));
  EXPECT_THAT(h.edges,
              ElementsAre(0, kLeast, 2 * kLeast, 3 * kLeast, 4 * kLeast));
  EXPECT_THAT(h.counts, ElementsAre(1, 1, 2, 1));
  EXPECT_EQ(h.sum, 9 * kLeast);

  constexpr float kLeastFloat = 0x1p-149f;
  const Histogram f =
      histogram_of(std::vector<float>{-kLeastFloat, 0, kLeastFloat}, linear(2));
  EXPECT_THAT(f.edges, ElementsAre(-kLeastFloat, 0, kLeastFloat));
  EXPECT_THAT(f.counts, ElementsAre(1, 2));
}

TEST(HistogramTest, DenormalsSpreadOverBucketsAsDefined) {
  std::mt19937_64 random(5);
  std::vector<double> values(2000);
  for (double& x : values) {
    x = std::ldexp(static_cast<double>(random() % 100000), -1074);
  }
  for (int buckets : {1, 3, 30, 1000}) {
    const Histogram h = histogram_of(values, linear(buckets));
    EXPECT_EQ(h.counts, Expected(values).counts(h.edges));
    expect_ascending(h.edges);
  }
}

TEST(HistogramTest, LargeIntegersCountAsTheNearestDouble) {
  constexpr int64_t kBig = (int64_t{1} << 53) + 1;
  const Histogram h =
      histogram_of(std::vector<int64_t>{0, kBig, kBig}, linear(2));
  EXPECT_EQ(h.max, 0x1p53);
  EXPECT_THAT(h.edges, ElementsAre(0, 0x1p52, 0x1p53));
  EXPECT_THAT(h.counts, ElementsAre(1, 2));
  const Histogram u = histogram_of(std::vector<uint64_t>{0, ~uint64_t{0}});
  EXPECT_EQ(u.max, 0x1p64);
  EXPECT_EQ(u.counts.back(), 1u);
  const Histogram i =
      histogram_of(std::vector<int64_t>{std::numeric_limits<int64_t>::min(),
                                        std::numeric_limits<int64_t>::max()});
  EXPECT_EQ(i.counts.front(), 1u);
  EXPECT_EQ(i.counts.back(), 1u);
}

TEST(HistogramTest, TenThousandBucketsAreCounted) {
  std::vector<float> values(5000);
  std::mt19937_64 random(3);
  for (float& x : values) x = static_cast<float>(testing::unit(random));
  const Histogram h = histogram_of(values, linear(10'000));
  expect_ascending(h.edges);
  EXPECT_EQ(h.counts, Expected({values.begin(), values.end()}).counts(h.edges));
}

TEST(HistogramTest, StridesChangeNothing) {
  std::vector<float> memory(1000);
  std::iota(memory.begin(), memory.end(), -300.f);
  const float* p = memory.data() + 500;
  const TensorView views[] = {
      TensorView(p, {10, 8}, {1, 10}),      TensorView(p, {20}, {-3}),
      TensorView(p, {5, 6}, {-40, 7}),      TensorView(p, {3, 4, 5}, {0, 5, 1}),
      TensorView(p, {3, 7, 2}, {1, 0, -9}), TensorView(p, {2, 0})};
  for (const TensorView& view : views) {
    std::vector<double> numbers;
    for (int64_t n = 0; n < view.size(); ++n) {
      int64_t rest = n, offset = 0;
      for (size_t i = view.rank(); i-- > 0;) {
        offset += rest % view.dim(i) * view.stride(i);
        rest /= view.dim(i);
      }
      numbers.push_back(p[offset]);
    }
    expect_as_defined(histogram_of(view), numbers);
  }
}

TEST(HistogramTest, SumsKeepTheirBoundWhereTermsCancel) {
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    values.insert(values.end(), {1e15 + i, 1.0 / 3, -1e15 - i});
  }
  expect_as_defined(histogram_of(values), values);
}

// ---- Scale::kTensorFlow ----

// Known values: 774 positive limits from 1e-12 to 9.920775621859783e+19, as
// TensorBoard's tests and tensorboardX have them.
TEST(TensorFlowGridTest, HasTheKnownLimits) {
  const auto& grid = internal::tensorflow_grid();
  ASSERT_EQ(grid.size(), 1549u);
  EXPECT_EQ(grid[774], 0);
  EXPECT_EQ(grid[775], 1e-12);
  EXPECT_EQ(grid[776], 1.1000000000000002e-12);
  EXPECT_EQ(grid.back(), 9.920775621859783e+19);
  for (size_t i = 0; i < grid.size(); ++i) {
    EXPECT_EQ(grid[i], -grid[grid.size() - 1 - i]);
  }
}

TEST(TensorFlowGridTest, EmptyOuterBucketsAreCut) {
  const Histogram ones = histogram_of(std::vector<float>{1, 1}, tensorflow());
  EXPECT_THAT(ones.counts, ElementsAre(2));
  EXPECT_NEAR(ones.edges[0], 0.917, 1e-3);
  EXPECT_NEAR(ones.edges[1], 1.00897, 1e-5);
  const Histogram zero = histogram_of(std::vector<float>{0}, tensorflow());
  EXPECT_THAT(zero.edges, ElementsAre(0, 1e-12));
  EXPECT_THAT(zero.counts, ElementsAre(1));
  // 583 limits, of which the first is an empty bucket in front: the left edge.
  EXPECT_THAT(histogram_of(std::vector<float>{-1, 1}, tensorflow()).edges,
              SizeIs(583));
}

TEST(TensorFlowGridTest, WhatLiesBeyondHasFiniteEdges) {
  const std::vector<double> values = {-1e30, 0, 1e25, 1e300};
  const Histogram h = histogram_of(values, tensorflow());
  EXPECT_EQ(h.edges.front(), -1e30);
  EXPECT_EQ(h.edges[1], -9.920775621859783e+19);
  EXPECT_EQ(h.edges.back(), 1e300);
  EXPECT_EQ(h.counts.front(), 1u);
  EXPECT_EQ(h.counts.back(), 2u);
  EXPECT_EQ(h.counts, Expected(values).counts(h.edges));
}

TEST(TensorFlowGridTest, LastLimitItselfIsCounted) {
  const double last = internal::tensorflow_grid().back();
  const Histogram h = histogram_of(std::vector<double>{last}, tensorflow());
  EXPECT_THAT(h.edges, ElementsAre(last, last));
  EXPECT_THAT(h.counts, ElementsAre(1));
  const Histogram n = histogram_of(std::vector<double>{-last}, tensorflow());
  EXPECT_EQ(n.edges.front(), -last);
  EXPECT_THAT(n.counts, ElementsAre(1));
}

// ---- Scale::kExplicit ----

TEST(ExplicitEdgesTest, ValuesOutsideEnterTheMomentsOnly) {
  const Histogram h =
      histogram_of(std::vector<float>{-5, 0, 1, 2, 9}, with_edges({0, 1, 2}));
  EXPECT_THAT(h.edges, ElementsAre(0, 1, 2));
  EXPECT_THAT(h.counts, ElementsAre(1, 2));
  EXPECT_EQ(h.num, 5u);
  EXPECT_EQ(h.min, -5);
  EXPECT_EQ(h.max, 9);
  EXPECT_EQ(h.sum, 7);
}

TEST(ExplicitEdgesTest, AreNotRoundedToTheType) {
  const Histogram h =
      histogram_of(std::vector<int>{0, 1}, with_edges({-0.5, 0.5, 1.5}));
  EXPECT_THAT(h.edges, ElementsAre(-0.5, 0.5, 1.5));
  EXPECT_THAT(h.counts, ElementsAre(1, 1));
}

// ---- Refusals ----

TEST(HistogramRefusalTest, OptionsOutOfRange) {
  const std::vector<float> x = {1};
  EXPECT_THAT(compute_histogram(x, linear(0)),
              StatusIs(kInvalid, HasSubstr("0")));
  EXPECT_THAT(compute_histogram(x, linear(10'001)),
              StatusIs(kInvalid, HasSubstr("10001")));
  EXPECT_THAT(compute_histogram(x, {30, static_cast<Scale>(9), {}}),
              StatusIs(kInvalid, HasSubstr("scale")));
  for (const std::vector<double>& edges : {std::vector<double>{},
                                           {1},
                                           {1, 1},
                                           {2, 1},
                                           {0, kNan},
                                           {0, kInf},
                                           {-kInf, 0},
                                           std::vector<double>(10'002)}) {
    EXPECT_THAT(compute_histogram(x, with_edges(edges)),
                StatusIs(kInvalid, HasSubstr("edge")));
  }
}

TEST(HistogramRefusalTest, ViewsWithoutADistribution) {
  const std::vector<std::complex<float>> c = {1};
  EXPECT_THAT(compute_histogram(c), StatusIs(kInvalid, HasSubstr("complex64")));
  EXPECT_THAT(compute_stats(c), StatusIs(kInvalid, HasSubstr("complex64")));
  const uint8_t byte = 0;
  EXPECT_THAT(compute_histogram(TensorView::invalid("it is sparse")),
              StatusIs(kInvalid, "it is sparse"));
  EXPECT_THAT(compute_stats(TensorView::invalid("it is sparse")),
              StatusIs(kInvalid, "it is sparse"));
  EXPECT_THAT(
      compute_histogram(TensorView(&byte, {}).on_device(Device::kCuda, 0, {})),
      StatusIs(kInvalid, HasSubstr("device")));
}

}  // namespace
}  // namespace tblog
