// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<std::vector<std::string>> rows;
  while (auto row = reader.next()) rows.push_back(*row);
  return rows;
}

TEST(CsvTest, ATextIsQuotedWhereItMustBe) {
  EXPECT_EQ(csv_text("loss/train"), "loss/train");
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_text("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_text(""), "");
}

TEST(CsvTest, WhatASpreadsheetWouldRunIsMadeHarmless) {
  EXPECT_EQ(csv_text("=1+1"), "'=1+1");
  EXPECT_EQ(csv_text("+a"), "'+a");
  EXPECT_EQ(csv_text("-a"), "'-a");
  EXPECT_EQ(csv_text("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_text("\tx"), "\"'\tx\"");
  EXPECT_EQ(csv_text("\rx"), "\"'\rx\"");
  EXPECT_EQ(csv_text("'quoted'"), "'quoted'");
}

TEST(CsvTest, EveryTextComesBack) {
  for (const std::string text :
       {"", "a", "=x", "'=x", "''=x", "'x", "a,b;c\td", "line\nbreak", "\"",
        " blank ", "-1", "\r", "\r\n", "@"}) {
    const auto rows = rows_of("x," + csv_text(text) + "\n");
    ASSERT_EQ(rows.size(), 1u) << text;
    ASSERT_EQ(rows[0].size(), 2u) << text;
    EXPECT_EQ(unprotected(rows[0][1]), text);
  }
}

TEST(CsvTest, NoTextIsACommandForATerminal) {
  EXPECT_EQ(shown_csv_text("\x1b[31m=1\n"), "\\x1b[31m=1\\n");
  EXPECT_EQ(shown_csv_text("=1"), "'=1");
  EXPECT_EQ(csv_text("\x1b[31m"), "\x1b[31m");
}

TEST(CsvTest, NumbersReadBackAsTheSameDouble) {
  EXPECT_EQ(csv_number(0.1), "0.1");
  EXPECT_EQ(csv_number(static_cast<double>(0.1F)), "0.10000000149011612");
  EXPECT_EQ(csv_number(1e9), "1000000000");
  EXPECT_EQ(csv_number(NAN), "NaN");
  EXPECT_EQ(csv_number(-INFINITY), "-inf");
  for (const double value : {1e300, 5e-324, -0.0, 1.0 / 3, 1795257197.392727})
    EXPECT_EQ(std::strtod(csv_number(value).c_str(), nullptr), value);
}

TEST(CsvTest, ReadsQuotesLineEndsAndSeparators) {
  EXPECT_THAT(rows_of("a,b\r\n1,\"x\r\ny\"\n\n2,\n"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "x\r\ny"),
                          ElementsAre("2", "")));
  EXPECT_THAT(rows_of("\xef\xbb\xbf"
                      "a;b\n1,5;2"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1,5", "2")));
  EXPECT_THAT(rows_of("a\tb"), ElementsAre(ElementsAre("a", "b")));
}

TEST(CsvTest, AQuoteThatDoesNotEndIsDamage) {
  std::istringstream in("a,b\n1,\"2\n3,4\n");
  CsvReader reader(in);
  EXPECT_TRUE(reader.next().has_value());
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(reader.damaged(), "a quoted field that does not end");
  EXPECT_EQ(reader.line(), 2u);
}

}  // namespace
}  // namespace tblog::tool
