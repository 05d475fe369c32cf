// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/bars.h"

#include <gtest/gtest.h>

#include <limits>

namespace tblog::tool {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();

TEST(BarsTest, ABarIsItsShareOfTheColumns) {
  EXPECT_EQ(bar(0.5, 4, true), "##");
  EXPECT_EQ(bar(0.5, 3, false), "█▌");
  EXPECT_EQ(bar(1, 2, false), "██");
  EXPECT_EQ(bar(-1, 4, true), "");
  EXPECT_EQ(bar(2, 4, true), "####");
}

// Files may have counts and values of which no share is a number.
TEST(BarsTest, WhatIsNoNumberIsNoBar) {
  EXPECT_EQ(bar(kNan, 4, true), "");
  EXPECT_EQ(bar(kNan, 4, false), "");
  EXPECT_EQ(bar(kInfinity, 4, true), "####");
  EXPECT_EQ(upright_bars({kNan, 0, kInfinity, -kInfinity}, true), "__@_");
}

TEST(BarsTest, SparklinesOfExtremesAreDrawn) {
  EXPECT_EQ(sparkline({-kMax, kMax}, 2, true), "_@");
  EXPECT_EQ(sparkline({0, kDenormal}, 2, true).size(), 2u);
  EXPECT_EQ(sparkline({kNan, 1, kInfinity, 2}, 9, true), "_@");
  EXPECT_EQ(sparkline({1, kNan}, 9, true), "");
}

}  // namespace
}  // namespace tblog::tool
