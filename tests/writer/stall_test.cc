// SPDX-License-Identifier: Apache-2.0
//
// A disk that stalls, in whichever of its operations: calls return meanwhile.
// The clock stands still, so that a call that waited would wait for ever. What
// happens once the queue is full: FullQueueTest, overflow_test.cc.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;

class StallTest : public FailureTest,
                  public ::testing::WithParamInterface<Operation> {
 protected:
  StallTest() {
    options_.max_open_files = 1;
    options_.min_free_bytes = 1;
    memory_.set_free_bytes(1'000'000'000);
    open();
    // Two files to change between.
    writer_->scalar("x", 0, 0);
    writer_->child("test").scalar("x", 0, 0);
    writer_->flush().IgnoreError();
    clock_.advance(seconds(61));
    writer_->flush(FlushLevel::kNewFile).IgnoreError();
    writer_->scalar("x", 1, 1);
    writer_->flush(FlushLevel::kDisk).IgnoreError();
    writer_->child("test").scalar("x", 1, 1);
    writer_->flush(FlushLevel::kDisk).IgnoreError();
    clock_.advance(seconds(61));
  }

  // Returns with a thread of the writer's hanging in the operation.
  void stall() {
    disk_.stall(GetParam());
    writer_->scalar("x", 2, 2);
    writer_->child("test").scalar("x", 2, 2);
    flusher_ = std::thread([this] {
      writer_->flush(FlushLevel::kDisk).IgnoreError();
      writer_->flush(FlushLevel::kNewFile).IgnoreError();
      writer_->scalar("y", 1, 1);
      writer_->child("test").scalar("y", 1, 1);
      writer_->flush(FlushLevel::kDisk).IgnoreError();
    });
    disk_.await_stalled();
  }

  ~StallTest() override {
    disk_.resume();
    if (flusher_.joinable()) flusher_.join();
  }

  std::thread flusher_;
};

TEST_P(StallTest, CallsReturn) {
  stall();
  const uint64_t before = writer_->stats().events;
  for (int step = 3; step < 500; ++step) {
    writer_->scalar("x", step, step);
    writer_->child("test").scalar("x", step, step);
    writer_->text("t", "a", step);
    EXPECT_TRUE(writer_->should_log("x", step + 1));
  }
  writer_->histogram("h", std::vector<float>{1, 2}, 1);
  EXPECT_THAT(writer_->status(), IsOk());
  EXPECT_EQ(writer_->stats().events, before + 3 * 497 + 1);
  EXPECT_GT(writer_->stats().pending_bytes, 0u);
  disk_.resume();
  flusher_.join();
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_EQ(writer_->stats().pending_bytes, 0u);
  uint64_t events = 0;
  for (const std::string& path : memory_.paths())
    events += parse_file(memory_.contents(path)).size();
  EXPECT_EQ(events, writer_->stats().events);
}

TEST_P(StallTest, CloseWaitsForTheDiskAndNobodyForClose) {
  stall();
  std::atomic<bool> closed{false};
  std::thread closer([&] {
    // Of what is logged below; nothing is lost.
    EXPECT_THAT(writer_->close(),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    closed = true;
  });
  while (writer_->enabled()) std::this_thread::yield();
  EXPECT_FALSE(closed);
  const uint64_t dropped = writer_->stats().dropped;
  writer_->scalar("x", 3, 3);
  EXPECT_EQ(writer_->stats().dropped, dropped + 1);
  EXPECT_FALSE(closed);
  disk_.resume();
  closer.join();
  EXPECT_EQ(memory_.open_files(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, StallTest,
    ::testing::Values(Operation::kCreateDirectories, Operation::kCreate,
                      Operation::kAppend, Operation::kSync, Operation::kClose,
                      Operation::kFate, Operation::kFreeBytes,
                      Operation::kSuspend, Operation::kResume));

}  // namespace
}  // namespace tblog::testing
