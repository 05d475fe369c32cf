// SPDX-License-Identifier: Apache-2.0

#include "src/summary/tensor.h"

#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

// A tensor of shape [2, 3] of the elements 0 … 5, and its bytes in the host's
// order, which is little-endian where the tests run.
template <class T>
void expect_encodes(proto::DataType dtype) {
  T values[6];
  std::memset(static_cast<void*>(values), 0, sizeof values);
  for (int i = 0; i < 6; ++i) {
    if constexpr (std::is_class_v<T> && !std::is_constructible_v<T, float>) {
      values[i].bits = static_cast<uint16_t>(0x3c00 + i);
    } else {
      values[i] = static_cast<T>(static_cast<float>(i));
    }
  }
  proto::TensorProto tensor = tensor_of(dtype, {2, 3});
  tensor.set_tensor_content(
      std::string(reinterpret_cast<const char*>(values), sizeof values));
  const auto encoded = encode_tensor(TensorView(values, {2, 3}));
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(*encoded, bytes_of(tensor)) << proto::DataType_Name(dtype);
}

TEST(TensorTest, EveryDtypeIsAsGeneratedCodeWritesIt) {
  expect_encodes<Float16>(proto::DT_HALF);
  expect_encodes<float>(proto::DT_FLOAT);
  expect_encodes<double>(proto::DT_DOUBLE);
  expect_encodes<int8_t>(proto::DT_INT8);
  expect_encodes<int16_t>(proto::DT_INT16);
  expect_encodes<int32_t>(proto::DT_INT32);
  expect_encodes<int64_t>(proto::DT_INT64);
  expect_encodes<uint8_t>(proto::DT_UINT8);
  expect_encodes<uint16_t>(proto::DT_UINT16);
  expect_encodes<uint32_t>(proto::DT_UINT32);
  expect_encodes<uint64_t>(proto::DT_UINT64);
  expect_encodes<std::complex<float>>(proto::DT_COMPLEX64);
  expect_encodes<std::complex<double>>(proto::DT_COMPLEX128);
}

TEST(TensorTest, Bool) {
  const bool values[] = {true, false, true};
  proto::TensorProto tensor = tensor_of(proto::DT_BOOL, {3});
  tensor.set_tensor_content(std::string("\1\0\1", 3));
  EXPECT_EQ(*encode_tensor(values), bytes_of(tensor));
}

// 1.0, -2.0, a NaN and the smallest denormal, as their upper halves.
TEST(TensorTest, BFloat16IsWrittenAsFloat32) {
  const BFloat16 values[] = {{0x3f80}, {0xc000}, {0x7fc1}, {0x0001}};
  proto::TensorProto tensor = tensor_of(proto::DT_FLOAT, {4});
  tensor.set_tensor_content(
      std::string("\0\0\x80\x3f\0\0\x00\xc0\0\0\xc1\x7f\0\0\x01\0", 16));
  EXPECT_EQ(*encode_tensor(values), bytes_of(tensor));
}

TEST(TensorTest, FloatsOfEightBitsAreWrittenAsFloat32) {
  const Float8E4M3 e4m3[] = {{0x38}, {0xc0}, {0x01}, {0x7e}};
  const float e4m3_values[] = {1, -2, 0x1p-9f, 448};
  EXPECT_EQ(*encode_tensor(TensorView(e4m3, {2, 2})),
            *encode_tensor(TensorView(e4m3_values, {2, 2})));
  const Float8E5M2 e5m2[] = {{0x3c}, {0xc0}, {0x01}, {0x7b}};
  const float e5m2_values[] = {1, -2, 0x1p-16f, 57344};
  EXPECT_EQ(*encode_tensor(e5m2), *encode_tensor(e5m2_values));
}

TEST(TensorTest, WidenedTensorsFollowStrides) {
  const BFloat16 values[] = {{0x3f80}, {0x4000}, {0x4040}, {0x4080}};
  const float expected[] = {1, 3, 2, 4};
  EXPECT_EQ(*encode_tensor(TensorView(values, {2, 2}, {1, 2})),
            *encode_tensor(TensorView(expected, {2, 2})));
}

TEST(TensorTest, RankZeroHasNoShape) {
  const float value = 2.5f;
  const auto read =
      parsed<proto::TensorProto>(*encode_tensor(TensorView(&value, {})));
  EXPECT_FALSE(read.has_tensor_shape());
  EXPECT_EQ(read.tensor_content().size(), 4u);
}

TEST(TensorTest, NothingIsAShapeWithAZero) {
  const auto read =
      parsed<proto::TensorProto>(*encode_tensor(std::vector<int32_t>()));
  ASSERT_EQ(read.tensor_shape().dim_size(), 1);
  EXPECT_EQ(read.tensor_shape().dim(0).size(), 0);
  EXPECT_EQ(read.tensor_content(), "");
}

TEST(TensorTest, StridesAreFollowed) {
  const uint8_t values[] = {1, 2, 3, 4, 5, 6};
  const auto read = parsed<proto::TensorProto>(
      *encode_tensor(TensorView(values, {3, 2}, {1, 3})));
  EXPECT_EQ(read.tensor_content(), "\1\4\2\5\3\6");
  EXPECT_EQ(read.tensor_shape().dim(0).size(), 3);
}

TEST(TensorTest, RefusesWhatCannotBeDecoded) {
  const int64_t shape = 1;
  const char byte = 0;
  EXPECT_FALSE(encode_tensor(TensorView::invalid("sparse")).ok());
  EXPECT_FALSE(encode_tensor(TensorView(&byte, DType::kInt8, &shape, 1)
                                 .on_device(Device::kCuda, 0, nullptr))
                   .ok());
}

// One element that stands for all by strides of zero: no such memory is needed
// to refuse it.
TEST(TensorTest, RefusesTwoGibibytes) {
  const uint16_t bits = 0;
  const int64_t stride = 0;
  const int64_t half = int64_t{1} << 29;  // elements: 2^31 bytes as float32
  const auto message = [&](DType dtype, int64_t size) {
    const TensorView view(&bits, dtype, &size, 1, &stride);
    return std::string(encode_tensor(view).status().message());
  };
  EXPECT_EQ(message(DType::kBFloat16, half),
            "the tensor has 2^31 bytes or more, which no reader takes");
  EXPECT_EQ(message(DType::kFloat8E4M3, half),
            "the tensor has 2^31 bytes or more, which no reader takes");
  EXPECT_EQ(message(DType::kInt8, int64_t{1} << 31),
            "the tensor has 2^31 bytes or more, which no reader takes");
  EXPECT_EQ(message(DType::kInt16, int64_t{1} << 30),
            "the tensor has 2^31 bytes or more, which no reader takes");
}

}  // namespace
}  // namespace tblog::internal
