// SPDX-License-Identifier: Apache-2.0

#include "src/writer/tag_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
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

TEST(TagTableTest, IsSearchedWhileItGrows) {
  constexpr size_t kTags = 5'000;
  std::vector<std::string> tags;
  for (size_t i = 0; i < kTags; ++i) tags.push_back("t/" + std::to_string(i));
  TagTable table;
  std::atomic<size_t> added{0};
  std::thread other([&] {
    for (size_t known = 0; known < kTags; known = added) {
      if (known == 0) continue;
      const TagState* const last = table.find(tags[known - 1]);
      ASSERT_NE(last, nullptr);
      EXPECT_EQ(last->tag, tags[known - 1]);
      EXPECT_NE(table.find(tags[known / 2]), nullptr);
      EXPECT_EQ(table.find("none"), nullptr);
    }
  });
  for (const std::string& tag : tags) {
    table.add(tag, "<" + tag + ">");
    ++added;
  }
  other.join();
}

// Texts that differ in one byte, wherever it is.
TEST(TagTextTest, TellsTextsApart) {
  for (size_t size = 1; size < 70; ++size) {
    const std::string text(size, 'a');
    EXPECT_TRUE(same_text(text, std::string(size, 'a')));
    EXPECT_FALSE(same_text(text, std::string(size + 1, 'a')));
    for (size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = 'b';
      EXPECT_FALSE(same_text(text, other)) << size << " " << i;
      EXPECT_NE(text_hash(text), text_hash(other)) << size << " " << i;
    }
  }
  EXPECT_TRUE(same_text("", ""));
}

// As the table takes it: by its lower bits.
TEST(TagTextTest, SpreadsNamesThatAreAlike) {
  constexpr size_t kTags = 4096;
  std::vector<int> places(2 * kTags);
  for (size_t i = 0; i < kTags; ++i)
    ++places[text_hash("layer" + std::to_string(i) + "/norm") % places.size()];
  EXPECT_LT(*std::max_element(places.begin(), places.end()), 9);
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
