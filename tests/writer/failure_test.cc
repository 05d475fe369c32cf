// SPDX-License-Identifier: Apache-2.0
//
// Disks that fail, fill up and stall: the loop runs on, the counts add up, and
// what was written reads back.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(FailureTest, EachNthAppendMayFail) {
  for (int nth = 1; nth <= 6; ++nth) {
    SCOPED_TRACE(nth);
    memory_.clear();
    step_ = 0;
    reports_.clear();
    open();
    disk_.fail(Operation::kAppend, nth);
    log(8);
    EXPECT_EQ(writer_->stats().dropped, 1u);
    EXPECT_EQ(writer_->stats().recovered, 1u);
    EXPECT_THAT(memory_.paths(), SizeIs(2));
    expect_counts_add_up();
    EXPECT_THAT(reports(), ElementsAre(AllOf(HasSubstr("injected"),
                                             HasSubstr("/memory/runs/a"))));
  }
}

TEST_F(FailureTest, EachNthAppendMayBeShort) {
  for (int nth = 1; nth <= 3; ++nth) {
    for (size_t bytes : {1u, 11u, 12u, 13u, 40u}) {
      SCOPED_TRACE(std::to_string(nth) + ", " + std::to_string(bytes));
      memory_.clear();
      step_ = 0;
      open();
      disk_.write_short(nth, bytes);
      log(5);
      EXPECT_EQ(writer_->stats().dropped, 1u);
      expect_counts_add_up();
    }
  }
}

TEST_F(FailureTest, OfAShortWriteOfManyRecordsTheWholeOnesCount) {
  open();
  for (; step_ < 10; ++step_) writer_->scalar("x", 1, step_);
  // Of each of the records 1 … 10 after the first, which has metadata.
  const std::string all = [&] {
    MemoryFileSystem memory;
    FaultyFileSystem disk(&memory);
    WriterOptions options = options_;
    options.file_system = &disk;
    SummaryWriter twin("t", options);
    for (int i = 0; i < 10; ++i) twin.scalar("x", 1, i);
    EXPECT_THAT(twin.close(), IsOk());
    return memory.contents(memory.paths()[0]);
  }();
  const size_t version = memory_.contents(memory_.paths()[0]).size();
  disk_.write_short(1, all.size() - version - 1);
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(writer_->stats().dropped, 1u);
  expect_counts_add_up();
}

TEST_F(FailureTest, WhatReachedTheFileWholeIsNotLost) {
  open();
  for (; step_ < 3; ++step_) writer_->scalar("x", 1, step_);
  disk_.write_short(1, 1'000'000);
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(writer_->stats().dropped, 0u);
  expect_counts_add_up();
}

TEST_F(FailureTest, CreatingTheNextFileMayFailToo) {
  open();
  disk_.fail(Operation::kAppend, 1);
  disk_.fail(Operation::kCreate, 1, 3);
  log(8);
  EXPECT_EQ(writer_->stats().dropped, 4u);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  expect_counts_add_up();
}

TEST_F(FailureTest, TriesAgainAtGrowingIntervals) {
  open();
  disk_.fail(Operation::kAppend, 1, FaultyFileSystem::kForEver);
  writer_->scalar("x", 1, 0);
  writer_->flush().IgnoreError();
  // One try, after the failure of the event, creates a file; the others find
  // it empty and take it again.
  int appends = disk_.calls(Operation::kAppend);
  for (int secs : {1, 2, 4, 8, 16, 32, 60, 60}) {
    SCOPED_TRACE(secs);
    const Clock::Monotonic due = clock_.now() + seconds(secs);
    clock_.await_waiter(due);
    clock_.advance(seconds(secs) - milliseconds(1));
    clock_.await_waiter(due);
    EXPECT_EQ(disk_.calls(Operation::kAppend), appends);
    clock_.advance(milliseconds(1));
    ++appends;
  }
  clock_.await_waiter(clock_.now() + seconds(60));
  EXPECT_EQ(disk_.calls(Operation::kAppend), appends);
  EXPECT_THAT(memory_.paths(), SizeIs(2));
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_F(FailureTest, CallsWhileItFailsAreDroppedAndCounted) {
  open();
  disk_.fail(Operation::kAppend, 1, FaultyFileSystem::kForEver);
  writer_->scalar("x", 1, 0);
  writer_->flush().IgnoreError();
  writer_->scalar("x", 1, 1);
  writer_->text("t", "a", 1);
  writer_->scalars({{"a", 1}, {"b", 2}}, 1);
  EXPECT_EQ(writer_->stats().dropped, 4u);
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss,
                                         AllOf(HasSubstr("4 events were lost"),
                                               HasSubstr("injected"))));
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_F(FailureTest, AFullDiskThatGetsRoomAgain) {
  open();
  disk_.fill_after(100);
  log(4);
  EXPECT_GE(writer_->stats().dropped, 1u);
  EXPECT_THAT(writer_->status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk_.heal();
  log(3);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  expect_counts_add_up();
}

TEST_F(FailureTest, AFailingSyncIsReportedAndTheFileGoesOn) {
  open();
  disk_.fail(Operation::kSync, 1, 2);
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->flush(FlushLevel::kDisk),
              StatusIs(absl::StatusCode::kInternal));
  writer_->scalar("x", 1, 1);
  writer_->flush(FlushLevel::kDisk).IgnoreError();
  EXPECT_THAT(reports(), SizeIs(1));
  EXPECT_THAT(events(), SizeIs(2));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kInternal));
}

TEST_F(FailureTest, AFailingCloseIsTold) {
  open();
  disk_.fail(Operation::kClose, 1);
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(events(), SizeIs(1));
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_F(FailureTest, AChildThatCannotBeMadeLeavesTheRootAlone) {
  open();
  disk_.fail(Operation::kCreateDirectories, 1, FaultyFileSystem::kForEver);
  writer_->child("test").scalar("x", 1, 0);
  writer_->scalar("x", 1, 0);
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInternal));
  writer_->scalar("x", 1, 1);
  writer_->child("test").scalar("x", 1, 1);
  EXPECT_THAT(writer_->close(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("2 events")));
  EXPECT_THAT(events(), SizeIs(2));
}

// ---- Back-pressure ----

class FullQueueTest : public FailureTest {
 protected:
  FullQueueTest() { options_.max_pending_bytes = 64 << 10; }

  // A text of `bytes` that hangs in the file system.
  void stall_with(size_t bytes) {
    open();
    disk_.stall();
    writer_->text("big", std::string(bytes, 'x'), 0);
    disk_.await_stalled();
  }
};

TEST_F(FullQueueTest, DropsTheNewestAfterMaxBlock) {
  stall_with(40 << 10);
  std::thread caller([&] {
    writer_->text("late", std::string(30 << 10, 'y'), 0);
    writer_->text("late", "small", 1);
  });
  const Clock::Monotonic deadline = clock_.now() + options_.max_block;
  clock_.await_waiter(deadline);
  clock_.advance(options_.max_block);
  caller.join();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("wait to be written")));
  EXPECT_THAT(writer_->status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk_.resume();
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss,
                                         HasSubstr("1 event was lost")));
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].summary().value(0).tensor().string_val(0), "small");
  // The dropped one took no metadata with it.
  EXPECT_TRUE(events[1].summary().value(0).has_metadata());
}

TEST_F(FullQueueTest, GoesOnWhenThereIsRoomInTime) {
  stall_with(40 << 10);
  std::thread caller(
      [&] { writer_->text("late", std::string(30 << 10, 'y'), 0); });
  clock_.await_waiter(clock_.now() + options_.max_block);
  disk_.resume();
  caller.join();
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(events(), SizeIs(2));
}

TEST_F(FullQueueTest, DoesNotWaitWhereItShallNot) {
  options_.max_block = milliseconds(0);
  stall_with(40 << 10);
  writer_->text("late", std::string(30 << 10, 'y'), 0);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  disk_.resume();
}

TEST_F(FullQueueTest, ALargerEventPassesAloneThroughAnEmptyQueue) {
  open();
  writer_->text("huge", std::string(1 << 20, 'x'), 0);
  EXPECT_THAT(writer_->flush(), IsOk());
  writer_->scalar("x", 1, 0);
  writer_->text("huge", std::string(1 << 20, 'y'), 1);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(events(), SizeIs(3));
}

TEST_F(FullQueueTest, ScalarsWaitToo) {
  stall_with(65'000);
  int dropped_at = -1;
  std::thread caller([&] {
    for (int step = 0; step < 100 && dropped_at < 0; ++step) {
      writer_->scalar("x", 1, step);
      if (writer_->stats().dropped > 0) dropped_at = step;
    }
  });
  clock_.await_waiter(clock_.now() + options_.max_block);
  clock_.advance(options_.max_block);
  caller.join();
  EXPECT_GT(dropped_at, 0);
  disk_.resume();
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(events().size(), static_cast<size_t>(dropped_at) + 1);
}

TEST_F(FullQueueTest, CloseFreesThoseWhoWait) {
  stall_with(40 << 10);
  std::thread caller(
      [&] { writer_->text("late", std::string(30 << 10, 'y'), 0); });
  clock_.await_waiter(clock_.now() + options_.max_block);
  std::thread closer([&] { writer_->close().IgnoreError(); });
  caller.join();
  disk_.resume();
  closer.join();
  EXPECT_EQ(writer_->stats().dropped, 1u);
}

}  // namespace
}  // namespace tblog::testing
