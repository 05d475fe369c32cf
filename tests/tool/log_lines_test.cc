// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/log_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tools/tblog/failure.h"

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

TEST(LogLinesTest, NamedGroupsOfBothSpellingsAreFields) {
  const LinePattern pattern(R"(step (?<step>\d+):.* loss=(?P<loss>\S+))");
  EXPECT_THAT(pattern.names(), ElementsAre("step", "loss"));
  EXPECT_THAT(pattern.match("[x] step 12: lr=1 loss=0.5 end"),
              Optional(ElementsAre("12", "0.5")));
  EXPECT_FALSE(pattern.match("nothing").has_value());
}

TEST(LogLinesTest, AGroupThatTakesNoPartIsEmpty) {
  const LinePattern pattern("(?P<a>x)|(?P<b>y)");
  EXPECT_THAT(pattern.match("y"), Optional(ElementsAre("", "y")));
}

TEST(LogLinesTest, BracketsAndBackslashesAreNoGroups) {
  const LinePattern pattern(R"(\(?<a [(]?<b (?P<n>\d))");
  EXPECT_THAT(pattern.match("(<a (<b 3"), Optional(ElementsAre("3")));
}

TEST(LogLinesTest, BadPatternsAreRefused) {
  EXPECT_THROW(LinePattern("(?P<a>"), Failure);
  EXPECT_THROW(LinePattern("no (group)"), Failure);
}

// A backtracking matcher takes exponential time here, or overflows its stack.
TEST(LogLinesTest, AHostileLineTakesLinearTime) {
  const LinePattern pattern("^(?P<a>(a*)*)b$");
  EXPECT_FALSE(pattern.match(std::string(1'000'000, 'a')).has_value());
}

TEST(LogLinesTest, CarriageReturnsEndLinesAndColoursAreLeftOut) {
  std::istringstream in(
      "10%\r20%\r\x1b[32mdone\x1b[0m\n\x1b]0;title\x07two\nthree");
  LogLines lines(in);
  std::vector<std::string> all;
  std::vector<size_t> numbers;
  for (std::string line; lines.next(line);) {
    all.push_back(line);
    numbers.push_back(lines.number());
  }
  EXPECT_THAT(all, ElementsAre("10%", "20%", "done", "two", "three"));
  EXPECT_THAT(numbers, ElementsAre(1, 1, 1, 2, 3));
}

TEST(LogLinesTest, EscapesWithoutAnEndTakeTheRest) {
  EXPECT_EQ(without_escapes("a\x1b"), "a");
  EXPECT_EQ(without_escapes("a\x1b[12;"), "a");
  EXPECT_EQ(without_escapes("a\x1b]0;x"), "a");
  EXPECT_EQ(without_escapes("a\x1b]0;x\x1b\\b"), "ab");
}

}  // namespace
}  // namespace tblog::tool
