// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>

#include "tblog/log_reader.h"

namespace tblog {
namespace {

TEST(GlobTest, MatchesAsAWhole) {
  EXPECT_TRUE(matches_glob("loss", "loss"));
  EXPECT_FALSE(matches_glob("loss", "loss/train"));
  EXPECT_FALSE(matches_glob("loss", "my loss"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_FALSE(matches_glob("", "a"));
}

TEST(GlobTest, AStarTakesAnythingSlashesToo) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("loss*", "loss/train/a"));
  EXPECT_TRUE(matches_glob("*train*", "loss/train/a"));
  EXPECT_TRUE(matches_glob("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches_glob("a*b*c", "a-c-b"));
  EXPECT_TRUE(matches_glob("**", "x"));
}

TEST(GlobTest, AQuestionMarkTakesOne) {
  EXPECT_TRUE(matches_glob("a?c", "abc"));
  EXPECT_FALSE(matches_glob("a?c", "ac"));
}

TEST(GlobTest, SetsTakeOneOfTheirs) {
  EXPECT_TRUE(matches_glob("conv[12]", "conv2"));
  EXPECT_FALSE(matches_glob("conv[12]", "conv3"));
  EXPECT_TRUE(matches_glob("conv[0-9a-f]", "conve"));
  EXPECT_TRUE(matches_glob("[!a]", "b"));
  EXPECT_FALSE(matches_glob("[!a]", "a"));
  EXPECT_TRUE(matches_glob("[^a]", "b"));
  EXPECT_FALSE(matches_glob("[^a]", "a"));
  EXPECT_TRUE(matches_glob("[]]", "]"));
  EXPECT_TRUE(matches_glob("[a-]", "-"));
}

TEST(GlobTest, ASetWithoutEndAndAnEscapedStarStandForThemselves) {
  EXPECT_TRUE(matches_glob("a[b", "a[b"));
  EXPECT_TRUE(matches_glob("a\\*", "a*"));
  EXPECT_FALSE(matches_glob("a\\*", "ab"));
  EXPECT_TRUE(matches_glob("a\\", "a\\"));
}

// An implementation that tries every star again would never end.
TEST(GlobTest, ManyStarsCostNoMoreThanTheProductOfTheLengths) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(10'000, 'a')));
}

}  // namespace
}  // namespace tblog
