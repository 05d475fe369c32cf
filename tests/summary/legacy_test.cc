// SPDX-License-Identifier: Apache-2.0

#include "src/summary/legacy.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "src/summary/scalar.h"
#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

std::string value_of(const proto::Summary::Value& value) {
  proto::Summary summary;
  *summary.add_value() = value;
  return bytes_of(summary);
}

TEST(LegacyTest, ScalarsAreAsGeneratedCodeWritesThem) {
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto number = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (number != number) continue;  // not equal to itself when compared below
    proto::Summary::Value value;
    value.set_tag(std::string(1 + random() % 300, 't'));
    value.set_simple_value(number);
    std::string from_head;
    append_scalar(from_head, encode_legacy_scalar_head(value.tag()), number);
    EXPECT_EQ(from_head, value_of(value));
    std::string whole;
    append_legacy_scalar(whole, value.tag(), number, "");
    EXPECT_EQ(whole, value_of(value));
  }
}

TEST(LegacyTest, ScalarsCarryMetadataWhereThereIsSome) {
  proto::Summary::Value value;
  value.set_tag("loss");
  value.set_simple_value(2.5f);
  value.mutable_metadata()->set_display_name("Loss");
  std::string out;
  append_legacy_scalar(out, "loss", 2.5f, bytes_of(value.metadata()));
  EXPECT_EQ(parsed<proto::Summary>(out).value(0).DebugString(),
            value.DebugString());
}

TEST(LegacyTest, HistogramsBeginAndEndWithABucketThatIsNotEmpty) {
  Histogram histogram;
  histogram.min = 1, histogram.max = 4, histogram.num = 3;
  histogram.sum = 7, histogram.sum_squares = 21;
  histogram.edges = {0, 1, 2, 3, 4, 5};
  histogram.counts = {0, 1, 0, 2, 0};
  proto::HistogramProto expected;
  expected.set_min(1);
  expected.set_max(4);
  expected.set_num(3);
  expected.set_sum(7);
  expected.set_sum_squares(21);
  for (double limit : {2, 3, 4}) expected.add_bucket_limit(limit);
  for (double count : {1, 0, 2}) expected.add_bucket(count);
  EXPECT_EQ(encode_legacy_histogram(histogram).value(), bytes_of(expected));
}

TEST(LegacyTest, HistogramsOfRandomCountsAreAsGeneratedCodeWritesThem) {
  std::mt19937 random(11);
  for (int i = 0; i < 300; ++i) {
    Histogram histogram;
    proto::HistogramProto expected;
    const size_t buckets = random() % 40;
    if (buckets > 0) histogram.edges.push_back(-1e300);
    for (size_t b = 0; b < buckets; ++b) {
      histogram.edges.push_back(histogram.edges.back() +
                                1e298 * (random() % 7));
      histogram.counts.push_back(1 + random());
      expected.add_bucket_limit(histogram.edges.back());
      expected.add_bucket(static_cast<double>(histogram.counts.back()));
    }
    histogram.min = -static_cast<double>(random());
    histogram.max = std::numeric_limits<double>::max();
    histogram.num = std::numeric_limits<uint64_t>::max();
    histogram.sum = -0.0;
    histogram.sum_squares = 5e-324;
    expected.set_min(histogram.min);
    expected.set_max(histogram.max);
    expected.set_num(static_cast<double>(histogram.num));
    expected.set_sum(histogram.sum);
    expected.set_sum_squares(histogram.sum_squares);
    EXPECT_EQ(encode_legacy_histogram(histogram).value(), bytes_of(expected));
  }
}

TEST(LegacyTest, HistogramsWithoutCountsHaveNoBuckets) {
  Histogram histogram;
  histogram.edges = {1, 1};
  histogram.counts = {0};
  const auto proto =
      parsed<proto::HistogramProto>(encode_legacy_histogram(histogram).value());
  EXPECT_EQ(proto.bucket_size(), 0);
  EXPECT_EQ(proto.bucket_limit_size(), 0);
}

TEST(LegacyTest, BadHistogramsAreRefused) {
  Histogram histogram;
  histogram.edges = {1, 0};
  histogram.counts = {1};
  EXPECT_FALSE(encode_legacy_histogram(histogram).ok());
}

TEST(LegacyTest, ImagesAreAsGeneratedCodeWritesThem) {
  proto::Summary::Image image;
  image.set_width(65'535);
  image.set_height(1);
  image.set_colorspace(4);
  image.set_encoded_image_string(std::string("\x89PNG\0", 5));
  EXPECT_EQ(encode_legacy_image(65'535, 1, 4, image.encoded_image_string()),
            bytes_of(image));
}

}  // namespace
}  // namespace tblog::internal
