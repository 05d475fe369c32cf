// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/histograms_over_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Two heaps that part: from [-1, 1] to [-4, -3] and [3, 4].
HistogramsOverTime two_heaps() {
  HistogramsOverTime histograms;
  histograms.title = "w";
  for (int i = 0; i < 4; ++i) {
    histograms.steps.push_back(i * 10);
    const double at = i;
    histograms.values.push_back(
        {{{-at - 1, -at, 5}, {-at, at, 0}, {at, at + 1, 5}}});
  }
  return histograms;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Terminal terminal_of(int width, bool color, bool ascii) {
  Terminal terminal;
  terminal.width = width;
  terminal.color = color;
  terminal.ascii = ascii;
  return terminal;
}

TEST(CommonBinsTest, ABucketIsSharedAsItsWidthIs) {
  const CommonBins common =
      common_bins({{{{0, 4, 8}}}, {{{1, 2, 3}, {3, 4, 1}}}}, 4);
  EXPECT_EQ(common.axis.low, 0);
  EXPECT_EQ(common.axis.high, 4);
  EXPECT_THAT(common.counts,
              ElementsAre(ElementsAre(2, 2, 2, 2), ElementsAre(0, 3, 0, 1)));
}

TEST(CommonBinsTest, NothingIsLostWhateverTheEdges) {
  std::vector<HistogramValue> values(1);
  double sum = 0;
  for (int i = 0; i < 50; ++i) {
    values[0].buckets.push_back(
        {std::pow(1.1, i), std::pow(1.1, i + 1), 1.0 * i});
    sum += i;
  }
  for (const size_t bins : {1, 2, 7, 30, 1000}) {
    const CommonBins common = common_bins(values, bins);
    double total = 0;
    for (const double count : common.counts[0]) total += count;
    EXPECT_THAT(total, DoubleNear(sum, 1e-9)) << bins;
  }
}

TEST(CommonBinsTest, OneNumberHasRoomAroundIt) {
  const CommonBins common = common_bins({{{{3, 3, 2}}}}, 3);
  EXPECT_LT(common.axis.low, 3);
  EXPECT_GT(common.axis.high, 3);
  EXPECT_THAT(common.counts, ElementsAre(ElementsAre(0, 2, 0)));
}

TEST(CommonBinsTest, WhatIsNotFiniteDoesNotCount) {
  const CommonBins common = common_bins(
      {{{{-INFINITY, 0, 1}, {0, 1, 1}, {1, 2, NAN}, {1, INFINITY, 1}}}, {}}, 2);
  EXPECT_EQ(common.axis.low, 0);
  EXPECT_EQ(common.axis.high, 1);
  EXPECT_THAT(common.counts,
              ElementsAre(ElementsAre(0.5, 0.5), ElementsAre(0, 0)));
}

TEST(CommonBinsTest, TheWidestRangeIsNone) {
  const CommonBins common = common_bins({{{{-1.7e308, 1.7e308, 4}}}}, 2);
  EXPECT_THAT(common.counts, ElementsAre(ElementsAre(2, 2)));
}

TEST(EvenlyChosenTest, TheEndsAreAmongThem) {
  EXPECT_THAT(evenly_chosen(10, 4), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(evenly_chosen(3, 10), ElementsAre(0, 1, 2));
  EXPECT_THAT(evenly_chosen(5, 1), ElementsAre(4));
  EXPECT_THAT(evenly_chosen(0, 3), IsEmpty());
}

TEST(RidgesTest, EachRidgeHasItsStepAndAllFitTheWidth) {
  for (const int width : {20, 40, 80, 200}) {
    std::ostringstream out;
    print_ridges(out, terminal_of(width, false, false), two_heaps(), 12);
    for (const std::string& line : lines_of(out.str()))
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
    for (const char* step : {" 0\n", " 10\n", " 20\n", " 30\n"})
      EXPECT_THAT(out.str(), HasSubstr(step)) << width;
  }
}

TEST(RidgesTest, TheLastOneIsInFront) {
  // The third one is so high that the second one stands behind it.
  HistogramsOverTime histograms;
  histograms.steps = {1, 2, 3};
  histograms.values = {{{{0, 1, 1}}}, {{{0, 1, 1}}}, {{{0, 1, 100}}}};
  std::ostringstream out;
  print_ridges(out, terminal_of(40, false, true), histograms, 12);
  // What stands for each of them in ASCII.
  EXPECT_THAT(out.str(), HasSubstr("****"));
  EXPECT_THAT(out.str(), Not(HasSubstr("++++")));
  EXPECT_THAT(out.str(), HasSubstr("oooo"));
}

TEST(HeatMapTest, ColumnsFollowTheSteps) {
  HistogramsOverTime histograms;
  histograms.steps = {0, 10, 40};  // on average 20 apart: the axis ends at 60
  histograms.values = {{{{0, 1, 1}, {1, 2, 0}}},
                       {{{0, 1, 0}, {1, 2, 7}}},
                       {{{0, 1, 1}, {1, 2, 1}}}};
  const HeatMap map = heat_map(histograms, 6, 2);
  EXPECT_EQ(map.steps.low, 0);
  EXPECT_EQ(map.steps.high, 60);
  const double half = std::sqrt(0.5);
  EXPECT_THAT(map.columns,
              ElementsAre(ElementsAre(1, 0), ElementsAre(0, 1),
                          ElementsAre(0, 1), ElementsAre(0, 1),
                          ElementsAre(half, half), ElementsAre(half, half)));
}

TEST(HeatMapTest, StepsOfOneColumnAreAveraged) {
  HistogramsOverTime histograms;
  for (int i = 0; i < 8; ++i) {
    histograms.steps.push_back(i);
    histograms.values.push_back(
        {{{0, 1, i % 2 ? 1.0 : 0.0}, {1, 2, i % 2 ? 0.0 : 1.0}}});
  }
  const HeatMap map = heat_map(histograms, 2, 1);
  EXPECT_THAT(map.columns, SizeIs(2));
  EXPECT_THAT(map.columns, Each(ElementsAre(1)));
}

TEST(HeatMapTest, TextFitsAndNeedsNoColor) {
  for (const int width : {20, 40, 80}) {
    for (const bool ascii : {false, true}) {
      std::ostringstream out;
      print_heat_map(out, terminal_of(width, false, ascii), two_heaps(), 8);
      EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
      EXPECT_THAT(out.str(), HasSubstr(ascii ? "#" : "█"));
      for (const std::string& line : lines_of(out.str()))
        EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
    }
  }
}

TEST(HeatMapTest, NoHistogramHasAnything) {
  HistogramsOverTime histograms;
  histograms.steps = {5};
  histograms.values = {{}};
  for (const bool color : {false, true}) {
    std::ostringstream out;
    print_heat_map(out, terminal_of(40, color, false), histograms, 6);
    print_ridges(out, terminal_of(40, color, false), histograms, 6);
    EXPECT_THAT(out.str(), Not(HasSubstr("nan")));
  }
}

TEST(HistogramPictureTest, BothFormatsHoldBothViews) {
  for (const HistogramView view :
       {HistogramView::kRidges, HistogramView::kHeat}) {
    const std::string svg = svg_document({two_heaps(), two_heaps()}, view);
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, HasSubstr(view == HistogramView::kRidges ? "<polygon"
                                                              : "<rect x="));
    EXPECT_THAT(png_document({two_heaps()}, view), HasSubstr("IHDR"));
  }
}

TEST(RidgesTest, TheLastStepHasItsLabelInThePicture) {
  HistogramsOverTime histograms;
  for (int i = 0; i < 38; ++i) {
    histograms.steps.push_back(1000 + i);
    histograms.values.push_back({{{0, 1, 5}}});
  }
  EXPECT_THAT(svg_document({histograms}, HistogramView::kRidges),
              HasSubstr(">1037</text>"));
}

}  // namespace
}  // namespace tblog::tool
