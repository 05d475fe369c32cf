// SPDX-License-Identifier: Apache-2.0
//
// Any bytes in an event file: no crash, no allocation that the file's size does
// not explain, nothing on stderr, and what is returned adds up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "src/event/wire.h"
#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tests/reader/event_builder.h"
#include "tests/reader/hostile.h"
#include "tests/testing/largest_allocation.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

std::vector<proto::Event> all_kinds() {
  Value image = named("old image");
  image.mutable_image()->set_encoded_image_string("png");
  Value audio = named("old audio");
  audio.mutable_audio()->set_encoded_audio_string("wav");
  std::vector<proto::Event> events;
  const auto add = [&](const Value& value) {
    proto::Event event;
    event.set_wall_time(1);
    event.set_step(static_cast<int64_t>(events.size()));
    *event.mutable_summary()->add_value() = value;
    *event.mutable_summary()->add_value() = old_scalar("x", 1);
    events.push_back(event);
  };
  for (const Value& value :
       {old_scalar("a", 1), scalar_tensor("b", 1),
        old_histogram("c", 0, 2, {1, 2}, {3, 4}),
        double_tensor("d", "histograms", {1, 3}, {0, 1, 2}), image, audio,
        string_tensor("e", "images", {3}, {"1", "1", "png"}),
        string_tensor("f", "audio", {1, 2}, {"wav", "label"}),
        string_tensor("g", "text", {}, {"text"}),
        double_tensor("h", "", {2}, {1, 2}), named("i", "hparams")}) {
    add(value);
  }
  proto::Event graph;
  graph.set_graph_def("graph");
  events.push_back(graph);
  return events;
}

class HostileFilesTest : public ::testing::Test {
 protected:
  TempDir dir_;
};

// Damage above the framing: the checksums are right, the events are not.
TEST_F(HostileFilesTest, MutatedEventsInRightFrames) {
  const std::vector<proto::Event> events = all_kinds();
  std::mt19937 random(11);
  ::testing::internal::CaptureStderr();
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (const proto::Event& event : events) {
      bytes += framed(mutated(event.SerializeAsString(), random));
    }
    reset_largest_allocation();
    ASSERT_NO_FATAL_FAILURE(read_all(dir_.write("x.tfevents", bytes))) << round;
    // 64 MiB: a tensor whose one element is repeated.
    ASSERT_LE(largest_allocation(), (size_t{64} << 20) + 1000) << round;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(HostileFilesTest, MutatedFiles) {
  std::string whole = version_record();
  for (const proto::Event& event : all_kinds()) whole += framed(event);
  std::mt19937 random(12);
  for (int round = 0; round < 1500; ++round) {
    reset_largest_allocation();
    ASSERT_NO_FATAL_FAILURE(
        read_all(dir_.write("x.tfevents", mutated(whole, random))))
        << round;
    ASSERT_LE(largest_allocation(), size_t{256} << 10) << round;
  }
}

TEST_F(HostileFilesTest, EveryCutOfAFileWithAllKinds) {
  std::string whole = version_record();
  for (const proto::Event& event : all_kinds()) whole += framed(event);
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    ASSERT_NO_FATAL_FAILURE(
        read_all(dir_.write("x.tfevents", whole.substr(0, cut))))
        << cut;
  }
}

TEST_F(HostileFilesTest, EveryFlippedBitOfAFileWithAllKinds) {
  std::string bytes = version_record();
  for (const proto::Event& event : all_kinds()) bytes += framed(event);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const std::string path = dir_.write("x.tfevents", bytes);
    absl::StatusOr<LogReader> log = LogReader::open(path);
    ASSERT_THAT(log, IsOk());
    // Exactly the record with the bit is lost.
    ASSERT_EQ(log->files()[0].records, all_kinds().size()) << bit;
    ASSERT_EQ(log->skipped().size(), 1u) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST_F(HostileFilesTest, MessagesThatNestWithoutEndDoNotRecurse) {
  std::string nested;
  for (int i = 0; i < 20'000; ++i) {
    std::string outer;
    wire::put_bytes_always(outer, 8, nested);
    nested = outer;
    if (nested.size() > 60'000) break;
  }
  std::string value;
  wire::put_bytes(value, 1, "x");
  wire::put_bytes(value, 8, nested);
  std::string summary;
  wire::put_bytes(summary, 1, value);
  std::string event;
  wire::put_bytes(event, 5, summary);
  const std::string groups(1'000'000, '\x0b');
  ASSERT_NO_FATAL_FAILURE(
      read_all(dir_.write("x.tfevents", framed(event) + framed(groups))));
}

TEST_F(HostileFilesTest, AMillionEmptyValuesCostNoMemory) {
  std::string summary;
  for (int i = 0; i < 1'000'000; ++i) summary += std::string("\x0a\x00", 2);
  std::string event;
  wire::put_bytes(event, 5, summary);
  const std::string path = dir_.write("x.tfevents", framed(event));
  reset_largest_allocation();
  absl::StatusOr<LogReader> log = LogReader::open(path);
  ASSERT_THAT(log, IsOk());
  EXPECT_LE(largest_allocation(), 2 * event.size());
}

}  // namespace
}  // namespace tblog
