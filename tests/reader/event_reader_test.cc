// SPDX-License-Identifier: Apache-2.0

#include "tblog/event_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/reader/event_builder.h"
#include "tests/testing/largest_allocation.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

class EventReaderTest : public ::testing::Test {
 protected:
  std::vector<Event> read(const std::string& contents,
                          const EventFilter& filter = {}) {
    absl::StatusOr<EventReader> reader =
        EventReader::open(dir_.write("x.tfevents", contents), {}, filter);
    EXPECT_THAT(reader, IsOk());
    std::vector<Event> events;
    while (reader.ok()) {
      absl::StatusOr<std::optional<Event>> event = reader->next();
      EXPECT_THAT(event, IsOk());
      if (!event.ok() || !event->has_value()) break;
      events.push_back(**event);
    }
    if (reader.ok()) skipped_ = reader->skipped();
    return events;
  }

  TempDir dir_;
  std::vector<SkippedRegion> skipped_;
};

TEST_F(EventReaderTest, GivesTimeStepAndTheFileVersion) {
  const std::vector<Event> events =
      read(version_record() + summary_record(-3, {old_scalar("x", 1)}));
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].kind, EventKind::kFileVersion);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[0].writer, "a test");
  EXPECT_EQ(events[0].wall_time, 1000);
  EXPECT_EQ(events[1].kind, EventKind::kSummary);
  EXPECT_EQ(events[1].step, -3);
  EXPECT_EQ(events[1].wall_time, 997);
  EXPECT_EQ(events[1].offset, version_record().size());
}

TEST_F(EventReaderTest, DecodesEachKindOfValue) {
  Value hparams = named("hp", "hparams");
  hparams.mutable_metadata()->mutable_plugin_data()->set_content(
      "\x22\x02\x08\x01");  // session_end_info: status 1
  Value other = named("x", "theirs");
  const std::vector<Event> events = read(summary_record(
      1, {old_scalar("old", 0.5f), scalar_tensor("new", 0.25f),
          old_histogram("h", 0, 2, {1, 2}, {3, 4}),
          string_tensor("i", "images", {3}, {"2", "1", "png"}),
          string_tensor("a", "audio", {1}, {"wav"}),
          string_tensor("t", "text", {}, {"note"}),
          double_tensor("n", "", {2}, {1, 2}), hparams, other,
          double_tensor("pr", "pr_curves", {6, 1}, {1, 2, 3, 4, 5, 6})}));
  ASSERT_THAT(events, SizeIs(1));
  const std::vector<TaggedValue>& values = events[0].values;
  ASSERT_THAT(values, SizeIs(10));
  EXPECT_EQ(std::get<double>(values[0].value), 0.5);
  EXPECT_EQ(values[0].metadata.plugin, "scalars");
  EXPECT_EQ(std::get<double>(values[1].value), 0.25);
  EXPECT_EQ(std::get<HistogramValue>(values[2].value).buckets.at(1).count, 4);
  EXPECT_THAT(std::get<ImageValue>(values[3].value).images, ElementsAre("png"));
  EXPECT_THAT(std::get<AudioValue>(values[4].value).clips, ElementsAre("wav"));
  EXPECT_THAT(std::get<TextValue>(values[5].value).texts, ElementsAre("note"));
  EXPECT_THAT(std::get<TensorValue>(values[6].value).shape, ElementsAre(2));
  EXPECT_EQ(values[7].kind, ValueKind::kHParams);
  EXPECT_EQ(std::get<HParamsValue::SessionEnd>(
                std::get<HParamsValue>(values[7].value).what)
                .status,
            HParamsValue::Status::kSuccess);
  EXPECT_EQ(values[8].kind, ValueKind::kOther);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(values[8].value));
  EXPECT_THAT(std::get<PrCurveValue>(values[9].value).recall, ElementsAre(6));
}

TEST_F(EventReaderTest, ValuesWithoutMetadataHaveThatOfTheirTag) {
  Value first = scalar_tensor("x", 1);
  first.mutable_metadata()->set_display_name("X");
  const std::vector<Event> events =
      read(summary_record(1, {first}) +
           summary_record(2, {scalar_tensor("x", 2, "")}));
  ASSERT_THAT(events, SizeIs(2));
  ASSERT_THAT(events[1].values, SizeIs(1));
  EXPECT_EQ(events[1].values[0].kind, ValueKind::kScalar);
  EXPECT_EQ(events[1].values[0].metadata.display_name, "X");
}

TEST_F(EventReaderTest, GivesGraphsSessionsAndRunMetadataAsTheyAre) {
  proto::Event graph;
  graph.set_graph_def("graph");
  proto::Event session;
  session.mutable_session_log()->set_status(proto::SessionLog::START);
  proto::Event metadata;
  metadata.mutable_tagged_run_metadata()->set_tag("step 1");
  metadata.mutable_tagged_run_metadata()->set_run_metadata("bytes");
  proto::Event meta_graph;
  meta_graph.set_meta_graph_def("meta");
  const std::vector<Event> events =
      read(framed(graph) + framed(session) + framed(metadata) +
           framed(meta_graph) + framed(""));
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_EQ(events[0].kind, EventKind::kGraph);
  EXPECT_EQ(events[0].bytes, "graph");
  EXPECT_EQ(events[1].kind, EventKind::kSessionLog);
  EXPECT_EQ(events[1].session.status, SessionStatus::kStart);
  EXPECT_EQ(events[2].kind, EventKind::kRunMetadata);
  EXPECT_EQ(events[2].tag, "step 1");
  EXPECT_EQ(events[2].bytes, "bytes");
  EXPECT_EQ(events[3].kind, EventKind::kMetaGraph);
  EXPECT_EQ(events[4].kind, EventKind::kNone);
}

TEST_F(EventReaderTest, SkipsDamageBadEventsAndBadValuesInTheOrderOfOffsets) {
  std::string damaged = summary_record(2, {old_scalar("x", 2)});
  damaged.back() ^= 1;
  const std::vector<Event> events =
      read(framed("\xff") + damaged +
           summary_record(3, {string_tensor("i", "images", {1}, {"1"}),
                              old_scalar("x", 3)}));
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_THAT(events[0].values, SizeIs(1));
  EXPECT_EQ(events[0].values[0].tag, "x");
  ASSERT_THAT(skipped_, SizeIs(3));
  EXPECT_EQ(skipped_[0].reason, "record that is no valid event");
  EXPECT_THAT(skipped_[1].reason, HasSubstr("payload checksum"));
  EXPECT_THAT(skipped_[2].reason, HasSubstr("tag \"i\": image"));
}

TEST_F(EventReaderTest, StopsAtDamageWhenAsked) {
  std::string damaged = version_record();
  damaged.back() ^= 1;
  absl::StatusOr<EventReader> reader =
      EventReader::open(dir_.write("x.tfevents", damaged), {OnDamage::kStop});
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(reader->next(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(EventReaderTest, FollowsAFileThatGrows) {
  const std::string path = dir_.write("x.tfevents", version_record());
  absl::StatusOr<EventReader> reader = EventReader::open(path);
  ASSERT_THAT(reader, IsOk());
  EXPECT_TRUE((*reader->next()).has_value());
  EXPECT_FALSE((*reader->next()).has_value());
  const std::string record = summary_record(1, {old_scalar("x", 1)});
  std::ofstream(path, std::ios::binary | std::ios::app) << record.substr(0, 9);
  EXPECT_FALSE((*reader->next()).has_value());
  EXPECT_EQ(reader->incomplete_bytes(), 9u);
  std::ofstream(path, std::ios::binary | std::ios::app) << record.substr(9);
  absl::StatusOr<std::optional<Event>> event = reader->next();
  ASSERT_THAT(event, IsOk());
  ASSERT_TRUE(event->has_value());
  EXPECT_EQ((*event)->step, 1);
}

// The tags of all values, with the steps of their events.
std::vector<std::string> tags_of(const std::vector<Event>& events) {
  std::vector<std::string> tags;
  for (const Event& event : events) {
    for (const TaggedValue& value : event.values)
      tags.push_back(value.tag + std::to_string(event.step));
  }
  return tags;
}

TEST_F(EventReaderTest, GivesTheTagsKindsAndStepsThatAreAskedFor) {
  std::string bytes = version_record();
  for (int step = 0; step < 4; ++step) {
    bytes += summary_record(step,
                            {old_scalar("loss/a", 1), old_scalar("acc", 1),
                             string_tensor("loss/t", "text", {1}, {"a text"})});
  }
  bytes += summary_record(4, {old_scalar("acc", 1)});
  EventFilter filter;
  filter.tags = {"loss/*"};
  const std::vector<Event> events = read(bytes, filter);
  EXPECT_THAT(events, SizeIs(4));  // without the version, and the last one
  EXPECT_THAT(tags_of(events),
              ElementsAre("loss/a0", "loss/t0", "loss/a1", "loss/t1", "loss/a2",
                          "loss/t2", "loss/a3", "loss/t3"));
  filter.kinds = {ValueKind::kText};
  filter.min_step = 1;
  filter.max_step = 2;
  EXPECT_THAT(tags_of(read(bytes, filter)), ElementsAre("loss/t1", "loss/t2"));
  filter = {};
  filter.max_step = 0;
  EXPECT_THAT(read(bytes, filter), SizeIs(2));  // the version, too
}

TEST_F(EventReaderTest, WhatIsLeftOutIsNotDecoded) {
  const std::string bytes =
      summary_record(1, {string_tensor("i", "images", {1}, {"1"})}) +
      summary_record(2, {old_scalar("x", 2)});
  EventFilter filter;
  filter.tags = {"x"};
  EXPECT_THAT(tags_of(read(bytes, filter)), ElementsAre("x2"));
  EXPECT_THAT(skipped_, IsEmpty());
  filter = {};
  filter.kinds = {ValueKind::kScalar};
  EXPECT_THAT(tags_of(read(bytes, filter)), ElementsAre("x2"));
  EXPECT_THAT(skipped_, IsEmpty());
  filter = {};
  filter.min_step = 2;
  EXPECT_THAT(tags_of(read(bytes, filter)), ElementsAre("x2"));
  EXPECT_THAT(skipped_, IsEmpty());
  filter = {};
  filter.decode_values = false;
  const std::vector<Event> events = read(bytes, filter);
  EXPECT_THAT(tags_of(events), ElementsAre("i1", "x2"));
  EXPECT_THAT(skipped_, IsEmpty());
  EXPECT_EQ(events[0].values[0].kind, ValueKind::kImage);
  EXPECT_TRUE(
      std::holds_alternative<std::monostate>(events[0].values[0].value));
}

TEST_F(EventReaderTest, MetadataOfStepsThatAreLeftOutCount) {
  EventFilter filter;
  filter.min_step = 2;
  filter.kinds = {ValueKind::kScalar};
  const std::vector<Event> events =
      read(summary_record(1, {scalar_tensor("x", 1)}) +
               summary_record(2, {scalar_tensor("x", 2, "")}),
           filter);
  EXPECT_THAT(tags_of(events), ElementsAre("x2"));
}

TEST_F(EventReaderTest, FiltersWhatEventsHoldBesideSummaries) {
  proto::Event graph;
  graph.set_graph_def("graph");
  proto::Event session;
  session.set_step(1);
  session.mutable_session_log()->set_status(proto::SessionLog::START);
  proto::Event metadata;
  metadata.mutable_tagged_run_metadata()->set_tag("step 1");
  const std::string bytes = version_record() + framed(graph) + framed(session) +
                            framed(metadata) +
                            summary_record(3, {old_scalar("x", 1)});
  EventFilter filter;
  filter.kinds = {ValueKind::kGraph, ValueKind::kSession};
  std::vector<Event> events = read(bytes, filter);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].bytes, "graph");
  EXPECT_EQ(events[1].session.status, SessionStatus::kStart);
  filter = {};
  filter.tags = {"step *"};
  events = read(bytes, filter);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].tag, "step 1");
  filter = {};
  filter.decode_values = false;
  events = read(bytes, filter);
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_EQ(events[1].bytes, "");
}

TEST_F(EventReaderTest, RefusesAFilterThatNothingPasses) {
  EventFilter filter;
  filter.min_step = 1;
  filter.max_step = 0;
  EXPECT_THAT(EventReader::open(dir_.write("x.tfevents", ""), {}, filter),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// Which would take the file's size squared.
TEST_F(EventReaderTest, RepeatsTheMetadataOfATagInAnEventOnlySoOften) {
  Value first = scalar_tensor("x", 1);
  first.mutable_metadata()->set_summary_description(std::string(1 << 20, 'd'));
  proto::Event many;
  for (int i = 0; i < 100; ++i)
    *many.mutable_summary()->add_value() = old_scalar("x", 2);
  const std::vector<Event> events =
      read(summary_record(1, {first}) + framed(many) +
           summary_record(3, {old_scalar("x", 3)}));
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_THAT(events[1].values, SizeIs(63));
  ASSERT_THAT(skipped_, SizeIs(100 - 63));
  EXPECT_THAT(skipped_[0].reason, HasSubstr("repeat"));
  EXPECT_THAT(events[2].values, SizeIs(1));
}

TEST_F(EventReaderTest, NeedsNoMoreMemoryForALargerFile) {
  std::string bytes;
  for (int step = 0; step < 30'000; ++step) {
    bytes += summary_record(step, {old_scalar("x", 1)});
  }
  const std::string path = dir_.write("x.tfevents", bytes);
  absl::StatusOr<EventReader> reader = EventReader::open(path);
  ASSERT_THAT(reader, IsOk());
  reset_largest_allocation();
  int events = 0;
  while ((*reader->next()).has_value()) ++events;
  EXPECT_EQ(events, 30'000);
  EXPECT_GT(bytes.size(), size_t{1} << 20);
  EXPECT_LE(largest_allocation(), size_t{256} << 10);
}

}  // namespace
}  // namespace tblog
