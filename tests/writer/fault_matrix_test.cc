// SPDX-License-Identifier: Apache-2.0
//
// Each operation of the file system, in each durability, failing with each of
// the errors that disks and their servers have: the n-th time, or from then on.
// The loop runs on, the counts add up, each file is valid up to its last whole
// record, and a new one begins with metadata.

#include <cerrno>
#include <chrono>
#include <string>
#include <tuple>

#include "src/base/errno_status.h"
#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kErrors[] = {ENOSPC, EIO,    EDQUOT, EROFS, EMFILE,
                           ENFILE, EACCES, ESTALE, ENOENT};

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::kCreateDirectories:
      return "CreateDirectories";
    case Operation::kCreate:
      return "Create";
    case Operation::kAppend:
      return "Append";
    case Operation::kSync:
      return "Sync";
    case Operation::kSyncDirectory:
      return "SyncDirectory";
    case Operation::kClose:
      return "Close";
    default:
      return "Other";
  }
}

class FaultMatrixTest
    : public FailureTest,
      public ::testing::WithParamInterface<std::tuple<Durability, Operation>> {
 protected:
  static constexpr int kMaxNth = 4;

  FaultMatrixTest() { options_.durability = std::get<0>(GetParam()); }

  static Operation operation() { return std::get<1>(GetParam()); }
  // Whether the failure keeps an event from its file.
  static bool loses() {
    return operation() != Operation::kSync && operation() != Operation::kClose;
  }

  // The `nth` time and the `times` - 1 after it. A directory is synced with the
  // three above it, whose failures say nothing.
  void fail(int nth, int times, const absl::Status& error) {
    const int each = operation() == Operation::kSyncDirectory ? 4 : 1;
    disk_.fail(operation(), each * (nth - 1) + 1, each * (times - 1) + 1,
               error);
  }

  void start_again() {
    writer_.reset();
    memory_.clear();
    disk_.heal();
    reports_.clear();
    step_ = 0;
    open();
  }

  // Each event in a file of its own, so that every operation is called.
  void log_in_new_files(int count) { log(count, FlushLevel::kNewFile); }

  void expect_told(const absl::Status& injected) {
    EXPECT_EQ(writer_->status().code(), injected.code());
    EXPECT_THAT(told(),
                Each(HasSubstr(std::string(injected.message()).substr(0, 40))));
    EXPECT_THAT(told(), Not(IsEmpty()));
  }
};

TEST_P(FaultMatrixTest, TheNthTimeLosesAtMostOneEvent) {
  for (const int error : kErrors) {
    const absl::Status injected =
        tblog::internal::errno_status(error, "do it to", "/x");
    for (int nth = 1; nth <= kMaxNth; ++nth) {
      SCOPED_TRACE(injected.ToString() + ", call " + std::to_string(nth));
      start_again();
      const int before = disk_.calls(operation());
      fail(nth, 1, injected);
      log_in_new_files(6);
      EXPECT_GE(disk_.calls(operation()), before + nth);
      expect_told(injected);
      EXPECT_EQ(writer_->stats().dropped, loses() ? 1u : 0u);
      EXPECT_EQ(writer_->stats().recovered, loses() ? 1u : 0u);
      expect_counts_add_up();
    }
  }
}

TEST_P(FaultMatrixTest, FromTheNthTimeOnAndThenNoMore) {
  for (const int error : kErrors) {
    const absl::Status injected =
        tblog::internal::errno_status(error, "do it to", "/x");
    for (int nth = 1; nth <= 2; ++nth) {
      SCOPED_TRACE(injected.ToString() + ", call " + std::to_string(nth));
      start_again();
      disk_.fail(operation(), nth, FaultyFileSystem::kForEver, injected);
      log_in_new_files(5);
      expect_told(injected);
      EXPECT_GE(writer_->stats().dropped, loses() ? 2u : 0u);
      disk_.heal();
      log_in_new_files(1);  // is lost where the next try is still to come
      const uint64_t dropped = writer_->stats().dropped;
      log_in_new_files(3);
      EXPECT_EQ(writer_->stats().dropped, dropped);
      EXPECT_EQ(writer_->stats().recovered, loses() ? 1u : 0u);
      expect_counts_add_up();
    }
  }
}

// The thread that writes comes to it by itself.
TEST_P(FaultMatrixTest, TriesAgainWithoutBeingAsked) {
  if (!loses()) return;  // what does not fail is not tried again
  start_again();
  log_in_new_files(1);
  fail(1, 3, absl::InternalError("injected"));
  writer_->scalar("x", 1, step_++);
  if (options_.durability == Durability::kBuffered)
    writer_->flush().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  for (const int secs : {1, 2, 4}) {
    clock_.await_waiter(clock_.now() + seconds(secs));
    EXPECT_EQ(writer_->stats().recovered, 0u);
    clock_.advance(seconds(secs));
  }
  clock_.await_waiter(Clock::Monotonic::max());
  EXPECT_EQ(writer_->stats().recovered, 1u);
  log(2);
  expect_counts_add_up();
}

std::string name_of_case(
    const ::testing::TestParamInfo<FaultMatrixTest::ParamType>& test) {
  static const char* const kModes[] = {"Buffered", "WriteThrough", "Sync"};
  return std::string(kModes[static_cast<int>(std::get<0>(test.param))]) +
         name_of(std::get<1>(test.param));
}

INSTANTIATE_TEST_SUITE_P(
    Each, FaultMatrixTest,
    ::testing::Combine(::testing::Values(Durability::kBuffered,
                                         Durability::kWriteThrough,
                                         Durability::kSync),
                       ::testing::Values(Operation::kCreateDirectories,
                                         Operation::kCreate, Operation::kAppend,
                                         Operation::kClose)),
    name_of_case);
// What kSync alone calls.
INSTANTIATE_TEST_SUITE_P(
    Synced, FaultMatrixTest,
    ::testing::Combine(::testing::Values(Durability::kSync),
                       ::testing::Values(Operation::kSync,
                                         Operation::kSyncDirectory)),
    name_of_case);

// ---- Writes that stop half way ----

class ShortWriteTest : public FailureTest,
                       public ::testing::WithParamInterface<Durability> {
 protected:
  ShortWriteTest() { options_.durability = GetParam(); }
};

TEST_P(ShortWriteTest, LoseWhatIsNotWhole) {
  for (const int error : kErrors) {
    const absl::Status injected =
        tblog::internal::errno_status(error, "write to", "/x");
    for (int nth = 1; nth <= 3; ++nth) {
      for (const size_t bytes : {1u, 11u, 12u, 40u}) {
        SCOPED_TRACE(injected.ToString() + ", call " + std::to_string(nth) +
                     " after " + std::to_string(bytes));
        writer_.reset();
        memory_.clear();
        step_ = 0;
        open();
        disk_.write_short(nth, bytes, injected);
        log(5);
        EXPECT_EQ(writer_->stats().dropped, 1u);
        EXPECT_EQ(writer_->stats().recovered, 1u);
        expect_counts_add_up();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, ShortWriteTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync));

}  // namespace
}  // namespace tblog::testing
