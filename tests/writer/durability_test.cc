// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class DurabilityTest : public WriterFixture {
 protected:
  // Events that stand in the one file now, without the version.
  size_t events_there() const {
    return parse_file(memory_.contents(path())).size();
  }
  size_t events_after_crash() const {
    return parse_file(memory_.contents_after_crash(path())).size();
  }
  std::string path() const { return memory_.paths_in("/memory/runs/a").at(0); }

  void log_one_of_each() {
    writer_->scalar("loss", 1, count_++);
    writer_->text("note", "hello", count_++);
    writer_->histogram("w", std::vector<float>{1, 2}, count_++);
    writer_->image("big", {pixels_.data(), {512, 512}}, count_++,
                   {.layout = Layout::kHW});
    writer_->scalars({{"a", 1}, {"b", 2}}, count_++);
  }

  int count_ = 0;
  const std::vector<uint16_t> pixels_ = std::vector<uint16_t>(512 * 512, 7);
};

TEST_F(DurabilityTest, WriteThroughIsInTheFileWhenTheCallReturns) {
  options_.durability = Durability::kWriteThrough;
  open();
  for (int i = 0; i < 3; ++i) {
    writer_->scalar("loss", i, i);
    EXPECT_EQ(events_there(), static_cast<size_t>(i + 1));
  }
  count_ = 3;
  log_one_of_each();
  EXPECT_EQ(events_there(), 8u);
  EXPECT_EQ(disk_.calls(Operation::kSync), 0);
  EXPECT_EQ(writer_->stats().pending_bytes, 0u);
}

TEST_F(DurabilityTest, BufferedIsNot) {
  open();
  writer_->scalar("loss", 1, 1);
  EXPECT_EQ(events_there(), 0u);
}

TEST_F(DurabilityTest, SyncedSurvivesACrashOfTheMachine) {
  options_.durability = Durability::kSync;
  open();
  for (int i = 0; i < 3; ++i) {
    writer_->scalar("loss", i, i);
    EXPECT_EQ(events_after_crash(), static_cast<size_t>(i + 1));
  }
  count_ = 3;
  log_one_of_each();
  EXPECT_EQ(events_after_crash(), 8u);
}

TEST_F(DurabilityTest, SyncedFilesThatRotateSurviveToo) {
  options_.durability = Durability::kSync;
  options_.max_file_bytes = 1024;
  open();
  for (int step = 0; step < 100; ++step) {
    writer_->scalar("loss", step, step);
    size_t events = 0;
    for (const std::string& path : memory_.paths_in("/memory/runs/a"))
      events += parse_file(memory_.contents_after_crash(path)).size();
    ASSERT_EQ(events, static_cast<size_t>(step + 1));
  }
  EXPECT_GT(memory_.paths_in("/memory/runs/a").size(), 2u);
}

TEST_F(DurabilityTest, SyncedSubRunsSurviveWithTheirDirectories) {
  options_.durability = Durability::kSync;
  options_.max_file_bytes = 1024;
  open();
  SummaryWriter child = writer_->child("deep/er");
  for (int step = 0; step < 50; ++step) {
    child.scalar("loss", step, step);
    size_t events = 0;
    for (const std::string& path : memory_.paths_in("/memory/runs/a/deep/er"))
      events += parse_file(memory_.contents_after_crash(path)).size();
    ASSERT_EQ(events, static_cast<size_t>(step + 1));
  }
  EXPECT_GT(memory_.paths_in("/memory/runs/a/deep/er").size(), 2u);
}

TEST_F(DurabilityTest, WhatIsWrittenThroughIsForgottenByACrash) {
  options_.durability = Durability::kWriteThrough;
  open();
  writer_->scalar("loss", 1, 1);
  EXPECT_EQ(memory_.contents_after_crash(path()), "");
}

TEST_F(DurabilityTest, ChildrensEventsAreWrittenThroughToo) {
  options_.durability = Durability::kWriteThrough;
  open();
  writer_->child("test").scalar("loss", 1, 1);
  const auto paths = memory_.paths_in("/memory/runs/a/test");
  ASSERT_THAT(paths, SizeIs(1));
  EXPECT_THAT(parse_file(memory_.contents(paths[0])), SizeIs(1));
}

TEST_F(DurabilityTest, ThreadsThatWriteThroughLoseNothing) {
  options_.durability = Durability::kWriteThrough;
  open();
  constexpr int kThreads = 8;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      const std::string tag = "t" + std::to_string(t);
      for (int step = 0; step < kEach; ++step) writer_->scalar(tag, step, step);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(events_there(), static_cast<size_t>(kThreads * kEach));
  std::vector<int64_t> last(kThreads, -1);
  for (const proto::Event& event : events()) {
    for (const auto& value : event.summary().value()) {
      int64_t& before = last[static_cast<size_t>(value.tag()[1] - '0')];
      EXPECT_EQ(event.step(), before + 1);
      before = event.step();
    }
  }
}

// What goes by no queue waits for what is in one.
TEST_F(DurabilityTest, NoScalarOvertakesItsMetadata) {
  options_.durability = Durability::kWriteThrough;
  open();
  constexpr int kThreads = 4;
  constexpr int kTags = 5'000;
  std::atomic<int64_t> step{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, &step] {
      for (int i = 0; i < kTags; ++i)
        writer_->scalar("tag" + std::to_string(i), 1, ++step);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> seen;
  size_t without = 0;
  for (const proto::Event& event : events()) {
    for (const auto& value : event.summary().value())
      without += seen.insert(value.tag()).second && !value.has_metadata();
  }
  EXPECT_THAT(seen, SizeIs(kTags));
  EXPECT_EQ(without, 0u);
}

TEST_F(DurabilityTest, AFailedWriteIsKnownWhenTheCallReturns) {
  options_.durability = Durability::kWriteThrough;
  open();
  writer_->scalar("loss", 1, 1);
  disk_.fail(Operation::kAppend, 1);
  writer_->scalar("loss", 2, 2);
  EXPECT_FALSE(writer_->status().ok());
  EXPECT_EQ(writer_->stats().dropped, 1u);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(writer_->flush().ok());
  writer_->scalar("loss", 3, 3);
  EXPECT_EQ(memory_.paths_in("/memory/runs/a").size(), 2u);
  EXPECT_EQ(writer_->stats().recovered, 1u);
}

TEST_F(DurabilityTest, AFailedSyncIsReportedAndTheFileGoesOn) {
  options_.durability = Durability::kSync;
  open();
  disk_.fail(Operation::kSync, 1);
  writer_->scalar("loss", 1, 1);
  writer_->scalar("loss", 2, 2);
  EXPECT_THAT(writer_->status().message(),
              HasSubstr("may be lost if the machine dies"));
  EXPECT_EQ(events_there(), 2u);
}

TEST_F(DurabilityTest, AHandlerThatLogsWhileWritingThroughDoesNotHang) {
  options_.durability = Durability::kWriteThrough;
  options_.on_error = [this](const absl::Status&) {
    writer_->scalar("errors", 1, count_++);
  };
  open();
  writer_->scalar("", 1, 1);
  EXPECT_EQ(events_there(), 1u);
}

}  // namespace
}  // namespace tblog::testing
