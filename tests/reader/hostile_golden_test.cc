// SPDX-License-Identifier: Apache-2.0
//
// Damage to logs that other writers made, so that it meets every decoder: no
// crash, nothing on stderr, no allocation that the file does not explain.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "src/record/framing.h"
#include "tblog/graph_value.h"
#include "tblog/record_io.h"
#include "tests/reader/event_builder.h"
#include "tests/reader/hostile.h"
#include "tests/testing/largest_allocation.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog {
namespace {

using namespace tblog::testing;  // NOLINT: the helpers of hostile.h

constexpr const char* kFiles[] = {"tensorboard/events.tfevents",
                                  "tensorboardx/run/events.tfevents",
                                  "tensorboardx/run/trial/events.tfevents",
                                  "tensorflow/v1/events.tfevents",
                                  "tensorflow/v2/events.tfevents",
                                  "torch/run/events.tfevents",
                                  "torch/run/trial/events.tfevents"};

std::string golden(const std::string& name) {
  return std::string(TBLOG_READER_TEST_DATA) + "/" + name;
}

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

// The events of the golden files, encoded.
std::vector<std::string> golden_payloads() {
  std::vector<std::string> payloads;
  for (const char* name : kFiles) {
    absl::StatusOr<RecordReader> reader = RecordReader::open(golden(name));
    EXPECT_THAT(reader, IsOk());
    if (!reader.ok()) continue;
    while (true) {
      absl::StatusOr<std::optional<Record>> record = reader->next();
      if (!record.ok() || !record->has_value()) break;
      payloads.emplace_back((*record)->payload);
    }
  }
  return payloads;
}

class HostileGoldenTest : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::internal::CaptureStderr(); }
  void TearDown() override {
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  }

  // Reads a file of these records; 64 MiB: a tensor of one repeated element.
  void read_records(const std::string& records, int round) {
    reset_largest_allocation();
    ASSERT_NO_FATAL_FAILURE(read_all(dir_.write("x.tfevents", records)))
        << round;
    ASSERT_LE(largest_allocation(), (size_t{64} << 20) + 1000) << round;
  }

  TempDir dir_;
};

TEST_F(HostileGoldenTest, MutatedEventsInRightFrames) {
  const std::vector<std::string> payloads = golden_payloads();
  ASSERT_GT(payloads.size(), 80u);
  std::mt19937 random(21);
  for (int round = 0; round < 150; ++round) {
    std::string records;
    for (const std::string& payload : payloads)
      records += framed(mutated(payload, random));
    ASSERT_NO_FATAL_FAILURE(read_records(records, round));
  }
}

TEST_F(HostileGoldenTest, MutatedFiles) {
  std::mt19937 random(22);
  for (const char* name : kFiles) {
    const std::string whole = content_of(golden(name));
    for (int round = 0; round < 60; ++round)
      ASSERT_NO_FATAL_FAILURE(read_records(mutated(whole, random), round));
  }
}

TEST_F(HostileGoldenTest, CutFiles) {
  for (const char* name : kFiles) {
    const std::string whole = content_of(golden(name));
    for (size_t cut = 0; cut < whole.size(); cut += 37) {
      ASSERT_NO_FATAL_FAILURE(
          read_records(whole.substr(0, cut), static_cast<int>(cut)));
    }
  }
}

TEST_F(HostileGoldenTest, MutatedGraphsAndRunMetadata) {
  std::vector<std::string> graphs;
  std::vector<std::string> metadata;
  for (const char* name : kFiles) {
    absl::StatusOr<LogReader> log = LogReader::open(golden(name));
    ASSERT_THAT(log, IsOk());
    for (const Series& series : log->runs()[0].series()) {
      if (series.kind() == ValueKind::kGraph)
        graphs.push_back(series.tensor(0)->strings[0]);
      if (series.kind() == ValueKind::kRunMetadata)
        metadata.push_back(series.tensor(0)->strings[0]);
    }
  }
  ASSERT_GE(graphs.size(), 3u);
  ASSERT_GE(metadata.size(), 3u);
  std::mt19937 random(23);
  for (int round = 0; round < 3000; ++round) {
    (void)decode_graph(mutated(graphs[random() % graphs.size()], random)).ok();
    (void)decode_run_metadata(
        mutated(metadata[random() % metadata.size()], random))
        .ok();
  }
}

TEST_F(HostileGoldenTest, MutatedFilesOfAnEmbedding) {
  const std::string folder = golden("torch/run/");
  const std::string tensors = "00009/words/tensors.tsv";
  const std::string labels = "00009/words/metadata.tsv";
  const std::string config = "projector_config.pbtxt";
  dir_.write("00009/words/sprite.png", "sprite");
  dir_.write("x.tfevents", version_record());
  std::mt19937 random(24);
  for (int round = 0; round < 1500; ++round) {
    for (const std::string& name : {tensors, labels, config}) {
      const std::string whole = content_of(folder + name);
      ASSERT_FALSE(whole.empty());
      dir_.write(name, random() % 2 == 0 ? mutated(whole, random) : whole);
    }
    reset_largest_allocation();
    ASSERT_NO_FATAL_FAILURE(read_log(dir_.path())) << round;
    ASSERT_LE(largest_allocation(), size_t{1} << 20) << round;
  }
}

}  // namespace
}  // namespace tblog
