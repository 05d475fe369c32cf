// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/imported_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tools/tblog/failure.h"

namespace tblog::tool {
namespace {

using ::testing::HasSubstr;

TEST(ImportedRowsTest, StepsAreWholeNumbers) {
  EXPECT_EQ(parse_step("12"), 12);
  EXPECT_EQ(parse_step("-9223372036854775808"),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parse_step("1e3"), 1000);
  EXPECT_EQ(parse_step("7.0"), 7);
  for (const char* text : {"", "1.5", "nan", "1e30", "a"})
    EXPECT_FALSE(parse_step(text).has_value()) << text;
}

TEST(ImportedRowsTest, TimesAreSecondsOrIso8601) {
  ASSERT_EQ(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
  tzset();
  EXPECT_EQ(parse_wall_time("1000000000.25"), 1000000000.25);
  EXPECT_EQ(parse_wall_time("2001-09-09T01:46:40Z"), 1000000000);
  EXPECT_EQ(parse_wall_time("2001-09-09 01:46:40.25Z"), 1000000000.25);
  EXPECT_EQ(parse_wall_time("2001-09-09 01:46:40,25 +00:00"), 1000000000.25);
  EXPECT_EQ(parse_wall_time("2001-09-08T20:46:40-0500"), 1000000000);
  EXPECT_EQ(parse_wall_time("2001-09-09 03:46:40"), 1000000000);  // CEST
  EXPECT_EQ(parse_wall_time("2001/09/09"), 1000000000 - 2 * 3600 - 6400);
  for (const char* text : {"", "nan", "2001-13-01", "2001-09-09 25:00",
                           "2001-09-09 01:02:03 x", "-001-01-01", "10:00"})
    EXPECT_FALSE(parse_wall_time(text).has_value()) << text;
}

TEST(ImportedRowsTest, ColumnsAreFoundByTheirNames) {
  const RowFields export_form({"run", "tag", "step", "wall_time", "value"}, {});
  EXPECT_EQ(export_form.value, 4u);
  EXPECT_TRUE(export_form.metrics.empty());
  const RowFields saved({"Wall time", "Step", "Value"}, {.tag = "loss"});
  EXPECT_EQ(saved.step, 1u);
  ASSERT_EQ(saved.metrics.size(), 1u);
  EXPECT_EQ(saved.metrics[0].tag, "loss");
  const RowFields table({"epoch", "loss", "", "acc"}, {.step_column = "epoch"});
  EXPECT_EQ(table.step, 0u);
  ASSERT_EQ(table.metrics.size(), 2u);
  EXPECT_EQ(table.metrics[1].field, 3u);
}

TEST(ImportedRowsTest, ColumnsThatContradictAreRefused) {
  const auto message = [](const std::vector<std::string>& names,
                          const ImportOptions& options) -> std::string {
    try {
      const RowFields fields(names, options);
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "";
  };
  EXPECT_THAT(message({"step", "Step", "a"}, {}), HasSubstr("two columns"));
  EXPECT_THAT(message({"tag", "step"}, {}), HasSubstr("none \"value\""));
  EXPECT_THAT(message({"step"}, {}), HasSubstr("no column of values"));
  EXPECT_THAT(message({"a"}, {.step_column = "b"}),
              HasSubstr("no column \"b\""));
}

}  // namespace
}  // namespace tblog::tool
