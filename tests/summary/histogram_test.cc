// SPDX-License-Identifier: Apache-2.0

#include "src/summary/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

Histogram histogram_of(std::vector<double> edges,
                       std::vector<uint64_t> counts) {
  Histogram histogram;
  histogram.edges = std::move(edges);
  histogram.counts = std::move(counts);
  return histogram;
}

// Rows (left, right, count) in the host's order, which is little-endian where
// the tests run.
std::string content(const std::vector<double>& numbers) {
  std::string bytes(numbers.size() * 8, '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

void expect_encodes(const Histogram& histogram, int64_t rows,
                    const std::vector<double>& numbers) {
  proto::TensorProto tensor = tensor_of(proto::DT_DOUBLE, {rows, 3});
  tensor.set_tensor_content(content(numbers));
  const auto encoded = encode_histogram(histogram);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(*encoded, bytes_of(tensor));
}

TEST(HistogramSummaryTest, IsAsGeneratedCodeWritesIt) {
  expect_encodes(histogram_of({-1, 0, 2.5}, {3, 4}), 2, {-1, 0, 3, 0, 2.5, 4});
}

TEST(HistogramSummaryTest, WithoutBucketsTheShapeIsZeroByThree) {
  expect_encodes(histogram_of({}, {}), 0, {});
}

TEST(HistogramSummaryTest, AConstantHasOneBucketWithoutWidth) {
  expect_encodes(histogram_of({7, 7}, {5}), 1, {7, 7, 5});
}

TEST(HistogramSummaryTest, ExtremeEdgesAndCounts) {
  using Limits = std::numeric_limits<double>;
  expect_encodes(histogram_of({Limits::lowest(), -0.0, Limits::denorm_min(),
                               Limits::max()},
                              {0, 1, uint64_t{1} << 53}),
                 3,
                 {Limits::lowest(), -0.0, 0, -0.0, Limits::denorm_min(), 1,
                  Limits::denorm_min(), Limits::max(), 9007199254740992.0});
}

TEST(HistogramSummaryTest, RandomHistograms) {
  std::mt19937_64 random(1);
  for (int buckets : {1, 2, 29, 30, 127, 128, 1000}) {
    std::vector<double> edges = {-1e3};
    std::vector<uint64_t> counts;
    std::vector<double> numbers;
    for (int i = 0; i < buckets; ++i) {
      edges.push_back(edges.back() + static_cast<double>(random() % 100));
      counts.push_back(random() >> 12);
      numbers.insert(numbers.end(), {edges[edges.size() - 2], edges.back(),
                                     static_cast<double>(counts.back())});
    }
    expect_encodes(histogram_of(edges, counts), buckets, numbers);
  }
}

TEST(HistogramSummaryTest, RefusesWhatTheChartsBreakOn) {
  const double nan = std::nan("");
  for (const Histogram& bad :
       {histogram_of({0, 1}, {}), histogram_of({}, {1}),
        histogram_of({0, 1}, {1, 1}), histogram_of({0, 1, 2, 3}, {1, 1}),
        histogram_of({0}, {}), histogram_of({1, 0}, {1}),
        histogram_of({0, 2, 1}, {1, 1}), histogram_of({nan, 1}, {1}),
        histogram_of({0, nan}, {1}), histogram_of({0, INFINITY}, {1}),
        histogram_of({-INFINITY, 1}, {1})}) {
    EXPECT_EQ(encode_histogram(bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad.edges.size();
  }
}

}  // namespace
}  // namespace tblog::internal
