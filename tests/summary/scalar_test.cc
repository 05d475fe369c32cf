// SPDX-License-Identifier: Apache-2.0

#include "src/summary/scalar.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

proto::TensorProto tensor(float value) {
  proto::TensorProto tensor = tensor_of(proto::DT_FLOAT, {});
  tensor.add_float_val(value);
  return tensor;
}

std::vector<float> interesting_values() {
  using Limits = std::numeric_limits<float>;
  std::vector<float> values = {0.0f,
                               -0.0f,
                               1.0f,
                               -1.5f,
                               Limits::max(),
                               Limits::lowest(),
                               Limits::min(),
                               Limits::denorm_min(),
                               Limits::infinity(),
                               -Limits::infinity(),
                               Limits::quiet_NaN()};
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i)
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
  return values;
}

TEST(ScalarTest, IsAsGeneratedCodeWritesIt) {
  for (float value : interesting_values()) {
    EXPECT_EQ(encode_scalar(value), bytes_of(tensor(value)));
    EXPECT_EQ(encode_scalar(value).size(), kScalarTensorBytes);
  }
}

TEST(ScalarTest, HeadAndNumberAreAWholeValue) {
  for (size_t tag_size :
       {1u, 4u, 113u, 114u, 115u, 116u, 117u, 118u, 127u, 128u, 300u}) {
    const std::string tag(tag_size, 't');
    for (float value : interesting_values()) {
      proto::Summary summary;
      summary.add_value()->set_tag(tag);
      *summary.mutable_value(0)->mutable_tensor() = tensor(value);
      std::string out = "before";
      append_scalar(out, encode_scalar_head(tag), value);
      std::string place(out.size(), 'x');
      const std::string head = encode_scalar_head(tag);
      EXPECT_EQ(store_scalar(place.data(), head, value),
                place.data() + out.size() - 6);
      EXPECT_EQ("before" + place.substr(0, place.size() - 6), out);
      EXPECT_EQ(out, "before" + bytes_of(summary));
    }
  }
}

// The number is read as TensorBoard's Rust reader wants it: one float_val, no
// tensor_content, no dimensions.
TEST(ScalarTest, ReadsBack) {
  const auto read = parsed<proto::TensorProto>(encode_scalar(2.5f));
  EXPECT_EQ(read.dtype(), proto::DT_FLOAT);
  ASSERT_EQ(read.float_val_size(), 1);
  EXPECT_EQ(read.float_val(0), 2.5f);
  EXPECT_EQ(read.tensor_content(), "");
  EXPECT_EQ(read.tensor_shape().dim_size(), 0);
}

}  // namespace
}  // namespace tblog::internal
