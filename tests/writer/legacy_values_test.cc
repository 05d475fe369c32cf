// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using Value = proto::Summary::Value;

class LegacyValuesTest : public WriterFixture {
 protected:
  LegacyValuesTest() { options_.legacy_values = true; }

  // The values of all events, in their order.
  std::vector<Value> values() {
    std::vector<Value> values;
    for (const proto::Event& event : events())
      for (const Value& value : event.summary().value())
        values.push_back(value);
    return values;
  }
};

TEST_F(LegacyValuesTest, ScalarsAreSimpleValuesWithoutMetadata) {
  open();
  for (int step = 0; step < 3; ++step)
    writer_->scalar("loss", step * 0.5, step);
  writer_->scalars({{"loss", 9}, {"accuracy", 0.25}}, 3);
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(5));
  for (const Value& value : found) {
    EXPECT_EQ(value.value_case(), Value::kSimpleValue);
    EXPECT_FALSE(value.has_metadata());
  }
  EXPECT_EQ(found[2].simple_value(), 1.0f);
  EXPECT_EQ(found[3].tag(), "loss");
  EXPECT_EQ(found[4].tag(), "accuracy");
  EXPECT_EQ(found[4].simple_value(), 0.25f);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(LegacyValuesTest, ScalarsBeyondTheRememberedTagsAreSimpleValuesToo) {
  options_.max_tags = 1;
  open();
  writer_->scalar("first", 1, 0);
  writer_->scalar("second", 2, 0);
  writer_->scalars({{"first", 3}, {"second", 4}}, 1);
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(4));
  EXPECT_EQ(found[1].simple_value(), 2);
  EXPECT_EQ(found[3].simple_value(), 4);
}

TEST_F(LegacyValuesTest, DescribedTagsHaveMetadataOnTheirFirstValueOnly) {
  open();
  writer_->describe("loss", {"Loss", "in *nats*"});
  writer_->scalar("loss", 1, 0);
  writer_->scalar("loss", 2, 1);
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].simple_value(), 1);
  EXPECT_EQ(found[0].metadata().plugin_data().plugin_name(), "scalars");
  EXPECT_EQ(found[0].metadata().data_class(), proto::DATA_CLASS_SCALAR);
  EXPECT_EQ(found[0].metadata().display_name(), "Loss");
  EXPECT_FALSE(found[1].has_metadata());
}

TEST_F(LegacyValuesTest, HistogramsAreHistos) {
  open();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  writer_->histogram("w", std::vector<double>{1, 2, 3, nan}, 5, {.buckets = 2});
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(2));
  ASSERT_EQ(found[0].value_case(), Value::kHisto);
  EXPECT_EQ(found[0].histo().min(), 1);
  EXPECT_EQ(found[0].histo().max(), 3);
  EXPECT_EQ(found[0].histo().num(), 3);
  EXPECT_EQ(found[0].histo().sum(), 6);
  EXPECT_THAT(found[0].histo().bucket_limit(),
              ::testing::ElementsAre(2.0, 3.0));
  EXPECT_THAT(found[0].histo().bucket(), ::testing::ElementsAre(1.0, 2.0));
  EXPECT_EQ(found[1].tag(), "w/nonfinite");
  EXPECT_EQ(found[1].simple_value(), 1);
}

TEST_F(LegacyValuesTest, ImagesAreImages) {
  open();
  const uint8_t pixels[2 * 3 * 3] = {};
  writer_->image("input", {pixels, {2, 3, 3}}, 0);
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_EQ(found[0].value_case(), Value::kImage);
  EXPECT_EQ(found[0].image().height(), 2);
  EXPECT_EQ(found[0].image().width(), 3);
  EXPECT_EQ(found[0].image().colorspace(), 3);
  EXPECT_EQ(found[0].image().encoded_image_string().substr(1, 3), "PNG");
}

TEST_F(LegacyValuesTest, KindsWithoutAnOldFormKeepTheirMetadata) {
  open();
  writer_->text("note", "hello", 0);
  const std::vector<Value> found = values();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(found[0].has_tensor());
  EXPECT_EQ(found[0].metadata().plugin_data().plugin_name(), "text");
}

}  // namespace
}  // namespace tblog::testing
