// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_rewriter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/event/wire.h"
#include "tblog/log_reader.h"
#include "tests/reader/event_builder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

std::string session(int64_t step, proto::SessionLog::SessionStatus status) {
  proto::Event event;
  event.set_wall_time(1000);
  event.set_step(step);
  event.mutable_session_log()->set_status(status);
  return framed(event);
}

std::string graph(int64_t step, const std::string& bytes) {
  proto::Event event;
  event.set_wall_time(1000);
  event.set_step(step);
  event.set_graph_def(bytes);
  return framed(event);
}

class LogRewriterTest : public ::testing::Test {
 protected:
  // Rewrites files of these records, each after a version.
  RewriteReport rewrite(const std::vector<std::string>& files,
                        const RewriteOptions& options = {},
                        const std::vector<std::string>& tags = {}) {
    std::vector<std::string> paths;
    for (const std::string& records : files) {
      paths.push_back(dir_.write("in/" + std::to_string(paths.size()),
                                 version_record() + records));
    }
    std::filesystem::create_directories(dir_ / "out");
    std::filesystem::remove(dir_ / "out/tfevents");
    absl::StatusOr<RewriteReport> report =
        rewrite_events(paths, {{dir_ / "out/tfevents", tags}}, options);
    EXPECT_THAT(report, IsOk());
    events_.clear();
    absl::StatusOr<RecordReader> reader =
        RecordReader::open(dir_ / "out/tfevents");
    while (reader.ok()) {
      absl::StatusOr<std::optional<Record>> record = reader->next();
      if (!record.ok() || !record->has_value()) break;
      EXPECT_TRUE(events_.emplace_back().ParseFromString(
          std::string((*record)->payload)));
    }
    absl::StatusOr<LogReader> log = LogReader::open(dir_ / "out");
    EXPECT_THAT(log, IsOk());
    if (log.ok()) log_ = *std::move(log);
    return report.ok() ? *report : RewriteReport();
  }

  const Series& series(std::string_view tag) {
    const Series* found = log_.runs().at(0).find(tag);
    EXPECT_NE(found, nullptr) << tag;
    return *found;
  }

  std::vector<std::string> tags() {
    std::vector<std::string> tags;
    for (const Series& one : log_.runs().at(0).series())
      tags.push_back(one.tag());
    return tags;
  }

  TempDir dir_;
  LogReader log_;
  std::vector<proto::Event> events_;
};

TEST_F(LogRewriterTest, JoinsFilesUnderOneVersion) {
  const RewriteReport report =
      rewrite({summary_record(1, {scalar_tensor("x", 1)}),
               summary_record(2, {scalar_tensor("x", 2, "")})});
  EXPECT_THAT(events_, SizeIs(3));
  EXPECT_EQ(events_[0].file_version(), "brain.Event:2");
  EXPECT_EQ(events_[0].source_metadata().writer(), "a test");
  EXPECT_THAT(series("x").steps(), ElementsAre(1, 2));
  EXPECT_EQ(report.records, 4u);
  EXPECT_EQ(report.events, 3u);
  EXPECT_EQ(report.values, 2u);
}

TEST_F(LogRewriterTest, RenamesTagsByNameAndByTheirBeginning) {
  RewriteOptions options;
  options.rename = {{"x", "y"}, {"train/*", "fit/*"}, {"train/a", "never"}};
  rewrite(
      {summary_record(1, {scalar_tensor("x", 1), scalar_tensor("train/a", 2),
                          scalar_tensor("z", 3)})},
      options);
  EXPECT_THAT(tags(), ElementsAre("fit/a", "y", "z"));
}

TEST_F(LogRewriterTest, ARenamedGraphOfTimesKeepsItsBytes) {
  proto::Event event;
  event.mutable_tagged_run_metadata()->set_tag("step1");
  event.mutable_tagged_run_metadata()->set_run_metadata("bytes");
  RewriteOptions options;
  options.rename = {{"step1", "first"}};
  rewrite({framed(event)}, options);
  EXPECT_EQ(events_[1].tagged_run_metadata().tag(), "first");
  EXPECT_EQ(events_[1].tagged_run_metadata().run_metadata(), "bytes");
}

TEST_F(LogRewriterTest, DropsTagsAndTheEventsThatHaveNoOther) {
  RewriteOptions options;
  options.drop = {"debug/*", "__run_graph__"};
  const RewriteReport report = rewrite(
      {graph(0, "") + graph(0, "g") +
       summary_record(1, {scalar_tensor("debug/a", 1)}) +
       summary_record(2, {scalar_tensor("debug/a", 1), scalar_tensor("x", 2)})},
      options);
  EXPECT_THAT(tags(), ElementsAre("x"));
  EXPECT_THAT(events_, SizeIs(2));
  EXPECT_EQ(report.filtered_values, 4u);
}

TEST_F(LogRewriterTest, TheFirstValueThatStaysHasTheMetadata) {
  Value first = scalar_tensor("x", 1);
  first.mutable_metadata()->set_summary_description("what it is");
  RewriteOptions options;
  options.min_step = 2;
  const RewriteReport report =
      rewrite({summary_record(1, {first}) +
               summary_record(2, {scalar_tensor("x", 2, "")}) +
               summary_record(3, {scalar_tensor("x", 3, "")})},
              options);
  EXPECT_EQ(report.added_metadata, 1u);
  EXPECT_THAT(series("x").steps(), ElementsAre(2, 3));
  EXPECT_EQ(series("x").metadata().description, "what it is");
  EXPECT_FALSE(events_[2].summary().value(0).has_metadata());
}

TEST_F(LogRewriterTest, ThinsByTheDistanceOfSteps) {
  std::string records;
  for (int step = 0; step < 10; ++step)
    records += summary_record(step, {scalar_tensor("x", 1)});
  RewriteOptions options;
  options.min_step_distance = 4;
  options.max_step = 8;
  rewrite({records}, options);
  EXPECT_THAT(series("x").steps(), ElementsAre(0, 4, 8));
}

TEST_F(LogRewriterTest, ShiftsStepsAndTimesOfEventsAndOfTheVersion) {
  RewriteOptions options;
  options.shift_steps = -5;
  options.shift_wall_time_secs = 0.5;
  rewrite({summary_record(1, {scalar_tensor("x", 1)}) + graph(7, "g")},
          options);
  EXPECT_EQ(events_[0].wall_time(), 1000.5);
  EXPECT_EQ(events_[0].step(), 0);
  EXPECT_EQ(events_[1].step(), -4);
  EXPECT_EQ(events_[1].wall_time(), 1001.5);
  EXPECT_EQ(events_[2].step(), 2);
  EXPECT_EQ(events_[2].graph_def(), "g");
}

TEST_F(LogRewriterTest, AStepThatCannotBeShiftedIsAnErrorAndNothingIsWritten) {
  RewriteOptions options;
  options.shift_steps = 1;
  const std::string in = dir_.write(
      "in", version_record() + summary_record(INT64_MAX, {old_scalar("x", 1)}));
  EXPECT_THAT(rewrite_events({in}, {{dir_ / "out"}}, options),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out"));
}

TEST_F(LogRewriterTest, OldFormsBecomeTensorsOfTheSameValues) {
  Value image = named("image");
  image.mutable_image()->set_width(2);
  image.mutable_image()->set_height(3);
  image.mutable_image()->set_encoded_image_string("png");
  Value audio = named("audio");
  audio.mutable_audio()->set_encoded_audio_string("wav");
  Value described = old_scalar("x", 1.5);
  described.mutable_metadata()->set_display_name("X");
  RewriteOptions options;
  options.old_forms = OldForms::kReplace;
  rewrite({summary_record(1, {described, image, audio,
                              old_histogram("h", 0.1, 3.9, {0, 1, 2, 3, 4},
                                            {0, 3, 0, 2, 0})}) +
           summary_record(2, {old_scalar("x", 2.5)})},
          options);
  for (const Value& value : events_[1].summary().value()) {
    EXPECT_TRUE(value.has_tensor()) << value.tag();
    EXPECT_NE(value.metadata().data_class(), 0) << value.tag();
  }
  EXPECT_FALSE(events_[2].summary().value(0).has_metadata());
  EXPECT_THAT(series("x").values(), ElementsAre(1.5, 2.5));
  EXPECT_EQ(series("x").metadata().display_name, "X");
  EXPECT_EQ(series("image").image(0)->height, 3);
  EXPECT_THAT(series("image").image(0)->images, ElementsAre("png"));
  EXPECT_THAT(series("audio").audio(0)->clips, ElementsAre("wav"));
  EXPECT_EQ(series("audio").metadata().content, "\x10\x0b");
  const absl::StatusOr<HistogramValue> histogram = series("h").histogram(0);
  ASSERT_THAT(histogram, IsOk());
  ASSERT_THAT(histogram->buckets, SizeIs(3));
  EXPECT_EQ(histogram->buckets[0].left, 0.1);
  EXPECT_EQ(histogram->buckets[2].count, 2);
}

// ---- Resumed runs ----

TEST_F(LogRewriterTest, CutsWhatAResumedRunWroteOnceMore) {
  RewriteOptions options;
  options.superseded = Superseded::kCut;
  const RewriteReport report =
      rewrite({summary_record(1, {scalar_tensor("x", 1), old_scalar("y", 1)}) +
                   summary_record(2, {scalar_tensor("x", 2)}) +
                   summary_record(3, {scalar_tensor("x", 3)}),
               summary_record(2, {scalar_tensor("x", 20)}) +
                   summary_record(4, {scalar_tensor("x", 40)})},
              options);
  EXPECT_THAT(series("x").steps(), ElementsAre(1, 2, 4));
  EXPECT_THAT(series("x").values(), ElementsAre(1, 20, 40));
  EXPECT_THAT(series("y").steps(), ElementsAre(1));
  EXPECT_EQ(report.superseded_values, 2u);
}

TEST_F(LogRewriterTest, AStartCutsAllTagsAndGoes) {
  RewriteOptions options;
  options.superseded = Superseded::kCut;
  rewrite({summary_record(1, {old_scalar("x", 1), old_scalar("y", 1)}) +
               summary_record(5, {old_scalar("x", 5), old_scalar("y", 5)}),
           session(3, proto::SessionLog::START) +
               session(3, proto::SessionLog::CHECKPOINT) +
               summary_record(3, {old_scalar("x", 3)})},
          options);
  EXPECT_THAT(series("x").steps(), ElementsAre(1, 3));
  EXPECT_THAT(series("y").steps(), ElementsAre(1));
  EXPECT_EQ(series("__session_log__").size(), 1u);
}

TEST_F(LogRewriterTest, OfOneStepTheLastValueStays) {
  RewriteOptions options;
  options.superseded = Superseded::kCut;
  rewrite({summary_record(1, {old_scalar("x", 1), old_scalar("x", 2)}) +
           graph(0, "first") + graph(0, "second")},
          options);
  EXPECT_THAT(series("x").values(), ElementsAre(2));
  EXPECT_EQ(events_.back().graph_def(), "second");
  EXPECT_THAT(events_, SizeIs(3));
}

// ---- What stays as it is ----

TEST_F(LogRewriterTest, FieldsThatNobodyKnowsStay) {
  std::string value = old_scalar("x", 1).SerializeAsString();
  wire::put_bytes(value, 77, "of the value");
  std::string summary;
  wire::put_bytes(summary, 78, "of the summary");
  wire::put_bytes(summary, 1, value);
  std::string event;
  wire::put_bytes(event, 79, "of the event");
  wire::put_bytes(event, 5, summary);
  RewriteOptions options;
  options.rename = {{"x", "longer"}};
  options.shift_steps = 3;
  rewrite({framed(event)}, options);
  const std::string made = events_[1].SerializeAsString();
  for (const char* text : {"of the value", "of the summary", "of the event"})
    EXPECT_THAT(made, HasSubstr(text));
  EXPECT_EQ(events_[1].step(), 3);
  EXPECT_THAT(tags(), ElementsAre("longer"));
}

TEST_F(LogRewriterTest, EachTargetGetsItsTags) {
  const std::string in = dir_.write(
      "in",
      version_record() +
          summary_record(1, {scalar_tensor("a", 1), scalar_tensor("b", 2)}) +
          session(1, proto::SessionLog::STOP));
  absl::StatusOr<RewriteReport> report = rewrite_events(
      {in}, {{dir_ / "1/tfevents", {"a"}}, {dir_ / "2/tfevents", {"b"}}});
  EXPECT_THAT(report, StatusIs(absl::StatusCode::kNotFound));
  std::filesystem::create_directories(dir_ / "1");
  std::filesystem::create_directories(dir_ / "2");
  report = rewrite_events(
      {in}, {{dir_ / "1/tfevents", {"a"}}, {dir_ / "2/tfevents", {"b"}}});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->events, 6u);
  absl::StatusOr<LogReader> log = LogReader::open(dir_ / "2");
  ASSERT_THAT(log, IsOk());
  EXPECT_EQ(log->runs()[0].find("a"), nullptr);
  EXPECT_THAT(log->runs()[0].find("b")->values(), ElementsAre(2));
}

TEST_F(LogRewriterTest, RefusesOptionsThatMakeNoSense) {
  const std::string in = dir_.write("in", version_record());
  const auto refused = [&](const RewriteOptions& options) {
    EXPECT_THAT(rewrite_events({in}, {{dir_ / "out"}}, options),
                StatusIs(absl::StatusCode::kInvalidArgument));
  };
  RewriteOptions options;
  options.min_step = 2;
  options.max_step = 1;
  refused(options);
  options = {};
  options.min_step_distance = -1;
  refused(options);
  options = {};
  options.rename = {{"x", ""}};
  refused(options);
  options.rename = {{"x", "\xff"}};
  refused(options);
  EXPECT_THAT(rewrite_events({}, {{dir_ / "out"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(rewrite_events({in}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tblog
