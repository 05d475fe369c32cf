// SPDX-License-Identifier: Apache-2.0

#include "src/hook/fine_grid.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "src/hook/merged_histogram.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;

// How many of `values` lie in each bucket that is moved by `shift`.
uint64_t below(const std::vector<double>& values, double x) {
  return static_cast<uint64_t>(std::count_if(values.begin(), values.end(),
                                             [&](double v) { return v < x; }));
}

// Checks that each cumulated count is that of an edge moved by at most
// range/2000.
void expect_near(const FineGrid& grid, const std::vector<double>& values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  const double range = *hi - *lo;
  std::vector<double> edges;
  for (int i = 0; i <= 30; ++i) edges.push_back(*lo + range * (i / 30.0));
  edges.back() = *hi;
  const std::vector<uint64_t> counts = grid.rebin(edges);
  uint64_t sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    if (i + 1 == counts.size()) break;
    EXPECT_GE(sum, below(values, edges[i + 1] - range / 2000));
    EXPECT_LE(sum, below(values, edges[i + 1] + range / 2000));
  }
  EXPECT_EQ(sum, values.size());
}

void add(FineGrid& grid, const std::vector<double>& values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  grid.add(values, *lo, *hi);
}

TEST(FineGridTest, KnowsEachPlaceToATwoThousandthOfTheRange) {
  std::mt19937_64 random(7);
  for (const double scale : {1.0, 1e-300, 1e300, 1e-12}) {
    for (const double offset : {0.0, 1.0, -1000.0}) {
      std::normal_distribution<double> normal(offset, 1);
      FineGrid grid;
      std::vector<double> all;
      for (int part = 1; part < 20; ++part) {
        std::vector<double> values(200);
        for (double& v : values) v = normal(random) * scale * part;
        add(grid, values);
        all.insert(all.end(), values.begin(), values.end());
      }
      expect_near(grid, all);
    }
  }
}

TEST(FineGridTest, GrowsFromAConstantToTheWholeRangeOfDoubles) {
  constexpr double kMax = std::numeric_limits<double>::max();
  FineGrid grid;
  add(grid, {5e-324, 5e-324});
  EXPECT_THAT(grid.rebin({5e-324, 5e-324}), ElementsAre(2));
  add(grid, {0.0});
  add(grid, {-kMax, kMax});
  EXPECT_THAT(grid.rebin({-kMax, -1, 1, kMax}), ElementsAre(1, 0, 4));
}

TEST(FineGridTest, JoinsOthersInAnyOrder) {
  const std::vector<double> a{1, 2, 3};
  const std::vector<double> b{-500, 500};
  for (const bool swap : {false, true}) {
    FineGrid one;
    FineGrid two;
    add(one, swap ? b : a);
    add(two, swap ? a : b);
    one.add(two);
    EXPECT_THAT(one.rebin({-500, -100, 100, 500}), ElementsAre(1, 3, 1));
  }
}

// ---- MergedHistogram ----

Histogram merged(const std::vector<std::vector<double>>& parts,
                 const HistogramOptions& options, bool more_expected) {
  MergedHistogram all(options);
  for (size_t i = 0; i < parts.size(); ++i) {
    all.add(*make_part(parts[i], options, i == 0, more_expected));
  }
  return all.result();
}

TEST(MergedHistogramTest, OnePartIsItsOwnHistogram) {
  const std::vector<double> values{1, 2, 2, 9};
  const Histogram one = merged({values}, {}, true);
  const Histogram expected = *compute_histogram(values);
  EXPECT_EQ(one.edges, expected.edges);
  EXPECT_EQ(one.counts, expected.counts);
}

TEST(MergedHistogramTest, FixedEdgesAreExact) {
  HistogramOptions tensorflow;
  tensorflow.scale = Scale::kTensorFlow;
  HistogramOptions own;
  own.scale = Scale::kExplicit;
  own.edges = {-10, 0, 1, 10};
  const std::vector<double> a{-3, 1e-3, 7};
  const std::vector<double> b{1e6, 1e6, 2e-3};
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  for (const HistogramOptions& options : {tensorflow, own}) {
    const Histogram h = merged({a, b}, options, false);
    const Histogram expected = *compute_histogram(all, options);
    EXPECT_EQ(h.num, expected.num);
    EXPECT_EQ(h.min, expected.min);
    EXPECT_EQ(h.max, expected.max);
    // The grid's parts may have a gap between them: equal where it counts.
    for (size_t i = 0; i < h.counts.size(); ++i) {
      if (h.counts[i] == 0) continue;
      const auto at =
          std::find(expected.edges.begin(), expected.edges.end(), h.edges[i]);
      ASSERT_NE(at, expected.edges.end());
      EXPECT_EQ(
          h.counts[i],
          expected.counts[static_cast<size_t>(at - expected.edges.begin())]);
    }
  }
}

TEST(MergedHistogramTest, KeepsMomentsAndNonFiniteCounts) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const bool more_expected : {false, true}) {
    const Histogram h =
        merged({{inf, 1}, {std::nan(""), -inf}, {3, 5}}, {}, more_expected);
    EXPECT_EQ(h.num, 3u);
    EXPECT_EQ(h.nan + h.pos_inf * 10 + h.neg_inf * 100, 111u);
    EXPECT_EQ(h.min, 1);
    EXPECT_EQ(h.max, 5);
    EXPECT_EQ(h.sum, 9);
    uint64_t sum = 0;
    for (const uint64_t count : h.counts) sum += count;
    EXPECT_EQ(sum, 3u);
  }
}

TEST(MergedHistogramTest, NothingFiniteHasNoBuckets) {
  const Histogram h = merged({{std::nan("")}, {}}, {}, false);
  EXPECT_EQ(h.nan, 1u);
  EXPECT_TRUE(h.edges.empty());
}

}  // namespace
}  // namespace tblog::internal
