// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "tools/tblog/display_text.h"
#include "tools/tblog/failure.h"
#include "tools/tblog/picture.h"

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

TEST(ChartTest, OneTimeHasAMinuteAroundIt) {
  setenv("TZ", "UTC", 1);
  Chart chart = falling();
  chart.x_unit = XUnit::kWallTime;
  chart.curves = {{"a", {1234567890}, {1}}};
  EXPECT_THAT(print(chart, {.width = 80}, 5), HasSubstr("02-13 23:31:"));
}

TEST(ChartTest, SvgEscapesNames) {
  Chart chart = falling();
  chart.curves[1].y = {8, NAN, INFINITY, 1};
  chart.title = "<script>\"&";
  const std::string svg = svg_document({chart, chart});
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&quot;&amp;"));
  EXPECT_THAT(svg, Not(ContainsRegex("(nan|inf)[\" L]")));
}

TEST(ChartTest, EndsOfTheAxisCutTheCurveOff) {
  Chart chart = falling();
  chart.curves = {{"a", {0, 1, 2}, {0, 1000, 0}}};
  chart.y_low = 0;
  chart.y_high = 1;
  // Straight up and straight down, as if the axis had no end.
  EXPECT_EQ(print(chart, {.ascii = true, .width = 30}, 3),
            "loss\n"
            "1.0 +*                       *\n"
            "0.5 +*                       *\n"
            "  0 +*                       *\n"
            "    ++-----------+-----------+\n"
            "     0           1           2\n"
            "  ** a  0\n");
  const std::string svg = svg_document({chart});
  EXPECT_THAT(svg, HasSubstr("<clipPath"));
}

TEST(ChartTest, AnAxisMayHaveOneEndThatNoValueReaches) {
  Chart chart = falling();
  chart.y_low = 100;
  EXPECT_THAT(print(chart, {.ascii = true, .width = 40}, 5), HasSubstr("100"));
  chart.y_low.reset();
  chart.y_high = -100;
  EXPECT_THAT(print(chart, {.ascii = true, .width = 40}, 5), HasSubstr("-100"));
  chart.y_scale = AxisScale::kLog;
  chart.y_high = 1e-3;
  EXPECT_THAT(print(chart, {.ascii = true, .width = 40}, 5),
              HasSubstr("0.001"));
}

TEST(ChartTest, OutliersLeaveTheAxis) {
  Chart chart = falling();
  chart.curves = {{"a", {}, {}}};
  for (int i = 0; i < 100; ++i) {
    chart.curves[0].x.push_back(i);
    chart.curves[0].y.push_back(i == 50 ? 1e6 : i % 2);
  }
  EXPECT_THAT(print(chart, {.ascii = true, .width = 60}, 5), HasSubstr("e+06"));
  chart.ignore_outliers = true;
  EXPECT_THAT(print(chart, {.ascii = true, .width = 60}, 5),
              Not(HasSubstr("e+06")));
}

TEST(ChartTest, WhatWasSmoothedIsFaintWhereThereIsColor) {
  Chart chart = falling();
  chart.curves = {{"a", {0, 1, 2}, {1, 1, 1}, {0, 2, 0}}};
  EXPECT_THAT(print(chart, {.color = true, .width = 40}, 5),
              HasSubstr("\x1b[2;38;5;38m"));
  EXPECT_THAT(svg_document({chart}), HasSubstr("stroke-opacity"));
}

TEST(ChartTest, AValueBesideNoneIsADotOneCanSee) {
  Chart chart = falling();
  chart.curves = {{"a", {0, 1, 2}, {NAN, 1, NAN}}};
  EXPECT_THAT(print(chart, {.color = true, .width = 40}, 5),
              HasSubstr("\x1b[38;5;38m•\x1b[0m"));
  EXPECT_THAT(print(chart, {.ascii = true, .width = 40}, 5), HasSubstr("*"));
  EXPECT_THAT(svg_document({chart}), HasSubstr("stroke-width=\"5.4\""));
  chart.curves[0].y = {1, 1, 1};
  EXPECT_THAT(print(chart, {.color = true, .width = 40}, 5),
              Not(HasSubstr("•")));
  EXPECT_THAT(svg_document({chart}), Not(HasSubstr("stroke-width=\"5.4\"")));
}

TEST(ChartTest, ManyCurvesHaveALegendOfColumns) {
  Chart chart = falling();
  chart.curves.clear();
  for (int i = 10; i < 40; ++i)
    chart.curves.push_back(
        {"run" + std::to_string(i), {0, 1}, {1, static_cast<double>(i)}});
  const std::string text = print(chart, {.ascii = true, .width = 60}, 5);
  // Downwards, as names are read.
  EXPECT_THAT(text,
              HasSubstr("\n  ** run10  10  ** run18  18  ** run26  26  ** "
                        "run34  34\n"))
      << text;
  EXPECT_THAT(text, HasSubstr(" run19  19 "));
  const auto height_of = [](const Chart& of) {
    const std::string svg = svg_document({of});
    const size_t begin = svg.find(" height=\"") + 9;
    return std::stoi(svg.substr(begin));
  };
  const int many = height_of(chart);
  chart.curves.resize(8);
  EXPECT_LE(many, height_of(chart));
}

TEST(ChartTest, AMillionPointsMakeASmallPicture) {
  Chart chart = falling();
  chart.curves = {{"a", {}, {}}};
  for (int i = 0; i < 1'000'000; ++i) {
    chart.curves[0].x.push_back(i);
    chart.curves[0].y.push_back(i % 1000 == 0 ? NAN : std::sin(i / 1e4));
  }
  EXPECT_LT(svg_document({chart}).size(), 200'000u);
}

TEST(ChartTest, APngIsThePictureAtTwoPixelsAUnit) {
  Chart chart = falling();
  chart.title =
      "größe 损失 \xf0\x9f\x8e\x89";  // some letters are not in the font
  const auto picture = decode_png(png_document({chart, chart}));
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->width, 1440);
  // The first curve's colour is somewhere, and so is text.
  size_t blue = 0;
  size_t dark = 0;
  for (size_t i = 0; i < picture->rgb.size(); i += 3) {
    const uint8_t* p = &picture->rgb[i];
    blue += p[0] == 0x00 && p[1] == 0x72 && p[2] == 0xb2;
    dark += p[0] == 0x33 && p[1] == 0x33 && p[2] == 0x33;
  }
  EXPECT_GT(blue, 500u);
  EXPECT_GT(dark, 500u);
}

TEST(ChartTest, APngOfThousandsOfChartsIsRefused) {
  EXPECT_THROW(png_document(std::vector<Chart>(1000, falling())), Failure);
}

}  // namespace
}  // namespace tblog::tool
