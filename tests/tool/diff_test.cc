// SPDX-License-Identifier: Apache-2.0
//
// tblog diff, run as a test of a training would run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DiffTest : public CommandFixture {
 protected:
  static EventFile falling(float offset) {
    EventFile file;
    for (int64_t step = 0; step < 5; ++step)
      file.scalar("loss", step,
                  10 - static_cast<float>(step) + (step > 2 ? offset : 0));
    return file;
  }
};

TEST_F(DiffTest, EqualLogsAreAlikeWhateverTheirTimes) {
  write_run("a", falling(0).scalar("x", 9, NAN));
  write_run("b", falling(0).scalar("x", 9, NAN));
  const Result result = tblog("diff a b");
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("alike: 0 of 2 series part, 6 values"));
  EXPECT_THAT(tblog("diff a b --quiet").out, IsEmpty());
}

TEST_F(DiffTest, TellsTheFirstStepAndTheLargestDifference) {
  write_run("a", falling(0));
  write_run("b", falling(0.25F).scalar("loss", 5, 1));
  const Result result = tblog("diff a b --json");
  EXPECT_EQ(result.code, 1);
  const auto objects = result.json();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0], nlohmann::json({{"run", "."},
                                        {"tag", "loss"},
                                        {"kind", "scalar"},
                                        {"reason", "value"},
                                        {"count", 3},
                                        {"step", 3},
                                        {"a", 7.0},
                                        {"b", 7.25},
                                        {"difference", 0.25},
                                        {"difference_step", 3},
                                        {"tolerance", 0.0},
                                        {"relative_tolerance", 0.0}}));
  EXPECT_THAT(tblog("diff a b").out, HasSubstr("not alike: 1 of 1 series"));
}

TEST_F(DiffTest, TolerancesAreByTagAndTheLastThatMatchesCounts) {
  write_run("a", falling(0));
  write_run("b", falling(0.25F));
  EXPECT_EQ(tblog("diff a b --tolerance 0.25").code, 0);
  EXPECT_EQ(tblog("diff a b --tolerance 'lo*=0.25'").code, 0);
  EXPECT_EQ(tblog("diff a b --tolerance 1 --tolerance loss=0.1").code, 1);
  EXPECT_EQ(tblog("diff a b --tolerance 'acc*=1'").code, 1);
  EXPECT_EQ(tblog("diff a b --relative 0.05").code, 0);
  EXPECT_EQ(tblog("diff a b --relative loss=0.01").code, 1);
  for (const char* bad : {"x", "loss=x", "-1", "loss=", "nan"})
    EXPECT_EQ(tblog(std::string("diff a b --tolerance=") + bad).code, 2) << bad;
}

TEST_F(DiffTest, ANumberIsNotLikeNaN) {
  write_run("a", EventFile().scalar("x", 0, NAN).scalar("x", 1, INFINITY));
  write_run("b", EventFile().scalar("x", 0, 1).scalar("x", 1, INFINITY));
  const auto objects = tblog("diff a b --json --tolerance 1e30").json();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0]["count"], 1);
  EXPECT_EQ(objects[0]["a"], "NaN");
  EXPECT_EQ(objects[0]["difference"], "Infinity");
}

TEST_F(DiffTest, SeriesAndKindsThatAreNotOnBothSidesPart) {
  write_run("a/train", EventFile().scalar("x", 0, 1).scalar("k", 0, 1));
  write_run("b/train", EventFile().scalar("y", 0, 1).text("k", 0, "t"));
  write_run("b/test", EventFile().scalar("z", 0, 1));
  std::string reasons;
  for (const auto& object : tblog("diff a b --json").json())
    reasons += object["run"].get<std::string>() + " " +
               object["tag"].get<std::string>() + ": " +
               object["reason"].get<std::string>() + "\n";
  EXPECT_EQ(reasons,
            "train k: kind\ntrain x: only in A\ntest z: only in B\n"
            "train y: only in B\n");
}

TEST_F(DiffTest, ASingleRunIsComparedWhateverItIsCalled) {
  write_run("a/first", falling(0));
  write_run("b/second", falling(0));
  EXPECT_EQ(tblog("diff a b").code, 0);
}

TEST_F(DiffTest, OtherKindsAreCompared) {
  write_run("a", EventFile()
                     .histogram("h", 0, {0, 1, 2})
                     .tensor("t", 0, {1, 2})
                     .text("note", 0, "a")
                     .image("i", 0, 2, 1, "abc"));
  write_run("b", EventFile()
                     .histogram("h", 0, {0, 1, 2.5})
                     .tensor("t", 0, {1, 2, 3})
                     .text("note", 0, "b")
                     .image("i", 0, 2, 1, "abd"));
  EXPECT_EQ(tblog("diff a a").code, 0);
  EXPECT_EQ(tblog("diff a b --json").json().size(), 4u);
  EXPECT_EQ(tblog("diff a b --json --tolerance h=0.5").json().size(), 3u);
}

TEST_F(DiffTest, FiltersChooseWhatIsCompared) {
  write_run("a", falling(0).scalar("other", 0, 1));
  write_run("b", falling(0.25F).scalar("other", 0, 1));
  EXPECT_EQ(tblog("diff a b --tag other").code, 0);
  EXPECT_EQ(tblog("diff a b --steps :2").code, 0);
  EXPECT_EQ(tblog("diff a b --tag none").code, 2);
  EXPECT_EQ(tblog("diff a nowhere").code, 3);
}

TEST_F(DiffTest, TheTableFitsFortyColumns) {
  write_run("a", falling(0));
  write_run("b", falling(0.25F));
  std::istringstream lines(tblog("diff a b --width 40 --ascii").out);
  std::string line;
  for (int row = 0; row < 2 && std::getline(lines, line); ++row)
    EXPECT_LE(line.size(), 40u) << line;
}

}  // namespace
}  // namespace tblog::tool
