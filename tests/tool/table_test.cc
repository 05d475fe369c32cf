// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

Table example() {
  Table table({{.title = "TAG", .shorten = Shorten::kMiddle},
               {.title = "COUNT", .align = Align::kRight},
               {.title = "KIND", .expendable = 1},
               {.title = "NOTE", .shorten = Shorten::kEnd, .expendable = 2}});
  table.add({"loss", "5", "scalar", ""});
  table.add({"損失", "12345678", "scalar", "falls and falls"});
  return table;
}

std::string print(const Table& table, const Terminal& terminal) {
  std::ostringstream out;
  table.print(out, terminal);
  return out.str();
}

TEST(TableTest, AlignsColumnsAlsoOfWideCharacters) {
  EXPECT_EQ(print(example(), {}),
            "TAG      COUNT  KIND    NOTE\n"
            "loss         5  scalar\n"
            "損失  12345678  scalar  falls and falls\n");
}

TEST(TableTest, RowsMayComeInParts) {
  Table table = example();
  std::ostringstream out;
  table.print_some(out, {});
  EXPECT_EQ(out.str(), print(example(), {}));
  EXPECT_EQ(table.rows(), 0u);
  out.str("");
  table.add({"a longer tag", "6", "text", ""});
  table.print_some(out, {});
  EXPECT_EQ(out.str(), "a longer tag         6  text\n");
  // On a terminal, columns stay as they were.
  Table narrow = example();
  narrow.print_some(out, {.width = 24});
  out.str("");
  narrow.add({"a longer tag", "6", "text", "not seen"});
  narrow.print_some(out, {.width = 24});
  EXPECT_EQ(out.str(), "a…ag         6  text\n");
}

TEST(TableTest, LeavesOutTheMostExpendableColumnFirst) {
  EXPECT_EQ(print(example(), {.width = 24}),
            "TAG      COUNT  KIND\n"
            "loss         5  scalar\n"
            "損失  12345678  scalar\n");
  EXPECT_EQ(print(example(), {.width = 20}),
            "TAG      COUNT\n"
            "loss         5\n"
            "損失  12345678\n");
}

TEST(TableTest, FitsEveryWidthFrom40To200) {
  Table table({{.title = "RUN", .shorten = Shorten::kMiddle},
               {.title = "TAG", .shorten = Shorten::kMiddle},
               {.title = "STEP", .align = Align::kRight, .expendable = 1},
               {.title = "VALUE", .shorten = Shorten::kEnd}});
  table.add({std::string(90, 'r'), "損失/" + std::string(90, 't'), "1234567",
             std::string(90, 'v')});
  for (int width = 40; width <= 200; ++width) {
    std::istringstream lines(print(table, {.width = width}));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
  }
}

TEST(TableTest, TitlesOfNumbersAreShortenedButNoNumber) {
  Table table({{.title = "RUN"},
               {.title = "accuracy/validation final", .align = Align::kRight},
               {.title = "accuracy/validation best",
                .align = Align::kRight,
                .expendable = 1}});
  table.add({"a", "0.123456", "0.5"});
  for (const int width : {20, 32, 60}) {
    const std::string text = print(table, {.width = width});
    EXPECT_NE(text.find("0.123456"), std::string::npos) << text;
    EXPECT_EQ(text.find("0.5") != std::string::npos, width > 20) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
  }
  std::ostringstream out;
  EXPECT_EQ(table.print(out, {.width = 20}), 1u);
  EXPECT_EQ(table.print(out, {}), 0u);
}

TEST(TableTest, NoLineEndsInBlanksAndColorTakesNoColumns) {
  Table table({{.title = "A", .style = Style::kCyan}, {.title = "B"}});
  table.add({"x", ""});
  EXPECT_EQ(print(table, {.color = true}),
            "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[36mx\x1b[0m\n");
}

}  // namespace
}  // namespace tblog::tool
