// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

Chart falling() {
  Chart chart;
  chart.title = "loss";
  chart.curves = {{"train", {0, 1, 2, 3}, {8, 4, 2, 1}},
                  {"test", {0, 1, 2, 3}, {8, 8, NAN, INFINITY}}};
  return chart;
}

std::string print(const Chart& chart, const Terminal& terminal, int rows) {
  std::ostringstream out;
  print_chart(out, terminal, chart, rows);
  return out.str();
}

TEST(ChartTest, DrawsAxesCurvesMarksAndLegend) {
  Chart chart = falling();
  chart.curves[0].x = {0, 300};
  chart.curves[0].y = {0, 100};
  chart.curves[1].x = {0, 150, 300};
  chart.curves[1].y = {0, NAN, 50};
  EXPECT_EQ(print(chart, {.ascii = true, .width = 32}, 5),
            "loss\n"
            "100 +                       ****\n"
            "    |                *******\n"
            "    |          *******         +\n"
            "    |    *******\n"
            "  0 ++***         N\n"
            "    ++----------------+---------\n"
            "     0               200    step\n"
            "  ** train  100\n"
            "  ++ test  50 (1 NaN)\n");
}

TEST(ChartTest, FitsEveryWidth) {
  Chart chart = falling();
  chart.title = std::string(300, 't');
  chart.curves[0].name = std::string(300, 'r');
  for (int width = 40; width <= 200; ++width) {
    std::istringstream lines(print(chart, {.width = width}, 6));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
  }
}

TEST(ChartTest, AsciiIsAscii) {
  for (const char c : print(falling(), {.ascii = true, .width = 60}, 8))
    EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(ChartTest, WithoutColorTheCurvesHaveLetters) {
  EXPECT_THAT(print(falling(), {.width = 60}, 8), HasSubstr("  b test"));
  EXPECT_THAT(print(falling(), {.color = true, .width = 60}, 8),
              HasSubstr("\x1b[38;5;38m──\x1b[0m train"));
}

TEST(ChartTest, TellsWhatItCannotShow) {
  EXPECT_THAT(print(falling(), {.width = 60}, 8),
              HasSubstr("(1 NaN, 1 infinite)"));
  Chart chart = falling();
  chart.y_scale = AxisScale::kLog;
  chart.curves[0].y = {1, 0, -1, 10};
  EXPECT_THAT(print(chart, {.width = 60}, 8), HasSubstr("(2 not above 0)"));
}

TEST(ChartTest, StepsHaveWholeTicks) {
  EXPECT_THAT(print(falling(), {.width = 100}, 8), Not(HasSubstr("0.5")));
}

TEST(ChartTest, SvgEscapesNames) {
  Chart chart = falling();
  chart.curves[1].y = {8, NAN, INFINITY, 1};
  chart.title = "<script>\"&";
  const std::string svg = svg_document({chart, chart});
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&quot;&amp;"));
  EXPECT_THAT(svg, Not(ContainsRegex("(nan|inf)[\" L]")));
}

}  // namespace
}  // namespace tblog::tool
