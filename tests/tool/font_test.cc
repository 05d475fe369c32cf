// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/font.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;

// How much of a glyph's cell is covered, in full pixels.
int ink(char32_t code) {
  const Font& font = Font::get();
  const Font::Glyph glyph = font.glyph(code);
  int sum = 0;
  for (int row = 0; row < Font::kCell; ++row) {
    const uint8_t* begin =
        glyph.coverage + static_cast<size_t>(row) * font.row_bytes();
    sum = std::accumulate(begin, begin + Font::kCell, sum);
  }
  return sum / 255;
}

TEST(FontTest, EveryLetterHasInkAndWidth) {
  for (char32_t code = 0x21; code < 0x7f; ++code) {
    EXPECT_GT(ink(code), 5) << static_cast<int>(code);
    EXPECT_GT(Font::get().glyph(code).advance, 4) << static_cast<int>(code);
  }
  EXPECT_EQ(ink(U' '), 0);
  EXPECT_GT(ink(U'W'), ink(U'i'));
  EXPECT_GT(ink(U'▲'), 50);
}

TEST(FontTest, WhatItDoesNotHaveIsABox) {
  EXPECT_EQ(ink(U'損'), ink(U'□'));
  EXPECT_EQ(ink(U'\0'), ink(U'□'));
}

TEST(FontTest, AWidthIsTheSumOfItsLetters) {
  const Font& font = Font::get();
  EXPECT_EQ(font.width("aé×"), font.glyph(U'a').advance +
                                   font.glyph(U'é').advance +
                                   font.glyph(U'×').advance);
}

TEST(FontTest, MalformedUtf8IsAReplacementAByte) {
  EXPECT_THAT(code_points("a\xff\xc3"), ElementsAre(U'a', 0xfffd, 0xfffd));
  EXPECT_THAT(code_points("\xf0\x9f\x8e\x89"), ElementsAre(0x1f389));
}

}  // namespace
}  // namespace tblog::tool
