// SPDX-License-Identifier: Apache-2.0

#include "src/summary/value.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

void expect_same(const std::string& tag, const proto::TensorProto& tensor,
                 const proto::SummaryMetadata* metadata) {
  proto::Summary summary;
  auto* value = summary.add_value();
  value->set_tag(tag);
  *value->mutable_tensor() = tensor;
  if (metadata != nullptr) *value->mutable_metadata() = *metadata;
  const std::string encoded_tensor = bytes_of(tensor);
  const std::string encoded_metadata =
      metadata == nullptr ? "" : bytes_of(*metadata);
  std::string out = "before";
  append_value(out, tag, encoded_tensor, encoded_metadata);
  EXPECT_EQ(out, "before" + bytes_of(summary));
  EXPECT_EQ(value_size(tag, encoded_tensor.size(), encoded_metadata.size()),
            out.size() - 6);
}

TEST(ValueTest, IsAsGeneratedCodeWritesIt) {
  proto::TensorProto small;
  small.set_dtype(proto::DT_FLOAT);
  small.add_float_val(1.5f);
  proto::TensorProto large;
  large.set_dtype(proto::DT_STRING);
  large.add_string_val(std::string(20'000, 'x'));
  proto::SummaryMetadata metadata;
  metadata.mutable_plugin_data()->set_plugin_name("scalars");
  metadata.set_data_class(proto::DATA_CLASS_SCALAR);
  proto::SummaryMetadata long_metadata = metadata;
  long_metadata.set_summary_description(std::string(300, 'd'));
  for (size_t tag_size :
       {1u, 100u, 101u, 102u, 110u, 111u, 112u, 127u, 128u, 5000u, 16384u}) {
    const std::string tag(tag_size, 't');
    for (const auto& tensor : {small, large}) {
      expect_same(tag, tensor, nullptr);
      expect_same(tag, tensor, &metadata);
      expect_same(tag, tensor, &long_metadata);
    }
  }
}

}  // namespace
}  // namespace tblog::internal
