// SPDX-License-Identifier: Apache-2.0

#include "src/reader/plain_value.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "src/base/strings.h"
#include "src/reader/value_decoder.h"
#include "tests/reader/event_builder.h"
#include "tests/reader/hostile.h"

namespace tblog::internal {
namespace {

using tblog::proto::TensorProto;
using tblog::testing::double_tensor;
using tblog::testing::mutated;
using tblog::testing::named;
using tblog::testing::old_histogram;
using tblog::testing::string_tensor;
using Value = proto::Summary::Value;

Value content_tensor(proto::DataType dtype, std::vector<int64_t> shape,
                     const std::string& content) {
  Value value = named("x");
  TensorProto& tensor = *value.mutable_tensor();
  tensor.set_dtype(dtype);
  for (const int64_t dim : shape)
    tensor.mutable_tensor_shape()->add_dim()->set_size(dim);
  tensor.set_tensor_content(content);
  return value;
}

Value old_image() {
  Value value = named("x");
  value.mutable_image()->set_width(1);
  value.mutable_image()->set_encoded_image_string("png");
  return value;
}

Value old_audio() {
  Value value = named("x");
  value.mutable_audio()->set_sample_rate(8000);
  value.mutable_audio()->set_content_type("audio/wav");
  return value;
}

struct Example {
  ValueKind kind;
  Value value;
};

// As writers encode them.
std::vector<Example> examples() {
  return {
      {ValueKind::kHistogram,
       double_tensor("x", "histograms", {2, 3}, {0, 1, 5, 1, 2, 6})},
      {ValueKind::kHistogram,
       content_tensor(proto::DT_DOUBLE, {1, 3}, std::string(24, '?'))},
      {ValueKind::kHistogram,
       content_tensor(proto::DT_FLOAT, {1, 3}, std::string(12, '?'))},
      {ValueKind::kHistogram,
       old_histogram("x", -1, 4, {-1, 0, 2, 5, 6}, {0, 2, 0, 3, 0})},
      {ValueKind::kHistogram, old_histogram("x", 0, 0, {}, {})},
      {ValueKind::kImage, string_tensor("x", "", {3}, {"2", "3", "png"})},
      {ValueKind::kImage, old_image()},
      {ValueKind::kAudio, string_tensor("x", "", {1, 2}, {"wav", "label"})},
      {ValueKind::kAudio, old_audio()},
      {ValueKind::kText, string_tensor("x", "text", {2}, {"a", "ä"})},
      {ValueKind::kText, string_tensor("x", "text", {}, {"a"})},
      {ValueKind::kTensor,
       content_tensor(proto::DT_BFLOAT16, {2, 1, 2}, "12345678")},
      {ValueKind::kTensor, content_tensor(proto::DT_INT64, {}, "12345678")},
      {ValueKind::kOther, double_tensor("x", "mine", {}, {1})},
  };
}

bool is_plain(ValueKind kind, std::string_view encoded) {
  ValueView view;
  return parse_value(encoded, &view) && is_plain_and_right(kind, view);
}

TEST(PlainValueTest, WhatWritersWriteIsPlain) {
  for (const Example& example : examples()) {
    EXPECT_TRUE(is_plain(example.kind, example.value.SerializeAsString()))
        << example.value.ShortDebugString();
  }
}

TEST(PlainValueTest, WhatTheGeneratedClassesMustDecideIsNot) {
  Value name = double_tensor("x", "histograms", {1, 3}, {0, 1, 5});
  name.set_node_name("n");
  EXPECT_FALSE(is_plain(ValueKind::kHistogram, name.SerializeAsString()));
  const std::string one =
      double_tensor("x", "histograms", {1, 3}, {0, 1, 5}).SerializeAsString();
  EXPECT_FALSE(is_plain(ValueKind::kHistogram, one + one));
  for (const std::initializer_list<int64_t> shape :
       std::vector<std::initializer_list<int64_t>>{
           {3, 1}, {3}, {2, 3}, {}, {0, 3}, {1, 3, 1}}) {
    EXPECT_FALSE(is_plain(ValueKind::kHistogram,
                          double_tensor("x", "histograms", shape, {0, 1, 5})
                              .SerializeAsString()));
  }
  const std::string int_histogram =
      content_tensor(proto::DT_INT64, {1, 3}, std::string(24, '?'))
          .SerializeAsString();
  EXPECT_FALSE(is_plain(ValueKind::kHistogram, int_histogram));
  EXPECT_FALSE(is_plain(
      ValueKind::kImage,
      string_tensor("x", "", {3}, {"2", "-3", "png"}).SerializeAsString()));
  EXPECT_FALSE(
      is_plain(ValueKind::kText,
               string_tensor("x", "", {1}, {"\xff"}).SerializeAsString()));
}

// Who is sure must be right: over values of all kinds and damage of all sorts.
TEST(PlainValueTest, NeverContradictsTheGeneratedClasses) {
  std::mt19937 random(1);
  int plain = 0;
  for (int i = 0; i < 2'000; ++i) {
    for (const Example& example : examples()) {
      const std::string encoded =
          mutated(example.value.SerializeAsString(), random);
      ValueView view;
      if (!parse_value(encoded, &view) || !is_valid_utf8(view.tag)) continue;
      // Whose metadata nobody can read has been skipped before.
      if (view.has_metadata && !decode_metadata(view).ok()) continue;
      if (!is_plain_and_right(example.kind, view)) continue;
      ++plain;
      Value value;
      ASSERT_TRUE(parse_message(encoded, &value).ok())
          << example.value.ShortDebugString() << " became " << escaped(encoded);
      ASSERT_TRUE(check_value(example.kind, value).ok());
      if (example.kind != ValueKind::kHistogram) continue;
      const auto quick = decode_plain_histogram(view);
      const auto slow = decode_histogram(value);
      ASSERT_TRUE(quick.has_value() && slow.ok());
      ASSERT_EQ(quick->buckets.size(), slow->buckets.size());
      if (quick->buckets.empty()) continue;
      // Bit for bit: they may be NaN.
      ASSERT_EQ(std::memcmp(quick->buckets.data(), slow->buckets.data(),
                            quick->buckets.size() * sizeof(HistogramBucket)),
                0);
    }
  }
  EXPECT_GT(plain, 1'000);
}

}  // namespace
}  // namespace tblog::internal
