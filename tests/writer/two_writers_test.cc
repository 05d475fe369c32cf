// SPDX-License-Identifier: Apache-2.0
//
// Writers that have one run open at the same time are told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/writer/dying_child.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A process that does `live` and then waits to be killed.
class Process {
 public:
  template <class F>
  explicit Process(F&& live) {
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::alarm(60);
      live();
      if (::write(pipe[1], "x", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    char ready;
    EXPECT_EQ(::read(pipe[0], &ready, 1), 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
  ~Process() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

class TwoWritersTest : public ::testing::Test {
 protected:
  TwoWritersTest() {
    options_.on_error = [this](const absl::Status& status) {
      reports_.emplace_back(status.message());
    };
  }

  std::string run() const { return dir_ / "run"; }

  // Opens a writer, logs a step above all others, and closes it: what it heard.
  std::vector<std::string> heard_by_another() {
    SummaryWriter another(run(), options_);
    another.scalar("loss", 1, ++step_);
    EXPECT_THAT(another.close(), IsOk());
    return reports_;
  }

  TempDir dir_;
  WriterOptions options_;
  int64_t step_ = 1000;
  std::vector<std::string> reports_;
};

TEST_F(TwoWritersTest, TheSecondIsToldOnceWhatEachReaderShows) {
  WriterOptions quiet;
  std::vector<std::string> first_reports;
  quiet.on_error = [&](const absl::Status& status) {
    first_reports.push_back(status.ToString());
  };
  SummaryWriter first(run(), quiet);
  SummaryWriter second(run(), options_);
  for (int64_t step : {1, 2, 3}) second.scalar("loss", 1, step);
  EXPECT_THAT(second.close(), IsOk()) << "it is no failure";
  EXPECT_THAT(reports_, ElementsAre(AllOf(HasSubstr("another writer"),
                                          HasSubstr("Python reader"),
                                          HasSubstr("data server"))));
  first.scalar("loss", 1, 4);
  EXPECT_THAT(first.close(), IsOk());
  EXPECT_THAT(first_reports, IsEmpty());
}

TEST_F(TwoWritersTest, AlsoOfAnotherProcessUntilThatDies) {
  Process other([&] {
    static SummaryWriter writer(run());
    writer.scalar("loss", 1, 1);
    writer.flush().IgnoreError();
  });
  EXPECT_THAT(heard_by_another(), ElementsAre(HasSubstr("another writer")));
  other.kill();
  reports_.clear();
  EXPECT_THAT(heard_by_another(), IsEmpty());
}

TEST_F(TwoWritersTest, OneThatIsClosedIsNoMore) {
  SummaryWriter first(run());
  first.scalar("loss", 1, 1);
  EXPECT_THAT(first.close(), IsOk());
  EXPECT_THAT(heard_by_another(), IsEmpty());
}

TEST_F(TwoWritersTest, ChildrenAreToldOfChildren) {
  SummaryWriter first(run());
  first.child("test").scalar("loss", 1, 1);
  EXPECT_THAT(first.flush(), IsOk());
  SummaryWriter other(dir_ / "other", options_);
  SummaryWriter second(run() + "/test", options_);
  second.scalar("loss", 1, 2);
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("run/test: another writer")));
}

// A process that is forked keeps what its parent had open.
TEST_F(TwoWritersTest, AForkedProcessIsNoWriter) {
  std::optional<SummaryWriter> first(std::in_place, run());
  first->scalar("loss", 1, 1);
  EXPECT_THAT(first->flush(), IsOk());
  const Process idle([] {});
  first.reset();
  EXPECT_THAT(heard_by_another(), IsEmpty());
}

TEST_F(TwoWritersTest, NorIsTheOneThatADeadWriterForked) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  Process other([&] {
    static SummaryWriter writer(run());
    writer.scalar("loss", 1, 1);
    writer.flush().IgnoreError();
    if (::fork() != 0) return;
    ::close(pipe[1]);
    char end;
    static_cast<void>(::read(pipe[0], &end, 1));
    ::_exit(0);
  });
  other.kill();
  EXPECT_THAT(heard_by_another(), IsEmpty());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(TwoWritersTest, AChildThatReopensWasToldBefore) {
  if (kThreadSanitized) GTEST_SKIP() << kNoThreadsInChildren;
  options_.after_fork = AfterFork::kReopen;
  SummaryWriter writer(run(), options_);
  writer.child("test").scalar("loss", 1, 1);
  EXPECT_THAT(writer.flush(), IsOk());
  EXPECT_THAT(status_of_child([&] {
                writer.scalar("mine", 1, 5);
                writer.child("test").scalar("mine", 1, 5);
                ::_exit(reports_.empty() ? kLivedOn : 1);
              }),
              ExitedWith(kLivedOn));
}

TEST_F(TwoWritersTest, RanksDoNotMeet) {
  for (const RankPolicy policy :
       {RankPolicy::kRankZeroOnly, RankPolicy::kSubRun}) {
    std::vector<SummaryWriter> writers;
    for (int rank : {0, 1, 2}) {
      writers.push_back(SummaryWriter::for_rank(run(), rank, policy, options_));
      writers.back().scalar("loss", 1, ++step_);
    }
  }
  EXPECT_THAT(reports_, IsEmpty());
}

}  // namespace
}  // namespace tblog::testing
