// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class VerifyCommandTest : public CommandFixture {};

TEST_F(VerifyCommandTest, AGoodLogIsGood) {
  write_run("runs/a", EventFile().old_scalar("x", 1, 1).old_scalar("x", 2, 2));
  const Result result = tblog("verify runs");
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("1 file, 3 records"));
  EXPECT_THAT(result.out, HasSubstr("0 errors, 0 warnings, 0 notes"));
}

TEST_F(VerifyCommandTest, NotesAreNoProblems) {
  write_run("runs/a", EventFile().old_scalar("x", 1, NAN));
  EXPECT_EQ(tblog("verify runs").code, 0);
}

TEST_F(VerifyCommandTest, ATrapIsToldWithWhatTheReadersDoAndHowToMendIt) {
  write_run("runs/a", EventFile().old_scalar("x", 2, 1).old_scalar("x", 1, 1));
  const Result result = tblog("verify runs");
  EXPECT_EQ(result.code, 1);
  for (const char* text : {"warning", "step-increasing", "tag x", "step 1",
                           "Python reader: ", "Rust reader: ", "mend: "})
    EXPECT_THAT(result.out, HasSubstr(text));
  const auto lines = tblog("verify runs --json").json();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["trap"], "step-increasing");
  EXPECT_EQ(lines[0]["run"], "a");
  EXPECT_EQ(lines[0]["step"], 1);
  for (const char* field : {"number", "severity", "message", "python_reader",
                            "rust_reader", "remedy", "file", "offset"})
    EXPECT_TRUE(lines[0].contains(field)) << field;
  EXPECT_THAT(tblog("verify runs --severity error --json").json(), SizeIs(0));
}

TEST_F(VerifyCommandTest, TagsCannotReachTheTerminal) {
  write_run("runs/a", EventFile().old_scalar("\x1b]0;x\a", 2, NAN));
  EXPECT_TRUE(is_safe_for_a_terminal(tblog("verify runs").out));
}

TEST_F(VerifyCommandTest, ListsItsTraps) {
  const auto lines = tblog("verify --traps --json").json();
  EXPECT_GT(lines.size(), 70u);
  EXPECT_EQ(lines[0]["number"], 1);
  EXPECT_EQ(lines[0]["trap"], "record-framing");
}

TEST_F(VerifyCommandTest, SaysWhatItCannotRead) {
  EXPECT_EQ(tblog("verify none").code, 3);
  EXPECT_EQ(tblog("verify").code, 2);
}

}  // namespace
}  // namespace tblog::tool
