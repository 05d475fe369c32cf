// SPDX-License-Identifier: Apache-2.0

#include "src/summary/image.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

TEST(ImageSummaryTest, IsAsGeneratedCodeWritesIt) {
  const std::string png = std::string("\x89PNG\0\xff", 6);
  proto::TensorProto tensor = tensor_of(proto::DT_STRING, {3});
  tensor.add_string_val("640");
  tensor.add_string_val("48");
  tensor.add_string_val(png);
  EXPECT_EQ(encode_image_summary(640, 48, png), bytes_of(tensor));
}

TEST(ImageSummaryTest, ABatchIsOneValue) {
  proto::TensorProto tensor = tensor_of(proto::DT_STRING, {4});
  for (const char* text : {"7", "5", "first", "second"})
    tensor.add_string_val(text);
  const std::string_view images[] = {"first", "second"};
  EXPECT_EQ(encode_image_summary(7, 5, images), bytes_of(tensor));
}

TEST(ImageSummaryTest, LargeSides) {
  const auto read =
      parsed<proto::TensorProto>(encode_image_summary(65535, 1, "x"));
  EXPECT_EQ(read.string_val(0), "65535");
  EXPECT_EQ(read.string_val(1), "1");
}

}  // namespace
}  // namespace tblog::internal
