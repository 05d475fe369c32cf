// SPDX-License-Identifier: Apache-2.0

#include "src/summary/text.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

TEST(TextTest, IsAsGeneratedCodeWritesIt) {
  for (size_t size : {0u, 1u, 127u, 128u, 70'000u}) {
    const std::string text(size, 'x');
    proto::TensorProto tensor = tensor_of(proto::DT_STRING, {});
    tensor.add_string_val(text);
    EXPECT_EQ(encode_text(text), bytes_of(tensor));
  }
}

TEST(TextTest, KeepsNulAndUnicode) {
  const std::string text("größe\0∑", 11);
  const auto read = parsed<proto::TensorProto>(encode_text(text));
  ASSERT_EQ(read.string_val_size(), 1);
  EXPECT_EQ(read.string_val(0), text);
}

}  // namespace
}  // namespace tblog::internal
