// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/nearest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;

TEST(NearestTest, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("loss", "loss"), 0u);
  EXPECT_EQ(edit_distance("loss", "lsos"), 1u);
  EXPECT_EQ(edit_distance("loss", "los"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(NearestTest, NamesThatHoldTheWordComeFirst) {
  EXPECT_THAT(nearest("Loss*", {"accuracy", "lose", "train/loss"}, 2),
              ElementsAre("train/loss", "lose"));
}

TEST(NearestTest, FarNamesComeOnlyWhereNoneIsNear) {
  EXPECT_THAT(nearest("acuracy", {"accuracy", "input", "tiny"}, 4),
              ElementsAre("accuracy"));
  EXPECT_THAT(nearest("xyzzy", {"input", "conv1/weights"}, 4),
              ElementsAre("input"));
}

TEST(NearestTest, NamesEachOnce) {
  EXPECT_THAT(nearest("b", {"a", "a"}, 4), ElementsAre("a"));
}

}  // namespace
}  // namespace tblog::tool
