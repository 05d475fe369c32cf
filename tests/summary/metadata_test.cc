// SPDX-License-Identifier: Apache-2.0

#include "src/summary/metadata.h"

#include <gtest/gtest.h>

#include <string>

#include "src/summary/histogram.h"
#include "src/summary/image.h"
#include "src/summary/scalar.h"
#include "src/summary/tensor.h"
#include "src/summary/text.h"
#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

std::string expected(const std::string& plugin, const std::string& content,
                     proto::DataClass data_class, const std::string& name,
                     const std::string& description) {
  proto::SummaryMetadata metadata;
  metadata.mutable_plugin_data()->set_plugin_name(plugin);
  metadata.mutable_plugin_data()->set_content(content);
  metadata.set_display_name(name);
  metadata.set_summary_description(description);
  metadata.set_data_class(data_class);
  return bytes_of(metadata);
}

TEST(MetadataTest, IsAsGeneratedCodeWritesIt) {
  const Kind kind{"plugin", DataClass::kTensor, "content"};
  EXPECT_EQ(encode_metadata(kind, "name", "description"),
            expected("plugin", "content", proto::DATA_CLASS_TENSOR, "name",
                     "description"));
  EXPECT_EQ(encode_metadata(kind, "", ""),
            expected("plugin", "content", proto::DATA_CLASS_TENSOR, "", ""));
  const std::string text(1000, 'x');
  EXPECT_EQ(
      encode_metadata(kind, text, text),
      expected("plugin", "content", proto::DATA_CLASS_TENSOR, text, text));
}

// Plugin names and classes of tensorflow/tensorboard.
TEST(MetadataTest, EachKindHasTensorBoardsNameAndClass) {
  EXPECT_EQ(encode_metadata(kScalarKind, "", ""),
            expected("scalars", "", proto::DATA_CLASS_SCALAR, "", ""));
  EXPECT_EQ(encode_metadata(kHistogramKind, "", ""),
            expected("histograms", "", proto::DATA_CLASS_TENSOR, "", ""));
  EXPECT_EQ(encode_metadata(kImageKind, "", ""),
            expected("images", "", proto::DATA_CLASS_BLOB_SEQUENCE, "", ""));
  EXPECT_EQ(encode_metadata(kTextKind, "", ""),
            expected("text", "", proto::DATA_CLASS_TENSOR, "", ""));
  EXPECT_EQ(encode_metadata(kTensorKind, "", ""),
            expected("tblog_tensor", "", proto::DATA_CLASS_TENSOR, "", ""));
}

TEST(MetadataTest, KindsAreToldApartByPlugin) {
  EXPECT_TRUE(kScalarKind == kScalarKind);
  EXPECT_TRUE((Kind{"text", DataClass::kScalar} == kTextKind));
  EXPECT_FALSE(kHistogramKind == kTextKind);
}

}  // namespace
}  // namespace tblog::internal
