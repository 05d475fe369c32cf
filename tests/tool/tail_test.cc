// SPDX-License-Identifier: Apache-2.0
//
// tblog head and tail, tail -f on a pipe and on a terminal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tblog/tblog.h"
#include "tests/tool/command_fixture.h"
#include "tests/tool/running_tool.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class TailTest : public CommandFixture {
 protected:
  void write_long_run() const {
    EventFile file;
    for (int64_t step = 0; step < 30; ++step) file.scalar("a", step, 1);
    write_run("runs", file);
  }
  std::vector<int64_t> steps(const std::string& arguments) const {
    std::vector<int64_t> steps;
    for (const auto& object : tblog(arguments + " --json").json())
      steps.push_back(object["step"]);
    return steps;
  }
};

TEST_F(TailTest, HeadAndTailShowTheEndsOfEachSeries) {
  write_long_run();
  EXPECT_THAT(steps("head -n 3 runs"), ElementsAre(0, 1, 2));
  EXPECT_THAT(steps("tail -n 3 runs"), ElementsAre(27, 28, 29));
  EXPECT_EQ(steps("tail runs").size(), 10u);
  EXPECT_THAT(steps("head -n 2 runs --steps 10:"), ElementsAre(10, 11));
  EXPECT_EQ(tblog("head -n 1 runs").out,
            ".  a  scalar, 1 of 30 values\n"
            "  STEP  VALUE  WALL TIME\n"
            "     0  1      2001-09-09 01:46:40.000\n");
}

TEST_F(TailTest, FollowTellsWhatComesAndNothingElse) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  writer.scalar("old", 1, 0);
  RunningTool tool({"tail", "-f", path("runs"), "--interval", "0.05", "-n", "1",
                    "--tag", "[no]*"});
  ASSERT_TRUE(tool.prints("old"));
  tool.forget();
  writer.scalar("new", 0.5, 7);
  writer.scalar("left out", 0.5, 7);
  EXPECT_TRUE(tool.prints(".  new  7  0.5\n"));
  SummaryWriter later = writer.child("later");
  later.scalar("new", 2, 8);
  EXPECT_TRUE(tool.prints("later  new  8  2\n"));
  tool.signal(SIGINT);
  EXPECT_EQ(tool.wait(), 0);
  EXPECT_THAT(tool.output(), Not(HasSubstr("old")));
  EXPECT_THAT(tool.output(), Not(HasSubstr("left out")));
}

TEST_F(TailTest, FollowDrawsABoardOnATerminal) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  for (int step = 0; step < 20; ++step) writer.scalar("loss", step, step);
  writer.scalar("acc", 0.5, 3);
  RunningTool tool({"tail", "-f", path("runs"), "--interval", "0.05"},
                   {80, 24});
  ASSERT_TRUE(tool.prints("TREND"));
  ASSERT_TRUE(tool.prints("▁"));
  writer.scalar("acc", 0.75, 4);
  EXPECT_TRUE(tool.prints("0.75"));
  // Up over what was drawn: a title, two series, and a line of ours.
  EXPECT_TRUE(tool.prints("\x1b[4A"));
  tool.signal(SIGINT);
  EXPECT_EQ(tool.wait(), 0);
}

TEST_F(TailTest, TheBoardFitsTheWindow) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  for (int i = 0; i < 50; ++i)
    writer.scalar(std::string(60, 'x') + std::to_string(i), i, 1);
  RunningTool tool({"tail", "-f", path("runs"), "--color", "never"}, {40, 10});
  ASSERT_TRUE(tool.prints("more; --tag"));
  tool.signal(SIGTERM);
  EXPECT_EQ(tool.wait(), 0);
  size_t lines = 0;
  std::istringstream in(tool.output());
  for (std::string line; std::getline(in, line); ++lines) {
    line.resize(std::min(line.find('\x1b'), line.size()));
    EXPECT_LE(line.size(), 44u) << line;  // the ellipsis has three bytes
  }
  EXPECT_LE(lines, 10u);
}

TEST_F(TailTest, FollowPlotsCurves) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  for (int step = 0; step < 20; ++step) writer.scalar("loss", step, step);
  RunningTool tool({"tail", "-f", path("runs"), "--interval", "0.05", "--plot",
                    "--color", "never"},
                   {80, 24});
  ASSERT_TRUE(tool.prints("── .  19"));
  writer.scalar("loss", 40, 20);
  EXPECT_TRUE(tool.prints("── .  40"));
  tool.signal(SIGINT);
  EXPECT_EQ(tool.wait(), 0);
}

TEST_F(TailTest, FollowWaitsForTheFirstFile) {
  std::filesystem::create_directories(path("runs"));
  RunningTool tool({"tail", "-f", path("runs"), "--interval", "0.05"},
                   {80, 24});
  ASSERT_TRUE(tool.prints("no event files yet"));
  SummaryWriter writer(path("runs/a"),
                       {.durability = Durability::kWriteThrough});
  writer.scalar("loss", 0.5, 7);
  EXPECT_TRUE(tool.prints("loss"));
  tool.signal(SIGINT);
  EXPECT_EQ(tool.wait(), 0);
}

TEST_F(TailTest, FollowGivesEveryKindAsJson) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  writer.scalar("old", 1, 0);
  RunningTool tool(
      {"tail", "-f", path("runs"), "--interval", "0.05", "-n", "1", "--json"});
  ASSERT_TRUE(tool.prints("old"));
  tool.forget();
  writer.histogram("h", std::vector<float>{1, 2}, 3);
  ASSERT_TRUE(tool.prints("\n"));
  const auto object =
      nlohmann::json::parse(tool.output().substr(0, tool.output().find('\n')));
  EXPECT_EQ(object["kind"], "histogram");
  EXPECT_TRUE(object["value"].contains("buckets"));
}

TEST_F(TailTest, ALogThatIsBegunAnewIsFollowed) {
  const auto write_log = [&](const std::string& name, int64_t step, int count) {
    EventFile file;
    for (int i = 0; i < count; ++i)
      file.scalar("a", step + i, static_cast<float>(step + i));
    write("runs/" + name, file.bytes());
  };
  write_log("events.out.tfevents.1", 0, 20);
  RunningTool tool(
      {"tail", "-f", path("runs"), "--interval", "0.05", "-n", "1"});
  ASSERT_TRUE(tool.prints(".  a  19  19\n"));
  tool.forget();
  std::filesystem::remove(path("runs/events.out.tfevents.1"));
  write_log("events.out.tfevents.2", 100, 2);
  EXPECT_TRUE(tool.prints(".  a  100  100\n.  a  101  101\n"));
}

TEST_F(TailTest, FollowEndsWhenItsReaderIsGone) {
  SummaryWriter writer(path("runs"), {.durability = Durability::kWriteThrough});
  writer.scalar("a", 1, 1);
  RunningTool tool({"tail", "-f", path("runs"), "--interval", "0.05"});
  tool.close_output();
  const int status = tool.wait();
  EXPECT_TRUE(status == 0 || status == -SIGPIPE) << status;
}

TEST_F(TailTest, FollowOfNothingIsToldAtOnce) {
  EXPECT_EQ(tblog("tail -f nowhere").code, 3);
}

// ---- The other commands on a terminal ----

TEST_F(TailTest, ATerminalHasColorUnlessItIsNotWanted) {
  write_long_run();
  const auto output = [&](const std::vector<std::string>& environment) {
    RunningTool tool({"ls", path("runs")}, {80, 24}, environment);
    EXPECT_EQ(tool.wait(), 0);
    return tool.output();
  };
  EXPECT_THAT(output({}), HasSubstr("\x1b["));
  EXPECT_THAT(output({"NO_COLOR=1"}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(output({"TERM=dumb"}), Not(HasSubstr("\x1b[")));
}

TEST_F(TailTest, EveryCommandFitsATerminalOfFortyColumns) {
  write_run("runs/" + std::string(50, 'r'),
            EventFile()
                .scalar("损失/" + std::string(80, 't'), 1, 0.5F)
                .text("note", 1, std::string(300, 'x')));
  for (const char* command : {"ls", "head", "tail"}) {
    RunningTool tool({command, path("runs"), "--color", "never"}, {40, 24});
    EXPECT_EQ(tool.wait(), 0);
    std::istringstream lines(tool.output());
    // Not the headings, which name the series in full.
    for (std::string line; std::getline(lines, line);) {
      if (line.find("value") == std::string::npos) {
        EXPECT_LE(line.size(), 40u + 3 * 4) << command << ": " << line;
      }
    }
  }
}

}  // namespace
}  // namespace tblog::tool
