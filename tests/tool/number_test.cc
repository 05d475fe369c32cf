// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/number.h"

#include <gtest/gtest.h>
#include <time.h>

#include <cmath>
#include <cstdlib>

namespace tblog::tool {
namespace {

TEST(NumberTest, ValuesAreShort) {
  EXPECT_EQ(format_value(0.1), "0.1");
  EXPECT_EQ(format_value(-0.0), "0");
  EXPECT_EQ(format_value(1.5e-7), "1.5e-07");
  EXPECT_EQ(format_value(NAN), "NaN");
  EXPECT_EQ(format_value(-INFINITY), "-inf");
}

TEST(NumberTest, TicksHaveTheDecimalsThatTellThemApart) {
  EXPECT_EQ(format_tick(0.30000000000000004, 0.1), "0.3");
  EXPECT_EQ(format_tick(1, 0.25), "1.0");
  EXPECT_EQ(format_tick(200, 100), "200");
  EXPECT_EQ(format_tick(1e-17, 0.1), "0");
  EXPECT_EQ(format_tick(2e6, 1e6), "2e+06");
}

TEST(NumberTest, BytesHaveBinaryUnits) {
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(NumberTest, WallTimesAreLocalAndNeverFail) {
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(format_wall_time(1234567890.5), "2009-02-13 23:31:30.500");
  EXPECT_EQ(format_wall_time(-0.25), "1969-12-31 23:59:59.750");
  EXPECT_EQ(format_wall_time(NAN), "-");
  EXPECT_EQ(format_wall_time(1e300), "-");
}

TEST(NumberTest, ReadsNumbersAsProgramsWriteThem) {
  EXPECT_EQ(parse_number(" 0.5 "), 0.5);
  EXPECT_EQ(parse_number("+1e-3"), 1e-3);
  EXPECT_EQ(parse_number("-Infinity"), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(parse_number("NaN").value()));
  EXPECT_EQ(parse_number("-1e999"), -HUGE_VAL);
  EXPECT_EQ(parse_number("1e-999"), 0);
  for (const char* text : {"", " ", "x", "1x", "0x10", "1,5", "--1"})
    EXPECT_FALSE(parse_number(text).has_value()) << text;
}

}  // namespace
}  // namespace tblog::tool
