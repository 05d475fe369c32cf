// SPDX-License-Identifier: Apache-2.0
//
// A writer with Durability::kJournaled, on the machine's own files. That a kill
// loses nothing: kill_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "tblog/crash_handler.h"
#include "tblog/journal.h"
#include "tblog/summary_writer.h"
#include "tests/testing/parsed_events.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What waitpid() says of a child that calls `body`.
int status_of_child(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

void die() {
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

class JournaledTest : public ::testing::Test {
 protected:
  JournaledTest() {
    options_.durability = Durability::kJournaled;
    // Nothing is written but when it must be.
    options_.max_flush_delay = std::chrono::hours(1);
    options_.on_error = [this](const absl::Status& status) {
      reports_.emplace_back(status.message());
    };
  }

  std::vector<std::string> names(const std::string& marker) const {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(run_)) {
      const std::string name = entry.path().filename();
      if (name.find(marker) != std::string::npos) names.push_back(entry.path());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // Of all event files, in the order of their paths.
  std::vector<int64_t> steps() const {
    std::vector<int64_t> steps;
    for (const std::string& path : names("tfevents")) {
      std::ifstream file(path, std::ios::binary);
      const std::string contents(std::istreambuf_iterator<char>(file), {});
      for (const auto& event : parse_events(contents).events)
        if (event.has_summary()) steps.push_back(event.step());
    }
    return steps;
  }

  TempDir dir_;
  const std::string run_ = dir_ / "run";
  WriterOptions options_;
  std::vector<std::string> reports_;
};

TEST_F(JournaledTest, ACleanCloseLeavesNoJournal) {
  SummaryWriter writer(run_, options_);
  writer.scalar("loss", 1, 1);
  EXPECT_THAT(names("tblog-journal."), SizeIs(1));
  EXPECT_THAT(names("tblog-journal.")[0],
              ::testing::Not(HasSubstr("tfevents")));
  EXPECT_THAT(steps(), IsEmpty());
  EXPECT_THAT(writer.close(), IsOk());
  EXPECT_THAT(names("tblog-"), IsEmpty());
  EXPECT_THAT(steps(), ElementsAre(1));
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(JournaledTest, TheNextWriterSavesWhatAKillLeftAndSaysSo) {
  status_of_child([&] {
    SummaryWriter writer(run_, options_);
    for (int step = 0; step < 5; ++step) writer.scalar("loss", step, step);
    writer.child("test").scalar("loss", 9, 9);
    die();
  });
  EXPECT_THAT(steps(), IsEmpty());
  options_.durability = Durability::kBuffered;
  SummaryWriter writer(run_, options_);
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("6 events that no file had")));
  EXPECT_THAT(writer.status(), IsOk());
  writer.scalar("loss", 5, 5);
  EXPECT_THAT(writer.close(), IsOk());
  EXPECT_THAT(steps(), ElementsAre(0, 1, 2, 3, 4, 5, 9));
  EXPECT_THAT(names("tblog-"), IsEmpty());
}

TEST_F(JournaledTest, AWriterBesideALivingOneLeavesItsJournalAlone) {
  SummaryWriter first(run_, options_);
  first.scalar("a", 1, 1);
  SummaryWriter second(run_, options_);
  second.scalar("b", 2, 2);
  EXPECT_THAT(names("tblog-journal."), SizeIs(2));
  EXPECT_THAT(second.close(), IsOk());
  EXPECT_THAT(first.close(), IsOk());
  EXPECT_THAT(steps(), ElementsAre(1, 2));
}

TEST_F(JournaledTest, WhatTheJournalCannotHoldIsWrittenThrough) {
  options_.max_pending_bytes = 64 << 10;
  SummaryWriter writer(run_, options_);
  writer.scalar("loss", 1, 1);
  writer.text("note", std::string(100'000, 'x'), 2);
  EXPECT_THAT(steps(), ElementsAre(1, 2));
  writer.scalar("loss", 3, 3);
  EXPECT_THAT(steps(), ElementsAre(1, 2));
  EXPECT_THAT(writer.close(), IsOk());
  EXPECT_THAT(steps(), ElementsAre(1, 2, 3));
}

TEST_F(JournaledTest, RunsThatTheJournalHasNoPlaceForAreWrittenThrough) {
  SummaryWriter writer(run_, options_);
  const std::string part = std::string(180, 'n') + "/";
  SummaryWriter last = writer.child("first");
  for (int i = 0; i < 700; ++i)
    last = writer.child(part + part + part + part + std::to_string(i));
  last.scalar("loss", 1, 1);
  EXPECT_THAT(steps(), ElementsAre(1));
  writer.scalar("loss", 2, 2);
  EXPECT_THAT(steps(), ElementsAre(1));
  EXPECT_THAT(writer.close(), IsOk());
}

// As on a full disk: the blocks cannot be reserved, and no signal comes.
TEST_F(JournaledTest, WithoutBlocksItIsBufferedAndSaysSo) {
  const int status = status_of_child([&] {
    const rlimit limit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    SummaryWriter writer(run_, options_);
    writer.scalar("loss", 1, 1);
    if (reports_.size() != 1) ::_exit(1);
    if (reports_[0].find("buffered and not journaled") == std::string::npos)
      ::_exit(2);
    if (writer.status().ok()) ::_exit(3);
    if (writer.flush() != writer.status()) ::_exit(4);
    writer.close().IgnoreError();
  });
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names("tblog-"), IsEmpty());
  EXPECT_THAT(steps(), ElementsAre(1));
}

// What is written as the process ends is in the journal, too.
TEST_F(JournaledTest, WhatAnExitWritesDoesNotComeTwice) {
  for (const uint64_t max_file_bytes : {0, 1024}) {
    options_.max_file_bytes = max_file_bytes;
    std::filesystem::remove_all(run_);
    status_of_child([&] {
      auto* const writer = new SummaryWriter(run_, options_);
      auto* const test = new SummaryWriter(writer->child("test"));
      for (int step = 0; step < 50; ++step) {
        writer->scalar("loss", step, step);
        if (step == 20) writer->flush().IgnoreError();
        if (step > 40) test->scalar("loss", step, 9 + step);
      }
      std::exit(0);
    });
    ASSERT_THAT(drain_journals(run_), IsOk());
    std::vector<int64_t> all(59);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(steps(), all);
    EXPECT_THAT(names("tblog-"), IsEmpty());
  }
}

TEST_F(JournaledTest, WhatACrashHandlerWritesDoesNotComeTwice) {
  const int status = status_of_child([&] {
    install_crash_handler().IgnoreError();
    SummaryWriter writer(run_, options_);
    for (int step = 0; step < 50; ++step) writer.scalar("loss", step, step);
    ::abort();
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  ASSERT_THAT(drain_journals(run_), IsOk());
  std::vector<int64_t> all(50);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(steps(), all);
}

TEST_F(JournaledTest, AChildOfForkThatLivesOnDoesNotKeepTheJournal) {
  int lives[2];
  int began[2];  // until it runs, the child has the parent's descriptors
  ASSERT_EQ(::pipe(lives), 0);
  ASSERT_EQ(::pipe(began), 0);
  status_of_child([&] {
    SummaryWriter writer(run_, options_);
    writer.scalar("loss", 1, 1);
    if (::fork() == 0) {
      ::close(lives[1]);
      {
        const SummaryWriter share = writer.child("test");
        writer.scalar("loss", 2, 2);
        writer.flush().IgnoreError();
        writer.close().IgnoreError();
      }
      char nothing = 0;
      if (::write(began[1], &nothing, 1) != 1) ::_exit(1);
      ::_exit(static_cast<int>(::read(lives[0], &nothing, 1)));
    }
    char nothing;
    if (::read(began[0], &nothing, 1) != 1) ::_exit(1);
    die();
  });
  const auto report = drain_journals(run_);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->living, 0u);
  EXPECT_THAT(steps(), ElementsAre(1));
  for (const int fd : {lives[0], lives[1], began[0], began[1]}) ::close(fd);
}

TEST_F(JournaledTest, AChildThatReopensHasAJournalOfItsOwn) {
  options_.after_fork = AfterFork::kReopen;
  SummaryWriter writer(run_, options_);
  writer.scalar("a", 1, 1);
  status_of_child([&] {
    writer.scalar("b", 2, 2);
    die();
  });
  EXPECT_THAT(names("tblog-journal."), SizeIs(2));
  const auto report = drain_journals(run_);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->living, 1u);
  EXPECT_EQ(report->events, 1u);
  EXPECT_THAT(writer.close(), IsOk());
  EXPECT_THAT(steps(), ElementsAre(1, 2));
}

TEST_F(JournaledTest,
       AResumedRunThatDiesBeforeItsSubRunHasAFileSaysWhereItStarts) {
  options_.resume_step = 7;
  status_of_child([&] {
    SummaryWriter writer(run_, options_);
    writer.child("test").scalar("loss", 7, 7);
    die();
  });
  const auto report = drain_journals(run_);
  ASSERT_THAT(report, IsOk());
  ASSERT_THAT(report->files, SizeIs(1));
  std::ifstream file(report->files[0], std::ios::binary);
  const std::string contents(std::istreambuf_iterator<char>(file), {});
  const auto events = parse_events(contents).events;
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[1].session_log().status(), proto::SessionLog::START);
  EXPECT_EQ(events[2].step(), 7);
}

}  // namespace
}  // namespace tblog::testing
