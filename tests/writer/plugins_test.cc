// SPDX-License-Identifier: Apache-2.0
//
// Kinds whose plugins have a message of their own: what stands in their events
// and what is said of odd input. The encoders' own tests hold the numbers.

#include <limits>
#include <string>
#include <vector>

#include "tblog/custom_scalars.h"
#include "tblog/proto/plugins.pb.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

template <class Message>
Message content_of(const proto::Summary::Value& value) {
  Message message;
  EXPECT_TRUE(
      message.ParseFromString(value.metadata().plugin_data().content()));
  return message;
}

class PrCurveCallTest : public WriterFixture {};

TEST_F(PrCurveCallTest, WritesTensorAndNumberOfThresholds) {
  open();
  writer_->describe("pr", {"Curve", "of *all*"});
  const std::vector<float> predictions = {0.1f, 0.9f};
  const std::vector<uint8_t> labels = {0, 1};
  writer_->pr_curve("pr", labels, predictions, 3);
  writer_->pr_curve("pr", labels, predictions, 4, {5, {}});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  const auto& value = events[0].summary().value(0);
  EXPECT_EQ(events[0].step(), 3);
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "pr_curves");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_TENSOR);
  EXPECT_EQ(value.metadata().display_name(), "Curve");
  EXPECT_EQ(content_of<proto::PrCurvePluginData>(value).num_thresholds(), 201u);
  EXPECT_EQ(value.tensor().tensor_shape().dim(1).size(), 201);
  EXPECT_EQ(events[1].summary().value(0).tensor().tensor_shape().dim(1).size(),
            5);
  EXPECT_FALSE(events[1].summary().value(0).has_metadata());
  EXPECT_THAT(reports(), IsEmpty());
  EXPECT_TRUE(writer_->status().ok());
}

TEST_F(PrCurveCallTest, WithoutAStepCountsAndOfCounts) {
  open();
  const std::vector<float> two = {0, 1};
  writer_->set_step(9);
  writer_->pr_curve("a", two, two);
  writer_->pr_curve("b", PrCurveCounts{two, two, two, two}, kCurrentStep);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].step(), 9);
  EXPECT_EQ(content_of<proto::PrCurvePluginData>(events[1].summary().value(0))
                .num_thresholds(),
            2u);
}

TEST_F(PrCurveCallTest, OddInputIsReportedOnceAndBadInputRefused) {
  open();
  const std::vector<float> odd = {kNaN, 2};
  const std::vector<float> one = {1};
  for (int step = 0; step < 3; ++step) {
    writer_->pr_curve("odd", odd, odd, step);
    writer_->pr_curve("bad", one, odd, step);
  }
  EXPECT_EQ(writer_->stats().events, 3u);
  EXPECT_EQ(writer_->stats().refused, 3u);
  EXPECT_THAT(
      reports(),
      ElementsAre(AllOf(HasSubstr("\"odd\""), HasSubstr("clamped")),
                  AllOf(HasSubstr("\"odd\""), HasSubstr("NaN")),
                  AllOf(HasSubstr("\"bad\""), HasSubstr("1 labels for 2"))));
}

class MeshCallTest : public WriterFixture {
 protected:
  const std::vector<float> xyz_ = {0, 0, 0, 1, 0, 0, 0, 1, 0};
  const std::vector<int> index_ = {0, 1, 2};
  const TensorView vertices_{xyz_.data(), {3, 3}};
  const TensorView faces_{index_.data(), {1, 3}};
};

TEST_F(MeshCallTest, PartsAreSeriesOfOneEvent) {
  open();
  writer_->mesh("m", {vertices_, faces_, vertices_, R"({"camera": {}})"}, 7);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].step(), 7);
  const auto& values = events[0].summary().value();
  ASSERT_EQ(values.size(), 3);
  const std::vector<std::string> tags = {"m_VERTEX", "m_FACE", "m_COLOR"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(values[i].tag(), tags[i]);
    EXPECT_EQ(values[i].metadata().plugin_data().plugin_name(), "mesh");
    EXPECT_EQ(values[i].metadata().data_class(), proto::DATA_CLASS_TENSOR);
    const auto content = content_of<proto::MeshPluginData>(values[i]);
    EXPECT_EQ(content.name(), "m");
    EXPECT_EQ(content.content_type(), i + 1);
    EXPECT_EQ(content.components(), 14u);
    EXPECT_EQ(content.json_config(), R"({"camera": {}})");
    EXPECT_THAT(content.shape(), ElementsAre(1, i == 1 ? 1 : 3, 3));
  }
}

TEST_F(MeshCallTest, APointCloudSaysSo) {
  open();
  writer_->mesh("m", {vertices_});
  writer_->mesh("m", {{xyz_.data(), {1, 3}}});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].step(), 1);
  ASSERT_EQ(events[0].summary().value_size(), 1);
  const auto content =
      content_of<proto::MeshPluginData>(events[0].summary().value(0));
  EXPECT_EQ(content.components(), 2u);
  EXPECT_EQ(content.json_config(), "{}");
}

TEST_F(MeshCallTest, OtherPartsThanTheFirstMeshHadAreRefused) {
  open();
  writer_->mesh("m", {vertices_, faces_}, 0);
  writer_->mesh("m", {vertices_}, 1);
  writer_->mesh("m", {vertices_, faces_, vertices_}, 2);
  writer_->mesh("m", {vertices_, faces_}, 3);
  writer_->mesh("other", {vertices_}, 0);
  EXPECT_EQ(writer_->stats().events, 3u);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("other parts")));
}

TEST_F(MeshCallTest, AllPartsAreWrittenOrNone) {
  open();
  writer_->scalar("m_COLOR", 1, 0);
  writer_->mesh("m", {vertices_, faces_, vertices_}, 0);
  writer_->mesh("", {vertices_}, 0);
  writer_->mesh("a\xff", {vertices_}, 0);
  writer_->mesh("flat", {TensorView(xyz_)}, 0);
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_EQ(writer_->stats().refused, 4u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("kind"), HasSubstr("empty"),
                                     HasSubstr("UTF-8"), HasSubstr("[9]")));
}

class LayoutCallTest : public WriterFixture {};

TEST_F(LayoutCallTest, EachLayoutHasALaterStepThanTheOneBefore) {
  open();
  writer_->set_step(100);
  for (const char* title : {"first", "second"}) {
    CustomScalarLayout layout;
    layout.category(title).multiline("both", {"loss/.*"});
    writer_->layout(layout);
  }
  SummaryWriter child = writer_->child("b");
  child.layout(CustomScalarLayout());
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(events[i].step(), i);
    const auto& value = events[i].summary().value(0);
    EXPECT_EQ(value.tag(), "custom_scalars__config__");
    EXPECT_EQ(value.tensor().dtype(), proto::DT_STRING);
    EXPECT_EQ(value.tensor().tensor_shape().dim_size(), 0);
    proto::Layout layout;
    ASSERT_TRUE(layout.ParseFromString(value.tensor().string_val(0)));
    EXPECT_EQ(layout.category(0).title(), i == 0 ? "first" : "second");
  }
  const auto& metadata = events[0].summary().value(0).metadata();
  EXPECT_EQ(metadata.plugin_data().plugin_name(), "custom_scalars");
  EXPECT_EQ(metadata.plugin_data().content(), "");
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(LayoutCallTest, ABadTagRefusesTheLayoutAndTheNextMayBeGood) {
  open();
  CustomScalarLayout bad;
  bad.category("a").multiline("lines", {""});
  writer_->layout(bad);
  CustomScalarLayout good;
  good.category("a\xff").multiline("lines", {"x"});
  writer_->layout(good);
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("empty tag")));
  EXPECT_THAT(events(), SizeIs(1));
}

class CheckpointCallTest : public WriterFixture {};

TEST_F(CheckpointCallTest, IsASessionLog) {
  open();
  writer_->checkpoint("models/step-7.ckpt", {7, 2.5});
  writer_->set_step(8);
  writer_->checkpoint("b\xff");
  writer_->checkpoint("", 9);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].step(), 7);
  EXPECT_EQ(events[0].wall_time(), 2.5);
  EXPECT_EQ(events[0].session_log().status(), proto::SessionLog::CHECKPOINT);
  EXPECT_EQ(events[0].session_log().checkpoint_path(), "models/step-7.ckpt");
  EXPECT_EQ(events[1].step(), 8);
  EXPECT_EQ(events[1].session_log().checkpoint_path(), "b\xef\xbf\xbd");
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("U+FFFD"), HasSubstr("path")));
}

}  // namespace
}  // namespace tblog::testing
