// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/display_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PrintableTest, LeavesWordsOfAnyScriptAlone) {
  EXPECT_EQ(printable("loss/train größe 損失 \U0001F600"),
            "loss/train größe 損失 \U0001F600");
}

TEST(PrintableTest, EscapesWhatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[31mb\n\t\r\x7f"), "a\\x1b[31mb\\n\\t\\x0d\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
}

TEST(PrintableTest, EscapesWhatReordersOrHidesText) {
  EXPECT_EQ(printable("a\u202eb\u200bc\u2066"), "a\\u202eb\\u200bc\\u2066");
  EXPECT_EQ(printable("\u2028"), "\\u2028");
}

TEST(PrintableTest, EscapesMalformedUtf8ByteForByte) {
  EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80"),
            "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(printable("a\xe2\x82"), "a\\xe2\\x82");
}

TEST(PrintableTest, DoublesBackslashesSoThatEscapesAreUnambiguous) {
  EXPECT_EQ(printable("\\x1b"), "\\\\x1b");
}

TEST(PrintableTest, NoBytesMakeAControlCharacter) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 12, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % 256);
    for (const char c : printable(bytes)) {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20);
      EXPECT_NE(c, 0x7f);
    }
  }
}

TEST(PrintableLinesTest, KeepsLinesAndBackslashes) {
  EXPECT_THAT(printable_lines("# a\r\n\n\\frac\tb\x1b\n"),
              ElementsAre("# a", "", "\\frac    b\\x1b"));
  EXPECT_THAT(printable_lines(""), IsEmpty());
}

TEST(DisplayWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("größe"), 5u);
  EXPECT_EQ(display_width("損失"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);  // e and a combining accent
  EXPECT_EQ(display_width(""), 0u);
}

TEST(ShortenedTest, KeepsBothEnds) {
  EXPECT_EQ(shortened("encoder/layer1/weights", 11), "encod…ights");
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("encoder/weights", 9, "..."), "enc...hts");
}

TEST(ShortenedTest, NeverHalvesAWideCharacter) {
  const std::string text = "損失損失損失損失";
  for (size_t width = 1; width <= 16; ++width)
    EXPECT_LE(display_width(shortened(text, width)), width) << width;
  EXPECT_EQ(shortened(text, 7), "損…失");
}

TEST(CutTest, KeepsTheBeginning) {
  EXPECT_EQ(cut("a long text", 7), "a long…");
  EXPECT_EQ(cut("a long text", 2, "..."), "a ");
  EXPECT_EQ(cut("損失損失", 4), "損…");
}

}  // namespace
}  // namespace tblog::tool
