// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/json_output.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tblog::tool {
namespace {

TEST(JsonTest, NumbersThatJsonLacksAreTensorBoardsStrings) {
  EXPECT_EQ(
      json_line({{"a", json_number(NAN)},
                 {"b", json_number(INFINITY)},
                 {"c", json_number(-INFINITY)},
                 {"d", json_number(0.5)}}),
      "{\"a\":\"NaN\",\"b\":\"Infinity\",\"c\":\"-Infinity\",\"d\":0.5}\n");
}

TEST(JsonTest, NoControlCharacterIsLeft) {
  EXPECT_EQ(json_line({{"tag", "\x1b[31m\x7f\xc2\x9b ü"}}),
            "{\"tag\":\"\\u001b[31m\\u007f\\u009b ü\"}\n");
}

TEST(JsonTest, MalformedUtf8IsReplaced) {
  EXPECT_EQ(json_line({{"tag", "a\xff"}}), "{\"tag\":\"a\uFFFD\"}\n");
}

}  // namespace
}  // namespace tblog::tool
