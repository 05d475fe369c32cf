// SPDX-License-Identifier: Apache-2.0

#include "src/hook/selector.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "src/base/glob.h"
#include "src/hook/names.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::StatusIs;
using ::testing::ElementsAre;

TEST(GlobTest, Matches) {
  EXPECT_TRUE(glob_matches("encoder.*", "encoder.0.fc"));
  EXPECT_FALSE(glob_matches("encoder.*", "decoder.0"));
  EXPECT_TRUE(glob_matches("*a*b", "xxabab"));
  EXPECT_FALSE(glob_matches("*a*b", "xxaba"));
  EXPECT_TRUE(glob_matches("fc?", "fc1"));
  EXPECT_FALSE(glob_matches("fc?", "fc"));
  EXPECT_TRUE(glob_matches("fc[1-3x]", "fcx"));
  EXPECT_FALSE(glob_matches("fc[!1-3]", "fc2"));
  EXPECT_TRUE(glob_matches("a[", "a["));
  EXPECT_TRUE(glob_matches("\\*", "*"));
  EXPECT_FALSE(glob_matches("\\*", "a"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_TRUE(glob_matches("**", ""));
}

TEST(GlobTest, ManyStarsCostNoMoreThanTheProduct) {
  const std::string name(5000, 'a');
  std::string glob;
  for (int i = 0; i < 500; ++i) glob += "a*";
  EXPECT_FALSE(glob_matches(glob + "b", name));
}

TEST(NamesTest, ListsAreCutAtCommas) {
  EXPECT_THAT(split_list("a, b ,c\\,d"), ElementsAre("a", "b", "c\\,d"));
  EXPECT_THAT(split_list(""), ElementsAre(""));
}

TEST(NamesTest, NearestComeFirst) {
  EXPECT_EQ(describe_nearest("cnov1", {"fc", "conv1", "conv2", "conv10"}),
            "the nearest names are \"conv1\", \"conv2\" and \"conv10\"");
  EXPECT_EQ(describe_nearest("x", {}), "no layer is known");
}

std::vector<int> matching(const std::string& text, int count) {
  RuleSpec spec;
  spec.selector = text;
  const auto selector = Selector::make(spec);
  EXPECT_TRUE(selector.ok()) << selector.status();
  std::vector<int> indices;
  for (int i = 0; i < count; ++i) {
    const std::string name = "l" + std::to_string(i);
    for (size_t part = 0; part < selector->parts(); ++part) {
      if (*selector->matches(part, {name, "", i}, count)) indices.push_back(i);
    }
  }
  return indices;
}

TEST(SelectorTest, IndicesAndRanges) {
  EXPECT_THAT(matching("#0,#-1", 5), ElementsAre(0, 4));
  EXPECT_THAT(matching("#1..#3", 5), ElementsAre(1, 2, 3));
  EXPECT_THAT(matching("#1..3", 5), ElementsAre(1, 2, 3));
  EXPECT_THAT(matching("#-2..#-1", 5), ElementsAre(3, 4));
  EXPECT_THAT(matching("#3..#-1", 5), ElementsAre(3, 4));
  EXPECT_THAT(matching("#7", 5), ElementsAre());
  EXPECT_THAT(matching("l2,#2", 5), ElementsAre(2, 2));
}

TEST(SelectorTest, EndsThatCountFromTheEndAreUnknownWithoutACount) {
  const IndexRange last{-1, -1};
  EXPECT_FALSE(last.contains(0, std::nullopt).has_value());
  const IndexRange first{0, 1};
  EXPECT_TRUE(*first.contains(1, std::nullopt));
}

TEST(SelectorTest, RefusesWhatCanMatchNothing) {
  for (const char* text : {"#", "#a", "#1..", "#3..#1", "#-1..#-2", "", "a,",
                           "#99999999999999999999"}) {
    RuleSpec spec;
    spec.selector = text;
    EXPECT_THAT(Selector::make(spec),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(SelectorTest, ANameThatLooksLikeAPatternMatchesItself) {
  RuleSpec spec;
  spec.selector = "layers[0]";
  EXPECT_TRUE(*Selector::make(spec)->matches(0, {"layers[0]", "", 0}, 1));
}

}  // namespace
}  // namespace tblog::internal
