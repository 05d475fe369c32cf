// SPDX-License-Identifier: Apache-2.0

#include "src/writer/tag_table.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tblog::internal {
namespace {

TEST(TagTableTest, FindsWhatWasAddedWhereItWas) {
  constexpr int kTags = 10'000;
  TagTable table;
  std::vector<TagState*> states;
  for (int i = 0; i < kTags; ++i) {
    const std::string tag = "tag" + std::to_string(i);
    EXPECT_EQ(table.find(tag), nullptr);
    states.push_back(&table.add(tag, i % 2 == 0 ? "<" + tag + ">" : ""));
  }
  EXPECT_EQ(table.size(), static_cast<size_t>(kTags));
  for (int i = 0; i < kTags; ++i) {
    const std::string tag = "tag" + std::to_string(i);
    const TagState* state = table.find(tag);
    EXPECT_EQ(state, states[static_cast<size_t>(i)]);
    ASSERT_NE(state, nullptr);
    EXPECT_EQ(state->tag, tag);
    EXPECT_EQ(state->scalar_head, i % 2 == 0 ? "<" + tag + ">" : "");
  }
  EXPECT_EQ(table.find("tag10000"), nullptr);
}

TEST(TagTableTest, TagsOfAnySizeAndBytes) {
  TagTable table;
  const std::string sizes[] = {
      std::string(1, '\0'), std::string(8'000, 'a'), std::string(8'193, 'b'),
      std::string(70'000, 'c'), std::string(1 << 20, 'd')};
  for (const std::string& tag : sizes) table.add(tag, "\n" + tag + "\n");
  for (const std::string& tag : sizes) {
    ASSERT_NE(table.find(tag), nullptr);
    EXPECT_EQ(table.find(tag)->tag, tag);
  }
}

// Where the tag occurs in what stands before it, that is as good.
TEST(TagTableTest, ATagThatItsHeadBeginsWith) {
  TagTable table;
  const TagState& state = table.add("\n", "\n\x03\n\x01\n");
  EXPECT_EQ(state.tag, "\n");
  EXPECT_EQ(table.find("\n"), &state);
}

TEST(TextStoreTest, TextsStayWhereTheyAre) {
  TextStore store;
  std::vector<std::string_view> texts;
  for (size_t size = 0; size < 2'000; ++size)
    texts.push_back(store.add(std::string(size, static_cast<char>(size))));
  for (size_t size = 0; size < texts.size(); ++size)
    EXPECT_EQ(texts[size], std::string(size, static_cast<char>(size)));
}

}  // namespace
}  // namespace tblog::internal
