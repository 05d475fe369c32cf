// SPDX-License-Identifier: Apache-2.0
//
// Runs of weeks, in minutes: memory and time of 10^8 events and of a million
// tags. Times are minima of many windows, since the machine does other things,
// too. Each test prints what it measured. A disk that stalls:
// stall_soak_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tblog/summary_writer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;
using ::testing::IsEmpty;

// Of this process, in bytes, resident.
int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// Of this thread, which a busy machine makes no longer.
double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

class LongRunTest : public ::testing::Test {
 protected:
  // What ships files away and deletes them: all but the newest two.
  void delete_old_files() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path()))
      paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (size_t i = 0; i + 2 < paths.size(); ++i)
      std::filesystem::remove(paths[i]);
  }

  TempDir dir_;
  WriterOptions options_;
};

// With a queue of 1 MiB: whatever it is, its memory is touched when the disk is
// slow for the first time, however late that is, and the process keeps it.
TEST_F(LongRunTest, AHundredMillionEventsCostWhatTheFirstOnesDid) {
  constexpr int64_t kMillion = 1'000'000;
  constexpr int64_t kEvents = 100 * kMillion;
  constexpr int64_t kWindow = 100'000;
  options_.max_file_bytes = uint64_t{64} << 20;
  options_.max_block = seconds(60);  // nothing may be lost
  options_.max_pending_bytes = 1 << 20;
  SummaryWriter writer(dir_.path(), options_);
  double first = std::numeric_limits<double>::max();  // up to 10^7
  double last = first;                                // from 10^7 on
  int64_t early_bytes = 0;
  for (int64_t step = 0; step < kEvents;) {
    double& fastest = step < 10 * kMillion ? first : last;
    const double begin = cpu_seconds();
    for (int64_t i = 0; i < kWindow; ++i, ++step)
      writer.scalar("loss/train", 0.5, step);
    fastest = std::min(fastest, (cpu_seconds() - begin) / kWindow);
    if (step % kMillion == 0) delete_old_files();
    if (step == kMillion) early_bytes = resident_bytes();
  }
  const int64_t grown = resident_bytes() - early_bytes;
  ASSERT_THAT(writer.close(), IsOk());
  EXPECT_EQ(writer.stats().events, static_cast<uint64_t>(kEvents));
  EXPECT_EQ(writer.stats().dropped, 0u);
  std::printf("resident: %.1f MiB at 10^6 events, %+.2f MiB at the end\n",
              static_cast<double>(early_bytes) / (1 << 20),
              static_cast<double>(grown) / (1 << 20));
  std::printf("an event: %.1f ns up to 10^7 events, %.1f ns from there on\n",
              first * 1e9, last * 1e9);
  EXPECT_LE(grown, 1 << 20);
  EXPECT_LE(last, 1.1 * first);
  const auto reader = LogReader::open(dir_.path());
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(reader->skipped(), IsEmpty());
  const Series* series = reader->runs()[0].find("loss/train");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->steps().back(), kEvents - 1);
  EXPECT_EQ(series->kind(), ValueKind::kScalar);
}

TEST_F(LongRunTest, AMillionTagsFitIn300BytesEach) {
  constexpr int kTags = 1'000'000;
  options_.max_tags = kTags;
  options_.max_block = seconds(60);
  SummaryWriter writer(dir_.path(), options_);
  writer.scalar("first", 0.5, 0);
  ASSERT_THAT(writer.flush(), IsOk());
  const int64_t before = resident_bytes();
  size_t text_bytes = 0;
  for (int i = 1; i < kTags; ++i) {
    const std::string tag = "layers/" + std::to_string(i) + "/weights/norm";
    text_bytes += tag.size();
    writer.scalar(tag, 0.5, 0);
    // So that what waits is no part of it.
    if (i % 10'000 == 0) {
      ASSERT_THAT(writer.flush(), IsOk());
    }
  }
  ASSERT_THAT(writer.flush(), IsOk());
  const double a_tag = static_cast<double>(resident_bytes() - before -
                                           static_cast<int64_t>(text_bytes)) /
                       kTags;
  std::printf("%.0f bytes a tag beside its text of %zu\n", a_tag,
              text_bytes / kTags);
  EXPECT_LE(a_tag, 300);
  ASSERT_THAT(writer.close(), IsOk());
  EXPECT_EQ(writer.stats().events, static_cast<uint64_t>(kTags));
}

}  // namespace
}  // namespace tblog::testing
