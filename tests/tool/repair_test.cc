// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "tblog/tblog.h"
#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RepairCommandTest : public CommandFixture {
 protected:
  RepairCommandTest() {
    EventFile file;
    for (int step = 0; step < 3; ++step) file.scalar("x", step, 1);
    good_ = file.bytes();
    bad_ = good_;
    bad_[good_.size() - 1] ^= 1;
  }

  // The number of files below `directory` whose names hold `marker`.
  size_t files(const std::string& directory, const std::string& marker) const {
    size_t count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(path(directory)))
      count +=
          entry.path().filename().string().find(marker) != std::string::npos;
    return count;
  }

  // A writer into `run` that is killed when it has logged 5 values, none of
  // which has left it.
  void leave_a_journal(const std::string& run) const {
    const pid_t child = fork();
    if (child == 0) {
      SummaryWriter writer(path(run),
                           {.durability = Durability::kJournaled,
                            .max_flush_delay = std::chrono::hours(1)});
      for (int step = 0; step < 5; ++step) writer.scalar("loss", step, step);
      kill(getpid(), SIGKILL);
    }
    waitpid(child, nullptr, 0);
  }

  std::string good_;
  std::string bad_;
};

TEST_F(RepairCommandTest, SavesWhatIsWholeAndSaysWhatIsNot) {
  write("bad.tfevents", bad_);
  const Result result = tblog("repair bad.tfevents -o good.tfevents");
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("3 events saved -> good.tfevents"));
  EXPECT_THAT(result.out, HasSubstr("payload checksum"));
  EXPECT_TRUE(good_.starts_with(read("good.tfevents")));
  EXPECT_EQ(tblog("ls good.tfevents").code, 0);
  EXPECT_EQ(tblog("repair good.tfevents -o again.tfevents").code, 0);
}

TEST_F(RepairCommandTest, OverwritesNothingUnasked) {
  write("bad.tfevents", bad_);
  write("mine", "mine");
  EXPECT_EQ(tblog("repair bad.tfevents -o mine").code, 3);
  EXPECT_EQ(read("mine"), "mine");
  EXPECT_EQ(tblog("repair bad.tfevents -o mine --force").code, 1);
  EXPECT_NE(read("mine"), "mine");
}

TEST_F(RepairCommandTest, InPlaceItKeepsTheDamagedFile) {
  write("runs/a/x.tfevents", bad_);
  write("runs/b/x.tfevents", good_);
  const Result result = tblog("repair runs --in-place --json");
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_EQ(read("runs/a/x.tf-events.bak"), bad_);
  EXPECT_EQ(read("runs/b/x.tfevents"), good_);
  const auto lines = result.json();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0]["offset"], read("runs/a/x.tfevents").size());
  EXPECT_EQ(lines[1]["backup"], "runs/a/x.tf-events.bak");
  EXPECT_EQ(lines[2]["backup"], "");
  EXPECT_EQ(tblog("ls runs").code, 0);
}

TEST_F(RepairCommandTest, SaysWhatIsMissing) {
  write("bad.tfevents", bad_);
  EXPECT_EQ(tblog("repair bad.tfevents").code, 2);
  EXPECT_EQ(tblog("repair none -o x").code, 3);
  write("text", "This is no event file at all, only text.");
  EXPECT_EQ(tblog("repair text -o x").code, 3);
  EXPECT_EQ(tblog("ls text").code, 3);
}

// ---- Journals ----

TEST_F(RepairCommandTest, WhatAKilledWriterLeftInItsJournalIsDrained) {
  leave_a_journal("runs/a");
  ASSERT_EQ(files("runs", "tblog-journal."), 1u);
  const Result result = tblog("repair runs --in-place");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out,
              HasSubstr("runs: 1 journal drained, 5 events saved\n  -> runs/a/"
                        "events.out.tfevents."));
  EXPECT_EQ(files("runs", "tblog-journal."), 0u);
  EXPECT_EQ(tblog("show runs --tag loss --json").json().size(), 5u);
  EXPECT_EQ(tblog("verify runs").code, 0);
  const Result again = tblog("repair runs --journals");
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.out, "runs: no journals\n");
}

TEST_F(RepairCommandTest, JournalsAloneLeaveDamagedFilesAsTheyAre) {
  write("runs/b/x.tfevents", bad_);
  leave_a_journal("runs/a");
  const auto lines = tblog("repair runs --journals --json").json();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["drained"], 1);
  EXPECT_EQ(lines[0]["living"], 0);
  EXPECT_EQ(lines[0]["events"], 5);
  EXPECT_THAT(lines[0]["files"], SizeIs(1));
  EXPECT_THAT(lines[0]["problems"], SizeIs(0));
  EXPECT_EQ(read("runs/b/x.tfevents"), bad_);
}

TEST_F(RepairCommandTest, AJournalWhoseWriterLivesIsLeftAlone) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kJournaled});
  writer.scalar("loss", 1, 1);
  EXPECT_EQ(tblog("repair runs --journals").out,
            "runs: 1 journal of living writers left alone\n");
  EXPECT_EQ(files("runs", "tblog-journal."), 1u);
}

TEST_F(RepairCommandTest, ADamagedJournalIsAProblem) {
  write("runs/tblog-journal.1", std::string(1 << 16, 'x'));
  const Result result = tblog("repair runs --journals");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out, HasSubstr("tblog-journal.1"));
}

TEST_F(RepairCommandTest, JournalsAreSearchedInDirectories) {
  write("file", good_);
  EXPECT_EQ(tblog("repair file --journals").code, 2);
  EXPECT_EQ(tblog("repair nowhere --journals").code, 3);
  EXPECT_EQ(tblog("repair runs --journals -o x").code, 2);
}

}  // namespace
}  // namespace tblog::tool
