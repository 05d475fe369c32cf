// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;

std::vector<size_t> chosen(std::string_view text,
                           const std::vector<int64_t>& steps) {
  const auto range = parse_steps(text);
  EXPECT_TRUE(range.has_value()) << text;
  return range ? range->choose(steps) : std::vector<size_t>{};
}

TEST(StepsTest, ARangeIncludesBothEnds) {
  EXPECT_THAT(chosen("10:30", {0, 10, 20, 30, 40}), ElementsAre(1, 2, 3));
  EXPECT_THAT(chosen("20:", {0, 10, 20, 30}), ElementsAre(2, 3));
  EXPECT_THAT(chosen(":0", {-5, 0, 10}), ElementsAre(0, 1));
  EXPECT_THAT(chosen(":", {-5, 0}), ElementsAre(0, 1));
  EXPECT_THAT(chosen("-5", {-5, 0}), ElementsAre(0));
}

TEST(StepsTest, StrideIsADistanceOfSteps) {
  EXPECT_THAT(chosen("::10", {0, 3, 10, 12, 25, 26}), ElementsAre(0, 2, 4));
}

TEST(StepsTest, AResumedRunStartsTheStrideAnew) {
  EXPECT_THAT(chosen("::10", {0, 10, 5, 6, 15}), ElementsAre(0, 1, 2, 4));
}

TEST(StepsTest, ExtremeStepsDoNotOverflow) {
  EXPECT_THAT(chosen("::10", {INT64_MIN, INT64_MAX}), ElementsAre(0, 1));
}

TEST(StepsTest, RefusesWhatIsNoRange) {
  for (const char* text : {"", "a", "1:2:3:4", "1:2:0", "1:2:-1", "2:1", "1.5",
                           "1 :2", "99999999999999999999"})
    EXPECT_FALSE(parse_steps(text).has_value()) << text;
}

}  // namespace
}  // namespace tblog::tool
