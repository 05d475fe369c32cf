// SPDX-License-Identifier: Apache-2.0

#include "src/reader/tensor_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/testing/largest_allocation.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using tblog::testing::IsOk;
using tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

proto::TensorProto tensor(proto::DataType dtype,
                          std::initializer_list<int64_t> shape) {
  proto::TensorProto tensor;
  tensor.set_dtype(dtype);
  for (int64_t dim : shape) {
    tensor.mutable_tensor_shape()->add_dim()->set_size(dim);
  }
  return tensor;
}

std::vector<double> numbers(const proto::TensorProto& tensor) {
  absl::StatusOr<TensorValue> value = decode_tensor(tensor);
  EXPECT_THAT(value, IsOk());
  if (!value.ok()) return {};
  absl::StatusOr<std::vector<double>> numbers = value->numbers();
  EXPECT_THAT(numbers, IsOk());
  return numbers.ok() ? *numbers : std::vector<double>();
}

TEST(TensorDecoderTest, ReadsEachDtypeFromItsTypedField) {
  using T = proto::TensorProto;
  struct Case {
    proto::DataType dtype;
    DType expected;
    void (*fill)(T&);
    std::vector<double> numbers;
  };
  const auto ints = [](T& t) {
    t.add_int_val(1);
    t.add_int_val(-2);
  };
  const auto counts = [](T& t) {
    t.add_int_val(1);
    t.add_int_val(200);
  };
  const Case cases[] = {
      {proto::DT_FLOAT,
       DType::kFloat32,
       [](T& t) { t.add_float_val(0.5f), t.add_float_val(-2); },
       {0.5, -2}},
      {proto::DT_DOUBLE,
       DType::kFloat64,
       [](T& t) { t.add_double_val(0.1), t.add_double_val(1e300); },
       {0.1, 1e300}},
      {proto::DT_HALF,
       DType::kFloat16,
       [](T& t) { t.add_half_val(0x3c00), t.add_half_val(0xc000); },
       {1, -2}},
      {proto::DT_BFLOAT16,
       DType::kBFloat16,
       [](T& t) { t.add_half_val(0x3f80), t.add_half_val(0xc000); },
       {1, -2}},
      {proto::DT_INT8, DType::kInt8, ints, {1, -2}},
      {proto::DT_QINT8, DType::kInt8, ints, {1, -2}},
      {proto::DT_INT16, DType::kInt16, ints, {1, -2}},
      {proto::DT_INT32, DType::kInt32, ints, {1, -2}},
      {proto::DT_UINT8, DType::kUint8, counts, {1, 200}},
      {proto::DT_UINT16, DType::kUint16, counts, {1, 200}},
      {proto::DT_INT64,
       DType::kInt64,
       [](T& t) { t.add_int64_val(1), t.add_int64_val(-2); },
       {1, -2}},
      {proto::DT_UINT32,
       DType::kUint32,
       [](T& t) { t.add_uint32_val(1), t.add_uint32_val(4294967295u); },
       {1, 4294967295.0}},
      {proto::DT_UINT64,
       DType::kUint64,
       [](T& t) { t.add_uint64_val(1), t.add_uint64_val(uint64_t{1} << 63); },
       {1, 0x1p63}},
      {proto::DT_BOOL,
       DType::kBool,
       [](T& t) { t.add_bool_val(true), t.add_bool_val(false); },
       {1, 0}},
  };
  for (const Case& c : cases) {
    proto::TensorProto proto = tensor(c.dtype, {2});
    c.fill(proto);
    absl::StatusOr<TensorValue> value = decode_tensor(proto);
    ASSERT_THAT(value, IsOk()) << c.dtype;
    EXPECT_EQ(value->dtype, c.expected) << c.dtype;
    EXPECT_THAT(value->shape, ElementsAre(2));
    EXPECT_EQ(numbers(proto), c.numbers) << c.dtype;
  }
}

TEST(TensorDecoderTest, TensorContentWinsOverTypedFields) {
  proto::TensorProto proto = tensor(proto::DT_INT16, {2, 1});
  proto.set_tensor_content(std::string("\x01\x00\xff\xff", 4));
  proto.add_int_val(7);
  proto.add_int_val(8);
  EXPECT_THAT(numbers(proto), ElementsAre(1, -1));
}

TEST(TensorDecoderTest, ReadsComplexNumbers) {
  proto::TensorProto proto = tensor(proto::DT_COMPLEX64, {2});
  for (float part : {1.f, 2.f, 3.f, 4.f}) proto.add_scomplex_val(part);
  absl::StatusOr<TensorValue> value = decode_tensor(proto);
  ASSERT_THAT(value, IsOk());
  std::complex<float> elements[2];
  ASSERT_EQ(value->bytes.size(), sizeof elements);
  std::memcpy(elements, value->bytes.data(), sizeof elements);
  EXPECT_EQ(elements[1], std::complex<float>(3, 4));
  EXPECT_THAT(value->numbers(), StatusIs(absl::StatusCode::kInvalidArgument));

  proto.add_scomplex_val(5);
  EXPECT_THAT(decode_tensor(proto),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TensorDecoderTest, OneElementIsRepeatedToFillTheShape) {
  proto::TensorProto proto = tensor(proto::DT_FLOAT, {2, 2});
  proto.add_float_val(3);
  EXPECT_THAT(numbers(proto), ElementsAre(3, 3, 3, 3));

  proto::TensorProto strings = tensor(proto::DT_STRING, {3});
  strings.add_string_val("a");
  EXPECT_THAT(decode_tensor(strings)->strings, ElementsAre("a", "a", "a"));
}

TEST(TensorDecoderTest, EmptyTensorsHaveNoElements) {
  EXPECT_THAT(numbers(tensor(proto::DT_FLOAT, {0})), ElementsAre());
  EXPECT_THAT(numbers(tensor(proto::DT_FLOAT, {0, 3})), ElementsAre());
  proto::TensorProto one = tensor(proto::DT_FLOAT, {0});
  one.add_float_val(3);
  EXPECT_THAT(numbers(one), ElementsAre());
}

TEST(TensorDecoderTest, AShapeThatTheElementsContradictIsAnError) {
  proto::TensorProto few = tensor(proto::DT_FLOAT, {3});
  few.add_float_val(1);
  few.add_float_val(2);
  EXPECT_THAT(decode_tensor(few),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "tensor of 2 elements, its shape says 3"));
  EXPECT_THAT(decode_tensor(tensor(proto::DT_FLOAT, {})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  proto::TensorProto content = tensor(proto::DT_FLOAT, {1});
  content.set_tensor_content("12345");
  EXPECT_THAT(
      decode_tensor(content),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("5 bytes")));
  content.set_tensor_content("12345678");
  EXPECT_THAT(decode_tensor(content),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TensorDecoderTest, ImpossibleShapesAreErrors) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  for (const auto& shape :
       std::vector<std::vector<int64_t>>{{-1},
                                         {kHuge, 2},
                                         {0, kHuge, kHuge},
                                         {kHuge, kHuge, 0},
                                         std::vector<int64_t>(255, 1)}) {
    proto::TensorProto proto = tensor(proto::DT_FLOAT, {});
    for (int64_t dim : shape) {
      proto.mutable_tensor_shape()->add_dim()->set_size(dim);
    }
    proto.add_float_val(1);
    EXPECT_THAT(tensor_layout(proto),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  proto::TensorProto unknown = tensor(proto::DT_FLOAT, {});
  unknown.mutable_tensor_shape()->set_unknown_rank(true);
  unknown.add_float_val(1);
  EXPECT_THAT(tensor_layout(unknown),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TensorDecoderTest, DataTypesWithoutAFormAreErrors) {
  for (int type : {0, 20, 21, 24, 33, 99, -1, 1000}) {
    proto::TensorProto proto;
    proto.set_dtype(static_cast<proto::DataType>(type));
    proto.add_float_val(1);
    EXPECT_THAT(tensor_layout(proto),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << type;
  }
}

TEST(TensorDecoderTest, StringsAsRawBytesAreAnError) {
  proto::TensorProto proto = tensor(proto::DT_STRING, {});
  proto.set_tensor_content("abc");
  EXPECT_THAT(decode_tensor(proto),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TensorDecoderTest, HugeRepetitionsAreRefusedBeforeTheyAreMade) {
  tblog::testing::reset_largest_allocation();
  proto::TensorProto proto = tensor(proto::DT_DOUBLE, {int64_t{1} << 40});
  proto.add_double_val(1);
  EXPECT_THAT(tensor_layout(proto), IsOk());
  EXPECT_THAT(decode_tensor(proto),
              StatusIs(absl::StatusCode::kResourceExhausted));
  proto::TensorProto strings = tensor(proto::DT_STRING, {int64_t{1} << 40});
  strings.add_string_val("x");
  EXPECT_THAT(decode_tensor(strings),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_LT(tblog::testing::largest_allocation(), 100'000u);
}

}  // namespace
}  // namespace tblog::internal
