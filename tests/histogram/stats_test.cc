// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tblog/histogram.h"
#include "tests/histogram/oracle.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

using testing::distributions;
using ::testing::ElementsAre;
using testing::Expected;
using ::testing::HasSubstr;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TensorStats stats_of(const TensorView& view) {
  absl::StatusOr<TensorStats> stats = compute_stats(view);
  EXPECT_THAT(stats, testing::IsOk());
  return stats.ok() ? *stats : TensorStats();
}

void expect_near(double actual, long double expected, long double scale,
                 double relative = 1e-12) {
  EXPECT_NEAR(actual, static_cast<double>(expected),
              relative * static_cast<double>(scale));
}

void expect_as_defined(const TensorStats& s,
                       const std::vector<double>& numbers) {
  const Expected expected(numbers);
  EXPECT_EQ(s.num, expected.finite.size());
  EXPECT_EQ(s.nan, expected.nan);
  EXPECT_EQ(s.pos_inf, expected.pos_inf);
  EXPECT_EQ(s.neg_inf, expected.neg_inf);
  EXPECT_EQ(s.zeros, expected.zeros);
  EXPECT_EQ(s.min, expected.min);
  EXPECT_EQ(s.max, expected.max);
  const double n = std::max<double>(1, static_cast<double>(s.num));
  expect_near(s.sum, expected.sum, expected.sum_abs);
  expect_near(s.l1, expected.sum_abs, expected.sum_abs);
  expect_near(s.sum_squares, expected.sum_squares, expected.sum_squares);
  expect_near(s.l2, std::sqrt(expected.sum_squares),
              std::sqrt(expected.sum_squares));
  expect_near(s.mean, expected.mean(), expected.sum_abs / n);
  // The mean's own rounding is what std can not be better than.
  expect_near(s.std, expected.std(),
              expected.std() + expected.sum_abs / n * 1e-3L);
  const double all = static_cast<double>(numbers.size());
  EXPECT_EQ(s.zero_fraction,
            s.num == 0 ? 0 : static_cast<double>(expected.zeros) / all);
}

TEST(StatsTest, AreThoseOfTheDefinition) {
  for (const auto& distribution : distributions()) {
    for (const size_t size : {0, 1, 2, 3, 4, 5, 7, 1023, 1024, 1025, 10'000}) {
      SCOPED_TRACE(distribution.name + " " + std::to_string(size));
      std::mt19937_64 random(size);
      std::vector<double> values;
      std::vector<float> floats;
      std::vector<double> float_numbers;
      for (size_t i = 0; i < size; ++i) {
        values.push_back(distribution.draw(random));
        floats.push_back(static_cast<float>(values.back()));
        float_numbers.push_back(floats.back());
      }
      expect_as_defined(stats_of(values), values);
      expect_as_defined(stats_of(floats), float_numbers);
    }
  }
}

TEST(StatsTest, ExampleByHand) {
  const TensorStats s =
      stats_of(std::vector<float>{3, 0, -4, static_cast<float>(kNan)});
  EXPECT_EQ(s.num, 3u);
  EXPECT_EQ(s.sum, -1);
  EXPECT_EQ(s.l1, 7);
  EXPECT_EQ(s.l2, 5);
  EXPECT_EQ(s.sum_squares, 25);
  EXPECT_EQ(s.zero_fraction, 0.25);
  EXPECT_NEAR(s.mean, -1.0 / 3, 1e-15);
  EXPECT_NEAR(s.std, std::sqrt(25.0 / 3 - 1.0 / 9), 1e-14);
}

TEST(StatsTest, BothZerosCountAndHaveNoSign) {
  const TensorStats s = stats_of(std::vector<double>{-0.0, -0.0});
  EXPECT_EQ(s.zeros, 2u);
  EXPECT_EQ(s.zero_fraction, 1);
  EXPECT_FALSE(std::signbit(s.min));
  EXPECT_FALSE(std::signbit(s.max));
  EXPECT_FALSE(std::signbit(s.mean));
}

TEST(StatsTest, ConstantHasNoDeviation) {
  const TensorStats s = stats_of(std::vector<double>(3001, 0.1));
  EXPECT_EQ(s.mean, 0.1);
  EXPECT_EQ(s.std, 0);
}

TEST(StatsTest, SmallDeviationFarFromZeroKeepsItsDigits) {
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(1e9 + (i % 2));
  EXPECT_NEAR(stats_of(values).std, 0.5, 1e-9);
}

TEST(StatsTest, NothingOverflowsThatADoubleCanHold) {
  const TensorStats s = stats_of(std::vector<double>{1.7e308, -1.7e308, 1e308});
  EXPECT_NEAR(s.sum / 1e308, 1, 1e-12);
  EXPECT_NEAR(s.mean / 1e308, 1.0 / 3, 1e-12);
  EXPECT_EQ(s.l1, kInf);
  EXPECT_EQ(s.sum_squares, kInf);
  EXPECT_EQ(s.l2, kInf);
  // (1.7² + 1.7² + 1²) / 3 - 1/9.
  EXPECT_NEAR(s.std / 1e308, std::sqrt(6.78 / 3 - 1.0 / 9), 1e-12);
  EXPECT_NEAR(stats_of(std::vector<double>{3e200, 4e200}).l2 / 1e200, 5, 1e-12);
}

TEST(StatsTest, NothingVanishesThatADoubleCanHold) {
  const TensorStats s = stats_of(std::vector<double>{3e-200, -4e-200});
  EXPECT_NEAR(s.l2 / 1e-200, 5, 1e-12);
  EXPECT_NEAR(s.std / 1e-200, 3.5, 1e-12);
  constexpr double kLeast = 0x1p-1074;
  const TensorStats d = stats_of(std::vector<double>{3 * kLeast, 4 * kLeast});
  EXPECT_EQ(d.l1, 7 * kLeast);
  EXPECT_EQ(d.l2, 5 * kLeast);
  EXPECT_EQ(d.sum, 7 * kLeast);
}

TEST(StatsTest, NonFiniteAmongHugeValuesIsCountedApart) {
  const TensorStats s =
      stats_of(std::vector<double>{1e300, kNan, kInf, -1e300, -kInf, kNan});
  EXPECT_EQ(s.num, 2u);
  EXPECT_EQ(s.nan, 2u);
  EXPECT_EQ(s.pos_inf, 1u);
  EXPECT_EQ(s.neg_inf, 1u);
  EXPECT_EQ(s.sum, 0);
  EXPECT_NEAR(s.std / 1e300, 1, 1e-12);
}

// ---- Merging ----

TEST(MergeStatsTest, PartsGiveTheWhole) {
  for (const auto& distribution : distributions()) {
    SCOPED_TRACE(distribution.name);
    std::mt19937_64 random(11);
    std::vector<double> whole;
    TensorStats merged;
    for (size_t size : {0, 1, 1500, 0, 37}) {
      std::vector<double> part;
      for (size_t i = 0; i < size; ++i) {
        part.push_back(distribution.draw(random));
      }
      whole.insert(whole.end(), part.begin(), part.end());
      merged = merge_stats(merged, stats_of(part));
      expect_as_defined(merged, whole);
    }
  }
}

TEST(MergeStatsTest, HugeMeansDoNotOverflow) {
  const TensorStats merged =
      merge_stats(stats_of(std::vector<double>{1.6e308}),
                  stats_of(std::vector<double>{-1.6e308}));
  EXPECT_EQ(merged.mean, 0);
  EXPECT_NEAR(merged.std / 1.6e308, 1, 1e-12);
}

TEST(MergeTest, PartsWithTheSameEdgesGiveTheWhole) {
  const HistogramOptions options = {
      30, Scale::kExplicit, {-3, -1, 0, 0.5, 2, 9}};
  for (const auto& distribution : distributions()) {
    SCOPED_TRACE(distribution.name);
    std::mt19937_64 random(12);
    std::vector<double> whole;
    Histogram merged;
    for (size_t size : {0, 700, 1, 1500}) {
      std::vector<double> part;
      for (size_t i = 0; i < size; ++i) {
        part.push_back(distribution.draw(random));
      }
      whole.insert(whole.end(), part.begin(), part.end());
      merged = merge(merged, compute_histogram(part, options).value()).value();
    }
    const Histogram expected = compute_histogram(whole, options).value();
    EXPECT_EQ(merged.edges, expected.edges);
    EXPECT_EQ(merged.counts, expected.counts);
    EXPECT_EQ(merged.num, expected.num);
    EXPECT_EQ(merged.nan, expected.nan);
    EXPECT_EQ(merged.pos_inf, expected.pos_inf);
    EXPECT_EQ(merged.neg_inf, expected.neg_inf);
    EXPECT_EQ(merged.min, expected.min);
    EXPECT_EQ(merged.max, expected.max);
    const Expected numbers(whole);
    expect_near(merged.sum, expected.sum, numbers.sum_abs);
    expect_near(merged.sum_squares, expected.sum_squares, numbers.sum_squares);
  }
}

TEST(MergeTest, OrderOfThePartsDoesNotMatter) {
  const HistogramOptions options = {30, Scale::kExplicit, {0, 1, 2}};
  const auto a = compute_histogram(std::vector<float>{0.5, 1.5}, options);
  const auto b = compute_histogram(std::vector<float>{-7, 2}, options);
  const Histogram ab = merge(*a, *b).value(), ba = merge(*b, *a).value();
  EXPECT_THAT(ab.counts, ElementsAre(1, 2));
  EXPECT_EQ(ab.counts, ba.counts);
  EXPECT_EQ(ab.min, -7);
  EXPECT_EQ(ba.min, -7);
  EXPECT_EQ(ab.max, 2);
  EXPECT_EQ(ab.sum, ba.sum);
}

TEST(MergeTest, ShardsAgreeOnEdgesByTheirMergedStats) {
  const std::vector<float> a = {0, 1, 2}, b = {7, 8};
  const TensorStats both = merge_stats(stats_of(a), stats_of(b));
  const HistogramOptions options = {
      30, Scale::kExplicit, {both.min, (both.min + both.max) / 2, both.max}};
  const auto merged = merge(compute_histogram(a, options).value(),
                            compute_histogram(b, options).value());
  EXPECT_THAT(merged->counts, ElementsAre(3, 2));
}

TEST(MergeTest, OnlyNonFinitePartAddsItsCounts) {
  const auto a = compute_histogram(std::vector<double>{kNan, kInf});
  const auto b = compute_histogram(std::vector<double>{5, kNan});
  for (const auto& merged : {merge(*a, *b), merge(*b, *a)}) {
    EXPECT_EQ(merged->nan, 2u);
    EXPECT_EQ(merged->pos_inf, 1u);
    EXPECT_EQ(merged->num, 1u);
    EXPECT_EQ(merged->min, 5);
    EXPECT_EQ(merged->max, 5);
    EXPECT_THAT(merged->edges, ElementsAre(5, 5));
  }
}

TEST(MergeTest, RefusesDifferentEdges) {
  const auto a = compute_histogram(std::vector<float>{0, 1});
  const auto b = compute_histogram(std::vector<float>{0, 2});
  EXPECT_THAT(merge(*a, *b),
              testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("different edges")));
}

TEST(MergeTest, RefusesCountsThatDoNotFitTheEdges) {
  Histogram damaged = *compute_histogram(std::vector<float>{0, 1});
  damaged.counts.pop_back();
  for (const auto& merged :
       {merge(damaged, Histogram()), merge(Histogram(), damaged)}) {
    EXPECT_THAT(merged, testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("31 edges for 29 counts")));
  }
}

}  // namespace
}  // namespace tblog
