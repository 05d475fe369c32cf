// SPDX-License-Identifier: Apache-2.0
//
// The generated classes as the oracle of the encoders.

#ifndef TBLOG_TESTS_SUMMARY_ENCODED_H_
#define TBLOG_TESTS_SUMMARY_ENCODED_H_

#include <gtest/gtest.h>

#include <string>

#include "tblog/proto/summary.pb.h"
#include "tblog/proto/tensor.pb.h"

namespace tblog::internal {

inline std::string bytes_of(const google::protobuf::MessageLite& message) {
  return message.SerializeAsString();
}

template <class Message>
Message parsed(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

// A tensor of `dims` without values.
inline proto::TensorProto tensor_of(proto::DataType dtype,
                                    std::initializer_list<int64_t> dims) {
  proto::TensorProto tensor;
  tensor.set_dtype(dtype);
  for (int64_t size : dims)
    tensor.mutable_tensor_shape()->add_dim()->set_size(size);
  return tensor;
}

}  // namespace tblog::internal

#endif  // TBLOG_TESTS_SUMMARY_ENCODED_H_
