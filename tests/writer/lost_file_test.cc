// SPDX-License-Identifier: Apache-2.0
//
// Files that others delete, move or cut while they are written: noticed with a
// write or a flush, a new file begins with metadata repeated, and it is told
// once.

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LostFileTest : public FailureTest,
                     public ::testing::WithParamInterface<Durability> {
 protected:
  LostFileTest() { options_.durability = GetParam(); }

  // Logs once it is time to look again.
  void log_later(int count) {
    clock_.advance(seconds(61));
    log(count);
  }

  // The newest file of the run.
  std::string path() const {
    const auto paths = memory_.paths_in("/memory/runs/a");
    return paths.empty() ? "none" : paths.back();
  }
};

TEST_P(LostFileTest, ADeletedOneIsFollowedByAnother) {
  open();
  log(3);
  memory_.remove(path());
  log_later(1);  // was meant for it
  EXPECT_EQ(writer_->stats().dropped, 1u);
  log(2);
  EXPECT_EQ(readable_events(), 2u);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  EXPECT_THAT(told(), ElementsAre(AllOf(HasSubstr("/memory/runs/a/events.out"),
                                        HasSubstr("was deleted"))));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss,
                                         AllOf(HasSubstr("1 event was lost"),
                                               HasSubstr("was deleted"))));
  EXPECT_EQ(memory_.open_files(), 0u);
}

TEST_P(LostFileTest, AVanishedDirectoryIsMadeAgain) {
  open();
  log(3);
  memory_.remove_directory("/memory/runs");
  log_later(1);
  log(2);
  EXPECT_EQ(readable_events(), 2u);
  EXPECT_EQ(writer_->stats().dropped, 1u);
}

TEST_P(LostFileTest, AMovedOneTakesWhatWasMeantForIt) {
  open();
  log(3);
  ASSERT_THAT(memory_.rename(path(), path() + ".1"), IsOk());
  log_later(1);
  log(2);
  EXPECT_THAT(memory_.paths_in("/memory/runs/a"), SizeIs(2));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("was moved")));
  EXPECT_EQ(writer_->stats().recovered, 1u);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(writer_->status(), IsOk());
  expect_counts_add_up();
}

TEST_P(LostFileTest, OneThatIsMovedBeforeItsFirstEventTakesNone) {
  open();
  const std::string old = path() + ".1";
  ASSERT_THAT(memory_.rename(path(), old), IsOk());
  writer_->flush().IgnoreError();
  log(2);
  EXPECT_THAT(parse_file(memory_.contents(old)), IsEmpty());
  EXPECT_THAT(told(), ElementsAre(HasSubstr("was moved")));
  expect_counts_add_up();
}

// As `logrotate` does with copytruncate.
TEST_P(LostFileTest, ACutOneIsFollowedByAnother) {
  open();
  log(3);
  const std::string cut = path();
  memory_.truncate(cut, 0);
  log_later(1);
  log(2);
  EXPECT_EQ(memory_.contents(cut), "");
  EXPECT_EQ(readable_events(), 2u);
  EXPECT_EQ(writer_->stats().dropped, 1u);
}

TEST_P(LostFileTest, ADeletionIsNoticedAtAFlushAndAtTheEnd) {
  open();
  log(3);
  memory_.remove(path());
  clock_.advance(seconds(1));
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kDataLoss));
  log(1);
  EXPECT_EQ(readable_events(), 1u);
  memory_.remove(path());
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_P(LostFileTest, EachIsToldOnce) {
  open();
  for (int i = 0; i < 5; ++i) {
    log(2);
    memory_.remove(path());
    log_later(1);
    log(1);
    ASSERT_THAT(memory_.rename(path(), path() + ".1"), IsOk());
    log_later(1);
  }
  EXPECT_THAT(told(), SizeIs(2));
  EXPECT_EQ(writer_->stats().recovered, 10u);
}

TEST_P(LostFileTest, IsLookedForOnceASecond) {
  open();
  log(1);
  const int before = disk_.calls(Operation::kFate);
  for (int i = 0; i < 100; ++i) {
    writer_->scalar("x", 1, step_++);
    writer_->flush().IgnoreError();
  }
  EXPECT_LE(disk_.calls(Operation::kFate), before + 1);
  clock_.advance(seconds(1));
  writer_->flush().IgnoreError();
  EXPECT_LE(disk_.calls(Operation::kFate), before + 2);
}

// Each time it was not in its place, the next look is later: a file system that
// is wrong in that costs little.
TEST_P(LostFileTest, IsLookedForLessOftenWhereItIsLostAgainAndAgain) {
  open();
  for (int i = 0; i < 600; ++i) {
    memory_.remove(path());
    writer_->scalar("x", 1, step_++);
    writer_->flush().IgnoreError();
    clock_.advance(seconds(1));
  }
  EXPECT_LE(writer_->stats().recovered, 6u + 600 / 60);
}

TEST_P(LostFileTest, IsNotBelievedOfAFileThatWasJustMade) {
  disk_.fail(Operation::kFate, 1);
  open();
  log(2);
  memory_.remove(path());
  log_later(2);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(writer_->close(), IsOk());
}

// Its first bytes were not written: it would be tried again.
TEST_P(LostFileTest, AnEmptyFileThatWasDeletedIsNotTakenAgain) {
  open();
  disk_.fail(Operation::kAppend, 1, 2);
  log(1);
  ASSERT_THAT(memory_.paths(), SizeIs(2));
  memory_.remove_directory("/memory/runs/a");
  log(4);
  EXPECT_EQ(readable_events() + writer_->stats().dropped, 5u);
  EXPECT_GE(readable_events(), 3u);
}

// Scalars that are written through ask that clock less often. It cannot be
// moved on: the test waits for the second after which a file is looked after
// again.
TEST_P(LostFileTest, IsNoticedByTheMachinesClockToo) {
  options_.clock = nullptr;
  open();
  writer_->scalar("x", 0, 0);
  writer_->scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  memory_.remove(path());
  for (int step = 2; step < 152; ++step) {
    writer_->scalar("x", step, step);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  writer_->flush().IgnoreError();
  EXPECT_GE(readable_events(), 1u);
  EXPECT_EQ(writer_->stats().recovered, 1u);
}

INSTANTIATE_TEST_SUITE_P(Each, LostFileTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync));

}  // namespace
}  // namespace tblog::testing
