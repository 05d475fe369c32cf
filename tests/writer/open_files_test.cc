// SPDX-License-Identifier: Apache-2.0
//
// WriterOptions::max_open_files: more runs than files may be open.

#include <chrono>
#include <string>
#include <vector>

#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OpenFilesTest : public FailureTest,
                      public ::testing::WithParamInterface<Durability> {
 protected:
  static constexpr int kRuns = 10;

  OpenFilesTest() {
    options_.durability = GetParam();
    options_.max_open_files = 3;
  }

  // Each child takes its turn; the steps of each are 0, 1, ….
  void log_in_turns(int rounds, FlushLevel level = FlushLevel::kKernel) {
    for (int round = 0; round < rounds; ++round, ++step_) {
      for (int run = 0; run < kRuns; ++run)
        writer_->child(std::to_string(run)).scalar("x", step_, step_);
      writer_->flush(level).IgnoreError();
    }
  }

  std::vector<std::string> paths_of(int run) const {
    return memory_.paths_in("/memory/runs/a/" + std::to_string(run));
  }

  std::vector<int64_t> steps_of(int run) const {
    std::vector<int64_t> steps;
    for (const std::string& path : paths_of(run))
      for (const proto::Event& event : parse_file(memory_.contents(path)))
        steps.push_back(event.step());
    return steps;
  }

  void expect_all_whole(size_t files_of_each) {
    EXPECT_THAT(writer_->close(), IsOk());
    for (int run = 0; run < kRuns; ++run) {
      EXPECT_THAT(paths_of(run), SizeIs(files_of_each));
      const std::vector<int64_t> steps = steps_of(run);
      ASSERT_THAT(steps, SizeIs(static_cast<size_t>(step_)));
      for (int i = 0; i < step_; ++i)
        EXPECT_EQ(steps[static_cast<size_t>(i)], i);
    }
    EXPECT_THAT(told(), IsEmpty());
    EXPECT_EQ(memory_.open_files(), 0u);
  }
};

TEST_P(OpenFilesTest, RunsShareThem) {
  open();
  log_in_turns(5);
  EXPECT_EQ(memory_.most_open_files(), 3u);
  expect_all_whole(1);
}

TEST_P(OpenFilesTest, OneIsEnough) {
  options_.max_open_files = 1;
  open();
  log_in_turns(3);
  EXPECT_EQ(memory_.most_open_files(), 1u);
  expect_all_whole(1);
}

TEST_P(OpenFilesTest, TheOneThatIsWrittenStaysOpen) {
  open();
  SummaryWriter busy = writer_->child("busy");
  for (int run = 0; run < 6; ++run) {
    busy.scalar("x", run, run);
    writer_->flush().IgnoreError();
    writer_->child(std::to_string(run)).scalar("x", run, run);
    writer_->flush().IgnoreError();
  }
  EXPECT_EQ(disk_.calls(Operation::kResume), 0);
}

TEST_P(OpenFilesTest, RotateAsWell) {
  options_.max_file_bytes = 1024;
  open();
  log_in_turns(50);
  EXPECT_EQ(memory_.most_open_files(), 3u);
  expect_all_whole(paths_of(0).size());
  EXPECT_GT(paths_of(0).size(), 2u);
}

TEST_P(OpenFilesTest, BeginANewFileEachWhereAFlushSaysSo) {
  open();
  log_in_turns(4, FlushLevel::kNewFile);
  expect_all_whole(4);
}

TEST_P(OpenFilesTest, AreSyncedAllTheSame) {
  open();
  log_in_turns(3, FlushLevel::kDisk);
  for (int run = 0; run < kRuns; ++run) {
    const std::string path = paths_of(run).at(0);
    if (GetParam() == Durability::kSync) {
      EXPECT_EQ(memory_.contents_after_crash(path), memory_.contents(path));
    }
  }
  // What was synced is not opened to be synced again.
  const int resumed = disk_.calls(Operation::kResume);
  writer_->flush(FlushLevel::kDisk).IgnoreError();
  EXPECT_EQ(disk_.calls(Operation::kResume), resumed);
  expect_all_whole(1);
}

TEST_P(OpenFilesTest, FollowALowerLimitOfTheProcess) {
  options_.max_open_files = 64;
  memory_.limit_open_files(2);
  open();
  log_in_turns(5);
  expect_all_whole(1);
}

TEST_P(OpenFilesTest, StayOpenWhereTheyCannotBeSuspended) {
  disk_.fail(Operation::kFate, 1, FaultyFileSystem::kForEver);
  open();
  log_in_turns(3);
  EXPECT_EQ(memory_.open_files(), 11u);
  expect_all_whole(1);
}

// ---- Suspended files that others touch ----

class SuspendedFileTest : public OpenFilesTest {
 protected:
  // Run 0 has step 0 in a file that is suspended.
  void suspend() {
    open();
    log_in_turns(1);
    path_ = paths_of(0).at(0);
  }

  // What comes next finds out and is lost; then a new file begins.
  void expect_new_file() {
    SummaryWriter run = writer_->child("0");
    run.scalar("x", 1, 1);
    writer_->flush().IgnoreError();
    EXPECT_EQ(writer_->stats().dropped, 1u);
    EXPECT_EQ(writer_->stats().recovered, 1u);
    run.scalar("x", 2, 2);
    writer_->flush().IgnoreError();
    ASSERT_THAT(paths_of(0), Not(IsEmpty()));
    ASSERT_NE(paths_of(0).back(), path_);
    const auto events = parse_file(memory_.contents(paths_of(0).back()));
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_TRUE(events[0].summary().value(0).has_metadata());
    EXPECT_THAT(told(), ElementsAre(HasSubstr(path_ + " was deleted, cut")));
    EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  }

  std::string path_;
};

TEST_P(SuspendedFileTest, IsFollowedByAnotherWhereItWasDeleted) {
  suspend();
  memory_.remove(path_);
  expect_new_file();
}

TEST_P(SuspendedFileTest, IsFollowedByAnotherWhereItWasMoved) {
  suspend();
  ASSERT_THAT(memory_.rename(path_, "/memory/runs/a/0/.old"), IsOk());
  expect_new_file();
}

TEST_P(SuspendedFileTest, IsFollowedByAnotherWhereItWasCut) {
  suspend();
  memory_.truncate(path_, 30);
  expect_new_file();
  EXPECT_EQ(memory_.contents(path_).size(), 30u);
}

TEST_P(SuspendedFileTest, IsFollowedByAnotherWhereSomebodyAppended) {
  suspend();
  memory_.append_to(path_, "x");
  expect_new_file();
}

TEST_P(SuspendedFileTest, IsFollowedByAnotherWhereItWasReplaced) {
  suspend();
  const std::string contents = memory_.contents(path_);
  memory_.remove(path_);
  auto other = memory_.create(path_);
  ASSERT_TRUE(other.ok());
  size_t written = 0;
  ASSERT_THAT((*other)->append(contents, &written), IsOk());
  ASSERT_THAT((*other)->close(), IsOk());
  expect_new_file();
  EXPECT_EQ(memory_.contents(path_), contents);
}

TEST_P(SuspendedFileTest, IsTriedAgainInANewFileWhereItCannotBeOpened) {
  suspend();
  disk_.fail(Operation::kResume, 1, 1, absl::PermissionDeniedError("injected"));
  SummaryWriter run = writer_->child("0");
  run.scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("injected")));
  clock_.advance(seconds(1));
  writer_->flush().IgnoreError();
  run.scalar("x", 2, 2);
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(writer_->stats().recovered, 1u);
  EXPECT_THAT(steps_of(0), ElementsAre(0, 2));
  EXPECT_EQ(memory_.open_files(), 0u);
}

// Where a quota is found exceeded only then, as on NFS.
TEST_P(SuspendedFileTest, MayFailToCloseWhichIsTold) {
  disk_.fail(Operation::kSuspend, 1, 1,
             absl::ResourceExhaustedError("injected"));
  suspend();
  log_in_turns(2);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("injected")));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kResourceExhausted));
  for (int run = 0; run < kRuns; ++run)
    EXPECT_THAT(steps_of(run), ElementsAre(0, 1, 2));
}

INSTANTIATE_TEST_SUITE_P(Each, OpenFilesTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync));
INSTANTIATE_TEST_SUITE_P(Each, SuspendedFileTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync));

}  // namespace
}  // namespace tblog::testing
