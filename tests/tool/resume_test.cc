// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ResumeCommandTest : public CommandFixture {
 protected:
  // The steps of x that are shown.
  nlohmann::json row(const std::string& run) const {
    return tblog("ls " + run + " --tag x --json").json().at(0);
  }
};

TEST_F(ResumeCommandTest, ARunAndThoseBelowItEndBeforeTheStep) {
  write_run("runs/a", EventFile().scalar("x", 1, 1).scalar("x", 9, 1));
  write_run("runs/a/test", EventFile().scalar("x", 2, 1).scalar("x", 8, 1));
  write_run("runs/b", EventFile().scalar("x", 9, 1));
  const Result result = tblog("resume runs/a --step 8");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("runs/a/test: ends before step 8"));
  EXPECT_EQ(row("runs/a")["last_step"], 1);
  EXPECT_EQ(row("runs/a/test")["last_step"], 2);
  EXPECT_EQ(row("runs/b")["last_step"], 9);
}

TEST_F(ResumeCommandTest, TellsWhatItDidAsJson) {
  write_run("a", EventFile()
                     .scalar("x", 1, 1)
                     .scalar("x", 5, 1)
                     .scalar("y", 6, 1)
                     .scalar("x", 9, 1)
                     .scalar("z", 9, 1));
  const Result result = tblog("resume a --step 8 --json");
  EXPECT_EQ(result.code, 1) << "z cannot be cut";
  const auto lines = result.json();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["step"], 8);
  EXPECT_EQ(lines[0]["first_step"], 5);
  EXPECT_EQ(lines[0]["events"], 5) << "a version, two STARTs, x and y";
  EXPECT_THAT(lines[0]["uncut_tags"], ElementsAre("z"));
  EXPECT_THAT(std::string(lines[0]["file"]), HasSubstr(".resume"));
  EXPECT_EQ(lines[0]["wait_secs"], 0);
}

TEST_F(ResumeCommandTest, NothingToCutIsNoProblem) {
  write_run("a", EventFile().scalar("x", 1, 1));
  const auto lines = tblog("resume a --step 8 --json").json();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_TRUE(lines[0]["file"].is_null());
}

TEST_F(ResumeCommandTest, SaysWhatItCannotDo) {
  EXPECT_EQ(tblog("resume nowhere --step 8").code, 2);
  EXPECT_EQ(tblog("resume .").code, 2);
}

}  // namespace
}  // namespace tblog::tool
