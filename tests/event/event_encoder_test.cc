// SPDX-License-Identifier: Apache-2.0

#include "src/event/event_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "src/record/framing.h"
#include "tblog/proto/event.pb.h"

namespace tblog::internal {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string framed(const proto::Event& event) {
  std::string out;
  append_record(out, event.SerializeAsString());
  return out;
}

std::string payload_of(const std::string& record) {
  EXPECT_GE(record.size(), 16u);
  return record.substr(12, record.size() - 16);
}

proto::Event event_of(double wall_time, int64_t step, int values) {
  proto::Event event;
  event.set_wall_time(wall_time);
  event.set_step(step);
  event.mutable_summary();
  for (int i = 0; i < values; ++i) {
    auto* value = event.mutable_summary()->add_value();
    value->set_tag("tag" + std::to_string(i));
    value->set_simple_value(static_cast<float>(i));
  }
  return event;
}

void expect_same(const proto::Event& event) {
  const std::string values = event.summary().SerializeAsString();
  std::string out;
  append_summary_record(out, event.wall_time(), event.step(), values);
  EXPECT_EQ(out, framed(event)) << event.ShortDebugString();
  EXPECT_EQ(summary_event_size(event.wall_time(), event.step(), values.size()),
            event.ByteSizeLong());

  std::string halves = "before";
  const size_t payload = begin_summary_record(halves, event.wall_time(),
                                              event.step(), values.size());
  EXPECT_EQ(payload, 6 + kRecordHeaderBytes);
  halves += values;
  finish_record(halves, payload);
  EXPECT_EQ(halves, "before" + framed(event));

  std::string place(kMaxEventFrameBytes + values.size(), '?');
  char* const begin = store_summary_record_head(place.data(), event.wall_time(),
                                                event.step(), values.size());
  values.copy(begin, values.size());
  const char* const end =
      store_record_frame(place.data(), begin + values.size());
  EXPECT_EQ(place.substr(0, static_cast<size_t>(end - place.data())),
            framed(event));
}

// tensorflow/tensorboard's own record of this event, see the contract's test
// vectors.
TEST(EventEncoderTest, KnownVersionRecord) {
  proto::Event event;
  event.set_wall_time(1234567890.0);
  event.set_file_version("brain.Event:2");
  const std::string record = framed(event);
  EXPECT_EQ(record.size(), 40u);
  EXPECT_EQ(record.substr(0, 12),
            std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  EXPECT_EQ(record.substr(36), "\x32\xa2\x51\x85");
}

TEST(EventEncoderTest, OtherEventsAreAsGeneratedCodeWritesThem) {
  for (int64_t step : {int64_t{0}, int64_t{7}, kMin, kMax}) {
    for (const std::string& message :
         {std::string(), std::string("\x08\x03"), std::string(300, 'x')}) {
      proto::Event event;
      event.set_wall_time(1.5);
      event.set_step(step);
      event.set_graph_def(message);
      std::string out;
      append_event_record(out, 1.5, step, EventField::kGraphDef, message);
      EXPECT_EQ(out, framed(event));
      EXPECT_EQ(event_size(1.5, step, EventField::kGraphDef, message.size()),
                event.ByteSizeLong());
    }
  }
  proto::Event event;
  event.mutable_session_log()->set_status(proto::SessionLog::CHECKPOINT);
  event.mutable_session_log()->set_checkpoint_path("model.pt");
  std::string out;
  append_event_record(out, 0, 0, EventField::kSessionLog,
                      event.session_log().SerializeAsString());
  EXPECT_EQ(out, framed(event));

  event.mutable_tagged_run_metadata()->set_tag("step 3");
  event.mutable_tagged_run_metadata()->set_run_metadata("\x0a");
  out.clear();
  append_event_record(out, 0, 0, EventField::kTaggedRunMetadata,
                      event.tagged_run_metadata().SerializeAsString());
  EXPECT_EQ(out, framed(event));
}

TEST(EventEncoderTest, VersionRecordIsAsGeneratedCodeWritesIt) {
  for (double wall_time : {0.0, -0.0, 1.0, 1234567890.0, 1.7e9}) {
    for (const std::string writer : {"", "tblog 0.1.0"}) {
      proto::Event event;
      event.set_wall_time(wall_time);
      event.set_file_version("brain.Event:2");
      event.mutable_source_metadata();
      std::string out;
      append_file_version_record(out, wall_time, writer);
      proto::Event read;
      ASSERT_TRUE(read.ParseFromString(payload_of(out)));
      EXPECT_EQ(read.wall_time(), wall_time);
      EXPECT_EQ(std::signbit(read.wall_time()), std::signbit(wall_time));
      EXPECT_EQ(read.file_version(), "brain.Event:2");
      EXPECT_EQ(read.source_metadata().writer(), writer);
      EXPECT_EQ(read.step(), 0);
      if (writer.empty()) continue;
      event.mutable_source_metadata()->set_writer(writer);
      EXPECT_EQ(out, framed(event));
    }
  }
}

TEST(EventEncoderTest, VersionRecordAppends) {
  std::string once;
  append_file_version_record(once, 5.0, "w");
  std::string twice = once;
  append_file_version_record(twice, 5.0, "w");
  EXPECT_EQ(twice, once + once);
}

TEST(EventEncoderTest, SummariesAreAsGeneratedCodeWritesThem) {
  for (double wall_time :
       {0.0, -0.0, 1.0, -1.0, 1.7e9, std::numeric_limits<double>::max(),
        std::numeric_limits<double>::denorm_min()}) {
    for (int64_t step :
         {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{127}, int64_t{128},
          int64_t{16383}, int64_t{16384}, kMin, kMax}) {
      for (int values : {0, 1, 2, 9, 10, 1300, 1400})
        expect_same(event_of(wall_time, step, values));
    }
  }
}

TEST(EventEncoderTest, RandomSummariesToo) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    const auto wall_time = static_cast<double>(random() >> (random() % 64));
    const auto step = static_cast<int64_t>(random() >> (random() % 64));
    expect_same(event_of(wall_time, i % 2 == 0 ? step : -step,
                         static_cast<int>(random() % 40)));
  }
}

// Sizes that need no such event in memory.
TEST(EventEncoderTest, SizesNearTheCeiling) {
  EXPECT_EQ(summary_event_size(0, 0, 0), 2u);
  EXPECT_EQ(summary_event_size(1, 0, 0), 11u);
  EXPECT_EQ(summary_event_size(1, 1, 0), 13u);
  EXPECT_EQ(summary_event_size(1, -1, 0), 22u);
  EXPECT_EQ(summary_event_size(0, 0, 127), 129u);
  EXPECT_EQ(summary_event_size(0, 0, 128), 131u);
  EXPECT_EQ(summary_event_size(0, 0, (uint64_t{1} << 31) - 1),
            (uint64_t{1} << 31) + 5);
  EXPECT_EQ(summary_event_size(0, 0, uint64_t{1} << 35),
            (uint64_t{1} << 35) + 7);
}

}  // namespace
}  // namespace tblog::internal
