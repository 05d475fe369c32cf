// SPDX-License-Identifier: Apache-2.0

#include "src/base/strings.h"

#include <gtest/gtest.h>

#include <string>

namespace tblog::internal {
namespace {

TEST(Utf8Test, AcceptsWellFormed) {
  EXPECT_TRUE(is_valid_utf8(""));
  EXPECT_TRUE(is_valid_utf8("loss/train"));
  EXPECT_TRUE(is_valid_utf8("größe ∑ 𝛑 \xf4\x8f\xbf\xbf"));
  EXPECT_TRUE(is_valid_utf8(std::string("a\0b", 3)));
}

TEST(Utf8Test, RefusesMalformed) {
  EXPECT_FALSE(is_valid_utf8("\x80"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xe0\x80\xaf"));      // overlong
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_valid_utf8("abc\xe2\x82"));       // cut off
  EXPECT_FALSE(is_valid_utf8("\xff"));
}

// Examples of the Unicode standard, table 3-8 and its neighbours.
TEST(Utf8Test, ReplacesEachMaximalSubpart) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(to_valid_utf8("a\xf1\x80\x80\xe1\x80\xc2"
                          "b\x80"
                          "c\x80\xbf"
                          "d"),
            "a" + bad + bad + bad + "b" + bad + "c" + bad + bad + "d");
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), bad + bad + bad);
  EXPECT_EQ(to_valid_utf8("größe"), "größe");
}

TEST(EscapedTest, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(escaped("a\x1b[31m\n\"\\\x7f"), "a\\x1b[31m\\n\\\"\\\\\\x7f");
  EXPECT_EQ(escaped("\xc2\x9b"
                    "31m"),
            "\\xc2\\x9b"
            "31m");
  EXPECT_EQ(escaped("\xff∑"), "\\xff∑");
  EXPECT_EQ(escaped(std::string(300, 'x'), 10), "xxxxxxxxxx…");
}

}  // namespace
}  // namespace tblog::internal
