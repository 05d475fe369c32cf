// SPDX-License-Identifier: Apache-2.0
//
// From the writer to the disk and back by the reader library: many threads, and
// tags, steps and wall times at their extremes. Framing is checked by code of
// this file alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tblog/log_reader.h"
#include "tblog/summary_writer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// ---- Framing, bit by bit: RFC 3720 for the checksum, TFRecord for the rest
// ----

uint32_t plain_crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit)
        crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
      t[i] = crc;
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (char c : bytes)
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

uint64_t little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool has_masked_crc(std::string_view bytes, std::string_view stored) {
  const uint32_t crc = plain_crc32c(bytes);
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  return masked == little_endian(stored);
}

// How many records `file` holds; fails the test unless it is nothing else.
size_t count_framed(std::string_view file) {
  size_t count = 0;
  while (!file.empty()) {
    if (file.size() < 16 ||
        !has_masked_crc(file.substr(0, 8), file.substr(8, 4))) {
      ADD_FAILURE() << "a bad header before the last " << file.size();
      return count;
    }
    const uint64_t size = little_endian(file.substr(0, 8));
    if (size > file.size() - 16 ||
        !has_masked_crc(file.substr(12, size), file.substr(12 + size, 4))) {
      ADD_FAILURE() << "a bad payload before the last " << file.size();
      return count;
    }
    file.remove_prefix(16 + size);
    ++count;
  }
  return count;
}

class RoundTripTest : public ::testing::TestWithParam<bool> {
 protected:
  RoundTripTest() {
    options_.legacy_values = GetParam();
    options_.max_block = std::chrono::hours(1);
    options_.on_error = [](const absl::Status&) {};
  }

  LogReader read() {
    auto reader = LogReader::open(dir_.path());
    EXPECT_THAT(reader, IsOk());
    EXPECT_THAT(reader->skipped(), IsEmpty());
    return *std::move(reader);
  }

  // Events in all files, their version records not counted.
  size_t framed_events() {
    size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(dir_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      count +=
          count_framed(std::string(std::istreambuf_iterator<char>(file), {})) -
          1;
    }
    return count;
  }

  TempDir dir_;
  WriterOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Forms, RoundTripTest, ::testing::Bool(),
                         [](const auto& of) {
                           return of.param ? "Legacy" : "Today";
                         });

std::vector<int64_t> counting(int64_t count) {
  std::vector<int64_t> steps;
  for (int64_t step = 0; step < count; ++step) steps.push_back(step);
  return steps;
}

TEST_P(RoundTripTest, ThreadsLoseNothingAndKeepTheirOrder) {
  constexpr int64_t kSteps = 300;
  options_.max_file_bytes = 200'000;
  for (int threads : {1, 2, 7, 64}) {
    SCOPED_TRACE(threads);
    std::filesystem::remove_all(dir_.path());
    SummaryWriter writer(dir_.path(), options_);
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([&, t] {
        const std::string own = "own" + std::to_string(t);
        SummaryWriter child = writer.child("child" + std::to_string(t % 3));
        for (int64_t step = 0; step < kSteps; ++step) {
          writer.scalar(own, static_cast<double>(step), step);
          child.scalars({{own, 1}, {own + "/b", 2}}, step);
          if (step % 100 == 0) writer.text(own + "/t", own, step);
        }
      });
    }
    for (std::thread& thread : running) thread.join();
    ASSERT_THAT(writer.close(), IsOk());
    const auto expected = static_cast<size_t>(threads * (2 * kSteps + 3));
    EXPECT_EQ(framed_events(), expected);
    EXPECT_EQ(writer.stats().events, expected);
    const LogReader reader = read();
    for (int t = 0; t < threads; ++t) {
      const std::string own = "own" + std::to_string(t);
      const tblog::Run* root = reader.find(".");
      const tblog::Run* child = reader.find("child" + std::to_string(t % 3));
      ASSERT_TRUE(root != nullptr && child != nullptr);
      ASSERT_NE(root->find(own), nullptr);
      EXPECT_EQ(root->find(own)->steps(), counting(kSteps));
      EXPECT_EQ(root->find(own)->values().back(),
                static_cast<double>(kSteps - 1));
      EXPECT_THAT(root->find(own + "/t")->steps(), ElementsAre(0, 100, 200));
      EXPECT_EQ(child->find(own)->steps(), counting(kSteps));
      EXPECT_EQ(child->find(own + "/b")->steps(), counting(kSteps));
    }
  }
}

TEST_P(RoundTripTest, StepsAtTheirExtremes) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const int64_t steps[] = {kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax};
  SummaryWriter writer(dir_.path(), options_);
  for (int64_t step : steps) {
    writer.scalar("s", 1, step);
    writer.histogram("h", std::vector<float>{1, 2}, step);
  }
  ASSERT_THAT(writer.close(), IsOk());
  const LogReader reader = read();
  EXPECT_THAT(reader.runs()[0].find("s")->steps(), ElementsAreArray(steps));
  EXPECT_THAT(reader.runs()[0].find("h")->steps(), ElementsAreArray(steps));
}

// Also those that a wall clock never says, but a simulation may.
TEST_P(RoundTripTest, WallTimesAtTheirExtremes) {
  const double times[] = {-DBL_MAX, -1.0, 0.0,    DBL_TRUE_MIN,
                          1e-6,     4e9,  DBL_MAX};
  SummaryWriter writer(dir_.path(), options_);
  int64_t step = 0;
  for (double time : times) {
    writer.scalar("s", 1, {step, time});
    writer.histogram("h", std::vector<float>{1, 2}, {step, time});
    ++step;
  }
  ASSERT_THAT(writer.close(), IsOk());
  const LogReader reader = read();
  EXPECT_THAT(reader.runs()[0].find("s")->wall_times(),
              ElementsAreArray(times));
  EXPECT_THAT(reader.runs()[0].find("h")->wall_times(),
              ElementsAreArray(times));
}

TEST_P(RoundTripTest, TagsOfAMegabyteAndOfAByte) {
  const std::string large(1'000'000, 't');
  SummaryWriter writer(dir_.path(), options_);
  for (int64_t step : {1, 2}) {
    writer.scalar(large, 1, step);
    writer.scalars({{large, 2}, {"x", 3}}, step + 10);
    writer.histogram(large + "h", std::vector<float>{1, 2}, step);
  }
  ASSERT_THAT(writer.flush(), IsOk());
  ASSERT_THAT(writer.close(), IsOk());
  EXPECT_EQ(writer.stats().events, 6u);
  const LogReader reader = read();
  EXPECT_EQ(framed_events(), 6u);
  ASSERT_NE(reader.runs()[0].find(large), nullptr);
  // Not in order: step 2 came after step 11.
  EXPECT_THAT(reader.runs()[0].find(large)->steps(), ElementsAre(1, 11, 2, 12));
  EXPECT_THAT(reader.runs()[0].find("x")->steps(), ElementsAre(11, 12));
  ASSERT_NE(reader.runs()[0].find(large + "h"), nullptr);
}

}  // namespace
}  // namespace tblog::testing
