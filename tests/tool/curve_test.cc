// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tblog::tool {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsNan;

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks) result.push_back(tick.label);
  return result;
}

// By hand, from the formula in tensorboard/components/vz_line_chart2:
// last = last·w + (1-w)·y, divided by 1 - w^n.
TEST(SmoothTest, IsTensorBoardsDebiasedAverage) {
  EXPECT_THAT(smoothed({1, 2, 4}, 0.5),
              ElementsAre(DoubleNear(1, 1e-12), DoubleNear(5.0 / 3, 1e-12),
                          DoubleNear(3, 1e-12)));
}

TEST(SmoothTest, ValuesThatAreNotFiniteDoNotEnter) {
  EXPECT_THAT(smoothed({1, NAN, 2}, 0.5),
              ElementsAre(1, IsNan(), DoubleNear(5.0 / 3, 1e-12)));
}

TEST(SmoothTest, ConstantValuesAndNoWeightChangeNothing) {
  EXPECT_THAT(smoothed({0.1, 0.1, 0.1}, 0.9), ElementsAre(0.1, 0.1, 0.1));
  EXPECT_THAT(smoothed({1, 5}, 0), ElementsAre(1, 5));
  EXPECT_THAT(smoothed({}, 0.5), ElementsAre());
}

TEST(AxisTest, SpansTheValuesThatItCanShow) {
  AxisRange range(AxisScale::kLinear);
  for (const double value : std::vector<double>{2, NAN, 10, INFINITY})
    range.add(value);
  EXPECT_EQ(range.axis(0).low, 2);
  EXPECT_EQ(range.axis(0).high, 10);
  EXPECT_EQ(range.axis(0).position(4), 0.25);
}

TEST(AxisTest, OneValueGetsRoom) {
  for (const double value : {0.0, 1.0, -3.0, 1e-300}) {
    AxisRange range(AxisScale::kLinear);
    range.add(value);
    const Axis axis = range.axis(0);
    EXPECT_LT(axis.low, value);
    EXPECT_GT(axis.high, value);
  }
}

TEST(AxisTest, ALogAxisShowsWhatIsAboveZero) {
  AxisRange range(AxisScale::kLog);
  for (const double value : {-1.0, 0.0, 1.0, 100.0}) range.add(value);
  EXPECT_EQ(range.axis(0).low, 1);
  EXPECT_NEAR(range.axis(0).position(10), 0.5, 1e-12);
}

TEST(AxisTest, TheRangeOfAllDoublesHasPositions) {
  constexpr double kMax = std::numeric_limits<double>::max();
  AxisRange range(AxisScale::kLinear);
  range.add(-kMax);
  range.add(kMax);
  const Axis axis = range.axis(0.03);
  EXPECT_NEAR(axis.position(0), 0.5, 1e-9);
  EXPECT_GE(nice_ticks(axis, 5).size(), 2u);
}

TEST(TicksTest, AreRoundNumbers) {
  EXPECT_THAT(labels(nice_ticks({0, 1}, 5)),
              ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(labels(nice_ticks({-130, 900}, 3)), ElementsAre("0", "500"));
  EXPECT_THAT(labels(nice_ticks({1, 1000, AxisScale::kLog}, 5)),
              ElementsAre("1", "10", "100", "1e+03"));
}

TEST(TicksTest, NeighbouringDoublesMakeNoEndlessTicks) {
  const double high = std::nextafter(1e15, 2e15);
  EXPECT_LE(nice_ticks({1e15, high}, 5).size(), 6u);
}

TEST(TicksTest, TimesAreRoundLocalTimes) {
  setenv("TZ", "UTC", 1);
  EXPECT_THAT(labels(time_ticks({1234567890, 1234567890 + 45 * 60}, 4)),
              ElementsAre("02-13 23:45", "02-14 00:00", "00:15"));
  EXPECT_THAT(labels(time_ticks({1230000000, 1230000000 + 400 * 86400.0}, 5)),
              ElementsAre("2009-02-25", "06-05", "09-13", "12-22"));
}

TEST(TicksTest, HoursOfOneDayAreDatedOnce) {
  setenv("TZ", "UTC", 1);
  EXPECT_THAT(labels(time_ticks({1234567890, 1234567890 + 12 * 3600}, 4)),
              ElementsAre("02-14 00:00", "03:00", "06:00", "09:00"));
}

}  // namespace
}  // namespace tblog::tool
