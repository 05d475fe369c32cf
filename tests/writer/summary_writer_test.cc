// SPDX-License-Identifier: Apache-2.0
//
// What the calls write, through the real thread and queue.

#include "tblog/summary_writer.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tblog/version.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SummaryWriterTest : public WriterFixture {};

std::vector<double> doubles(const std::string& content) {
  std::vector<double> values(content.size() / 8);
  if (!values.empty())
    std::memcpy(values.data(), content.data(), values.size() * 8);
  return values;
}

TEST_F(SummaryWriterTest, TheFirstRecordIsThereAtOnce) {
  open();
  const std::vector<std::string> paths = memory_.paths();
  ASSERT_THAT(paths, SizeIs(1));
  const ParsedEvents parsed = parse_events(memory_.contents(paths[0]));
  ASSERT_THAT(parsed.events, SizeIs(1));
  EXPECT_EQ(parsed.events[0].file_version(), "brain.Event:2");
  EXPECT_EQ(parsed.events[0].wall_time(), kNow);
  EXPECT_EQ(parsed.events[0].step(), 0);
  EXPECT_EQ(parsed.events[0].source_metadata().writer(),
            "tblog " TBLOG_VERSION);
}

TEST_F(SummaryWriterTest, WritesScalars) {
  open();
  writer_->scalar("loss", 0.5, 7);
  clock_.advance(std::chrono::milliseconds(250));
  writer_->scalar("loss", -2.0, 8);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].wall_time(), kNow);
  EXPECT_EQ(events[0].step(), 7);
  ASSERT_EQ(events[0].summary().value_size(), 1);
  const auto& first = events[0].summary().value(0);
  EXPECT_EQ(first.tag(), "loss");
  EXPECT_EQ(first.tensor().dtype(), proto::DT_FLOAT);
  EXPECT_THAT(first.tensor().float_val(), ElementsAre(0.5f));
  EXPECT_EQ(first.tensor().tensor_shape().dim_size(), 0);
  EXPECT_EQ(first.metadata().plugin_data().plugin_name(), "scalars");
  EXPECT_EQ(first.metadata().data_class(), proto::DATA_CLASS_SCALAR);
  EXPECT_EQ(events[1].wall_time(), kNow + 0.25);
  EXPECT_EQ(events[1].step(), 8);
  const auto& second = events[1].summary().value(0);
  EXPECT_FALSE(second.has_metadata());
  EXPECT_THAT(second.tensor().float_val(), ElementsAre(-2.0f));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(SummaryWriterTest, CloseIsOkAndCountsAddUp) {
  open();
  writer_->scalar("a", 1, 0);
  writer_->scalars({{"a", 2}, {"b", 3}}, 1);
  EXPECT_GT(writer_->stats().pending_bytes, 0u);
  EXPECT_THAT(writer_->close(), IsOk());
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(stats.events, 2u);
  EXPECT_EQ(stats.dropped, 0u);
  EXPECT_EQ(stats.refused, 0u);
  EXPECT_EQ(stats.pending_bytes, 0u);
  EXPECT_EQ(stats.bytes, memory_.contents(memory_.paths()[0]).size());
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(writer_->close(), IsOk());
}

TEST_F(SummaryWriterTest, NonFiniteScalarsAreWritten) {
  open();
  writer_->scalar("x", std::numeric_limits<double>::quiet_NaN(), 0);
  writer_->scalar("x", std::numeric_limits<double>::infinity(), 1);
  writer_->scalar("x", -std::numeric_limits<float>::infinity(), 2);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_TRUE(std::isnan(events[0].summary().value(0).tensor().float_val(0)));
  EXPECT_EQ(events[1].summary().value(0).tensor().float_val(0), INFINITY);
  EXPECT_EQ(events[2].summary().value(0).tensor().float_val(0), -INFINITY);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(SummaryWriterTest, BeyondFloat32BecomesInfinityReportedOnceATag) {
  open();
  writer_->scalar("x", 1e300, 0);
  writer_->scalar("x", -1e300, 1);
  writer_->scalar("y", std::numeric_limits<float>::max(), 1);
  const auto events = this->events();
  EXPECT_EQ(events[0].summary().value(0).tensor().float_val(0), INFINITY);
  EXPECT_EQ(events[1].summary().value(0).tensor().float_val(0), -INFINITY);
  EXPECT_EQ(events[2].summary().value(0).tensor().float_val(0),
            std::numeric_limits<float>::max());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("beyond float32")));
  EXPECT_THAT(writer_->status(), IsOk());
}

TEST_F(SummaryWriterTest, ScalarFromAViewOfOneElement) {
  open();
  const float value[] = {2.5f};
  writer_->scalar("x", TensorView(value, {}), 3);
  writer_->scalar("y", TensorView(value), 3);
  const float two[] = {1, 2};
  writer_->scalar("z", TensorView(two), 3);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].summary().value(0).tensor().float_val(0), 2.5f);
  EXPECT_EQ(events[1].summary().value(0).tag(), "y");
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("\"z\"")));
}

TEST_F(SummaryWriterTest, ScalarsShareOneEvent) {
  open();
  writer_->scalars({{"loss", 1.5}, {"acc", 2}}, {4, 99.5});
  const std::map<std::string, double> more{{"acc", 3.0}, {"loss", 4.0}};
  writer_->scalars(more.begin(), more.end(), 5);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].wall_time(), 99.5);
  EXPECT_EQ(events[0].step(), 4);
  ASSERT_EQ(events[0].summary().value_size(), 2);
  EXPECT_EQ(events[0].summary().value(0).tag(), "loss");
  EXPECT_EQ(events[0].summary().value(1).tensor().float_val(0), 2.0f);
  EXPECT_TRUE(events[0].summary().value(1).has_metadata());
  ASSERT_EQ(events[1].summary().value_size(), 2);
  EXPECT_EQ(events[1].summary().value(0).tag(), "acc");
  EXPECT_FALSE(events[1].summary().value(0).has_metadata());
}

TEST_F(SummaryWriterTest, MetadataOnlyWhereATagIsNewInAnEventOfSeveral) {
  open();
  writer_->scalar("old", 1, 0);
  writer_->scalars({{"old", 2}, {"new", 3}}, 1);
  const auto events = this->events();
  EXPECT_FALSE(events[1].summary().value(0).has_metadata());
  EXPECT_TRUE(events[1].summary().value(1).has_metadata());
  EXPECT_EQ(events[1].summary().value(0).tensor().float_val(0), 2.0f);
  EXPECT_EQ(events[1].summary().value(1).tensor().float_val(0), 3.0f);
}

TEST_F(SummaryWriterTest, OfOneTagGivenTwiceTheLaterWins) {
  open();
  writer_->scalars({{"a", 1}, {"b", 2}, {"a", 3}}, 0);
  writer_->scalars({{"a", 1}, {"a", 4}}, 1);
  const auto events = this->events();
  ASSERT_EQ(events[0].summary().value_size(), 2);
  EXPECT_EQ(events[0].summary().value(0).tensor().float_val(0), 3.0f);
  EXPECT_EQ(events[0].summary().value(1).tensor().float_val(0), 2.0f);
  EXPECT_EQ(events[1].summary().value(0).tensor().float_val(0), 4.0f);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("twice")));
}

TEST_F(SummaryWriterTest, WritesHistograms) {
  open();
  writer_->histogram("w", std::vector<float>{0, 1, 2, 4}, 3, {2});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_EQ(events[0].summary().value_size(), 1);
  const auto& value = events[0].summary().value(0);
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "histograms");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_TENSOR);
  EXPECT_EQ(value.tensor().tensor_shape().dim(0).size(), 2);
  EXPECT_EQ(value.tensor().tensor_shape().dim(1).size(), 3);
  EXPECT_THAT(doubles(value.tensor().tensor_content()),
              ElementsAre(0, 2, 2, 2, 4, 2));
}

TEST_F(SummaryWriterTest, ValuesThatAreNotFiniteAreCountedBesideAHistogram) {
  open();
  writer_->histogram("w", std::vector<double>{1, NAN, INFINITY, -INFINITY, 1},
                     3);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_EQ(events[0].summary().value_size(), 2);
  EXPECT_THAT(doubles(events[0].summary().value(0).tensor().tensor_content()),
              ElementsAre(1, 1, 2));
  const auto& nonfinite = events[0].summary().value(1);
  EXPECT_EQ(nonfinite.tag(), "w/nonfinite");
  EXPECT_EQ(nonfinite.metadata().plugin_data().plugin_name(), "scalars");
  EXPECT_THAT(nonfinite.tensor().float_val(), ElementsAre(3.0f));
}

TEST_F(SummaryWriterTest, EmptyTensorsLogAHistogramWithoutBuckets) {
  open();
  writer_->histogram("w", std::vector<float>(), 0);
  const auto events = this->events();
  const auto& tensor = events[0].summary().value(0).tensor();
  EXPECT_EQ(tensor.tensor_shape().dim(0).size(), 0);
  EXPECT_EQ(tensor.tensor_shape().dim(1).size(), 3);
  EXPECT_EQ(tensor.tensor_content(), "");
}

TEST_F(SummaryWriterTest, WritesHistogramsThatWereCountedElsewhere) {
  open();
  Histogram histogram;
  histogram.edges = {0, 1, 5};
  histogram.counts = {3, 4};
  histogram.num = 7;
  writer_->histogram("w", histogram, 0);
  histogram.edges = {0, 1};
  writer_->histogram("bad", histogram, 0);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_THAT(doubles(events[0].summary().value(0).tensor().tensor_content()),
              ElementsAre(0, 1, 3, 1, 5, 4));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("edge")));
}

TEST_F(SummaryWriterTest, LazyHistogramsAreComputedOnlyIfLogged) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  int calls = 0;
  const auto values = [&] {
    ++calls;
    return std::vector<float>{1, 2};
  };
  writer_->histogram("w", values, 5);
  writer_->histogram("w", values, 5);
  writer_->scalar("s", 1, 0);
  writer_->histogram("s", values, 6);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_THAT(events(), SizeIs(2));
  SummaryWriter::null().histogram("w", values, 0);
  writer_->histogram("w", values, 7);
  EXPECT_EQ(calls, 1);
}

TEST_F(SummaryWriterTest, WhatUserCodeThrowsIsARefusal) {
  open();
  writer_->histogram(
      "w", []() -> std::vector<float> { throw std::runtime_error("oh no"); },
      0);
  writer_->histogram(
      "w", []() -> std::vector<float> { throw 3; }, 0);
  writer_->histogram(
      "w", []() -> std::vector<float> { throw std::bad_alloc(); }, 0);
  EXPECT_EQ(writer_->stats().refused, 2u);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("oh no"), HasSubstr("memory")));
  EXPECT_THAT(writer_->status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("oh no")));
}

TEST_F(SummaryWriterTest, WritesImages) {
  open();
  const uint8_t pixels[2 * 3] = {0, 50, 100, 150, 200, 250};
  writer_->image("x", TensorView(pixels, {2, 3}), 1, {Layout::kHW});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  const auto& value = events[0].summary().value(0);
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "images");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_BLOB_SEQUENCE);
  EXPECT_EQ(value.tensor().dtype(), proto::DT_STRING);
  ASSERT_EQ(value.tensor().string_val_size(), 3);
  EXPECT_EQ(value.tensor().string_val(0), "3");
  EXPECT_EQ(value.tensor().string_val(1), "2");
  EXPECT_THAT(value.tensor().string_val(2), HasSubstr("PNG"));
}

TEST_F(SummaryWriterTest, WritesEncodedImagesAsTheyAre) {
  open();
  const uint8_t pixels[] = {1, 2, 3, 4};
  writer_->image("x", TensorView(pixels, {1, 4}), 1, {Layout::kHW});
  EXPECT_THAT(writer_->flush(), IsOk());
  const std::string png = parse_file(memory_.contents(memory_.paths()[0]))[0]
                              .summary()
                              .value(0)
                              .tensor()
                              .string_val(2);
  writer_->image("y", ImageBytes{png}, 2);
  writer_->image("z", ImageBytes{"<svg/>"}, 2);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  const auto& tensor = events[1].summary().value(0).tensor();
  EXPECT_THAT(tensor.string_val(), ElementsAre("4", "1", png));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("no PNG, JPEG, GIF or BMP")));
}

TEST_F(SummaryWriterTest, ClampedPixelsAreReportedOnceATag) {
  open();
  const float pixels[] = {0, 2};
  for (int step = 0; step < 3; ++step)
    writer_->image("x", TensorView(pixels, {1, 2}), step, {Layout::kHW});
  EXPECT_THAT(events(), SizeIs(3));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("clamped")));
}

TEST_F(SummaryWriterTest, WritesTexts) {
  open();
  writer_->text("note", "**größe**", 1);
  writer_->text("note", "a\xff", 2);
  writer_->text("note", "b\xff", 3);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(3));
  const auto& value = events[0].summary().value(0);
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "text");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_TENSOR);
  EXPECT_EQ(value.tensor().dtype(), proto::DT_STRING);
  EXPECT_EQ(value.tensor().tensor_shape().dim_size(), 0);
  EXPECT_THAT(value.tensor().string_val(), ElementsAre("**größe**"));
  EXPECT_EQ(events[1].summary().value(0).tensor().string_val(0),
            "a\xef\xbf\xbd");
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("U+FFFD")));
}

TEST_F(SummaryWriterTest, WritesTensors) {
  open();
  const int32_t values[] = {1, 2, 3, 4, 5, 6};
  writer_->tensor("t", {values, {2, 3}}, 1);
  const auto events = this->events();
  const auto& value = events[0].summary().value(0);
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "tblog_tensor");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_TENSOR);
  EXPECT_EQ(value.tensor().dtype(), proto::DT_INT32);
  EXPECT_EQ(value.tensor().tensor_shape().dim(1).size(), 3);
  EXPECT_EQ(value.tensor().tensor_content().size(), 24u);
}

TEST_F(SummaryWriterTest, DescriptionsStandInTheFirstValueOfATag) {
  open();
  writer_->describe("loss", {"Loss", "mean, *nats*"});
  writer_->describe("w", {"", "weights\xff"});
  writer_->scalar("loss", 1, 0);
  writer_->scalar("loss", 1, 1);
  writer_->histogram("w", std::vector<float>{1}, 0);
  writer_->describe("loss", {"Too late", ""});
  const auto events = this->events();
  const auto& metadata = events[0].summary().value(0).metadata();
  EXPECT_EQ(metadata.display_name(), "Loss");
  EXPECT_EQ(metadata.summary_description(), "mean, *nats*");
  EXPECT_EQ(metadata.plugin_data().plugin_name(), "scalars");
  EXPECT_FALSE(events[1].summary().value(0).has_metadata());
  EXPECT_EQ(events[2].summary().value(0).metadata().summary_description(),
            "weights\xef\xbf\xbd");
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("U+FFFD"),
                                     HasSubstr("after its first value")));
}

TEST_F(SummaryWriterTest, EventsAreWrittenWhenTheirDelayIsOver) {
  open();
  writer_->scalar("x", 1, 0);
  clock_.await_waiter(clock_.now() + options_.max_flush_delay);
  EXPECT_EQ(parse_events(memory_.contents(memory_.paths()[0])).events.size(),
            1u);
  clock_.advance(options_.max_flush_delay);
  clock_.await_waiter(Clock::Monotonic::max());
  EXPECT_EQ(parse_events(memory_.contents(memory_.paths()[0])).events.size(),
            2u);
}

TEST_F(SummaryWriterTest, MuchIsWrittenBeforeItsDelayIsOver) {
  open();
  writer_->text("x", std::string(300'000, 'x'), 0);
  memory_.await_bytes(300'000);
}

TEST_F(SummaryWriterTest, FlushMakesAllVisible) {
  open();
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->flush(), IsOk());
  EXPECT_THAT(parse_file(memory_.contents(memory_.paths()[0])), SizeIs(1));
  EXPECT_EQ(disk_.calls(Operation::kSync), 0);
  EXPECT_THAT(writer_->flush(FlushLevel::kDisk), IsOk());
  EXPECT_EQ(disk_.calls(Operation::kSync), 1);
}

TEST_F(SummaryWriterTest, NullDoesNothing) {
  SummaryWriter null = SummaryWriter::null();
  null.scalar("", 1, 0);
  null.scalars({{"a", 1}}, 0);
  null.histogram("w", std::vector<float>{1}, 0);
  null.text("t", "x", 0);
  null.describe("t", {});
  null.set_step(3);
  null.child("..").scalar("x", 1, 0);
  EXPECT_FALSE(null.enabled());
  EXPECT_FALSE(null.should_log("x", 0));
  EXPECT_THAT(null.flush(), IsOk());
  EXPECT_THAT(null.close(), IsOk());
  EXPECT_THAT(null.status(), IsOk());
  EXPECT_EQ(null.stats().refused, 0u);
  EXPECT_EQ(null.logdir(), "");
}

TEST_F(SummaryWriterTest, AMovedFromWriterActsAsNull) {
  open();
  SummaryWriter moved = std::move(*writer_);
  writer_->scalar("x", 1, 0);
  EXPECT_FALSE(writer_->enabled());
  EXPECT_TRUE(moved.enabled());
  EXPECT_EQ(moved.stats().events, 0u);
}

TEST_F(SummaryWriterTest, TheLastHandleCloses) {
  open();
  SummaryWriter shared = writer_->share();
  writer_.reset();
  shared.scalar("x", 1, 0);
  EXPECT_EQ(memory_.open_files(), 1u);
  shared = SummaryWriter::null();
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(parse_file(memory_.contents(memory_.paths()[0])), SizeIs(1));
}

TEST_F(SummaryWriterTest, CallsAfterCloseAreDroppedAndCounted) {
  open();
  EXPECT_TRUE(writer_->enabled());
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_FALSE(writer_->enabled());
  EXPECT_FALSE(writer_->should_log("x", 0));
  writer_->scalar("x", 1, 0);
  writer_->text("y", "z", 0);
  EXPECT_EQ(writer_->stats().dropped, 2u);
  EXPECT_EQ(writer_->stats().events, 0u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("after close()")));
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(writer_->flush(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SummaryWriterTest, LogdirIsAbsolute) {
  open();
  EXPECT_EQ(writer_->logdir(), "/memory/runs/a");
}

TEST_F(SummaryWriterTest, WorksOnTheMachinesOwnFiles) {
  const std::string logdir = ::testing::TempDir() + "tblog_writer_test";
  SummaryWriter writer(logdir);
  writer.scalar("x", 1, 0);
  EXPECT_THAT(writer.flush(FlushLevel::kDisk), IsOk());
  EXPECT_THAT(writer.close(), IsOk());
  EXPECT_EQ(writer.stats().events, 1u);
}

}  // namespace
}  // namespace tblog::testing
