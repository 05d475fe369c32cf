// SPDX-License-Identifier: Apache-2.0

#include "src/summary/tensor_proto.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

TEST(TensorProtoTest, NumbersAreAsGeneratedCodeWritesThem) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{},
                                            {0},
                                            {1},
                                            {127},
                                            {128, 16384},
                                            {0, 3},
                                            {1, 2, 3, 4, 5, 6, 7, 8},
                                            {int64_t{1} << 40}}) {
    proto::TensorProto tensor = tensor_of(proto::DT_DOUBLE, {});
    for (int64_t size : shape)
      tensor.mutable_tensor_shape()->add_dim()->set_size(size);
    for (const std::string& content :
         {std::string(), std::string("\0a\xff", 3), std::string(200, 'x')}) {
      tensor.set_tensor_content(content);
      EXPECT_EQ(encode_numeric_tensor(DataType::kDouble, shape, content),
                bytes_of(tensor));
    }
  }
}

TEST(TensorProtoTest, DataTypesAreTensorFlows) {
  const std::pair<DataType, proto::DataType> kPairs[] = {
      {DataType::kFloat, proto::DT_FLOAT},
      {DataType::kDouble, proto::DT_DOUBLE},
      {DataType::kInt32, proto::DT_INT32},
      {DataType::kUint8, proto::DT_UINT8},
      {DataType::kInt16, proto::DT_INT16},
      {DataType::kInt8, proto::DT_INT8},
      {DataType::kString, proto::DT_STRING},
      {DataType::kComplex64, proto::DT_COMPLEX64},
      {DataType::kInt64, proto::DT_INT64},
      {DataType::kBool, proto::DT_BOOL},
      {DataType::kUint16, proto::DT_UINT16},
      {DataType::kComplex128, proto::DT_COMPLEX128},
      {DataType::kHalf, proto::DT_HALF},
      {DataType::kUint32, proto::DT_UINT32},
      {DataType::kUint64, proto::DT_UINT64}};
  for (const auto& [ours, theirs] : kPairs)
    EXPECT_EQ(static_cast<int>(ours), static_cast<int>(theirs));
}

TEST(TensorProtoTest, StringsAreAsGeneratedCodeWritesThem) {
  proto::TensorProto one = tensor_of(proto::DT_STRING, {});
  one.add_string_val("");
  EXPECT_EQ(encode_string_tensor(""), bytes_of(one));
  proto::TensorProto list = tensor_of(proto::DT_STRING, {3});
  for (const std::string s : {"a", "", "ccc"}) list.add_string_val(s);
  EXPECT_EQ(encode_string_list_tensor({"a", "", "ccc"}), bytes_of(list));
}

}  // namespace
}  // namespace tblog::internal
