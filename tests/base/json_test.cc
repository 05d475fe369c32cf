// SPDX-License-Identifier: Apache-2.0

#include "src/base/json.h"

#include <gtest/gtest.h>

#include <string>

namespace tblog::internal {
namespace {

std::string nested(int depth) {
  std::string text = "{\"a\":";
  for (int i = 1; i < depth; ++i) text += '[';
  text += "1";
  for (int i = 1; i < depth; ++i) text += ']';
  return text + "}";
}

TEST(JsonTest, TakesObjectsOnly) {
  for (const char* text :
       {"{}", " {\t\r\n} ", R"({"a":1})", R"({"a": {"b" : [1, -0.5e+3, {}, []]},
        "": null, "c": [true,false, "x"], "d": 1E5, "e": -0})",
        R"({"\u00e9\"\\\/\b\f\n\r\t": "é"})", R"({"a": 1, "a": 2})"})
    EXPECT_TRUE(is_json_object(text)) << text;
}

TEST(JsonTest, NothingElse) {
  for (const char* text : {"",
                           " ",
                           "[]",
                           "1",
                           "\"a\"",
                           "null",
                           "{",
                           "}",
                           "{]",
                           "{}{}",
                           "{} x",
                           "{a:1}",
                           "{'a':1}",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({"a":1 "b":2})",
                           R"({,})",
                           R"({"a":[1,]})",
                           R"({"a":[1 2]})",
                           R"({"a":01})",
                           R"({"a":.5})",
                           R"({"a":1.})",
                           R"({"a":1e})",
                           R"({"a":+1})",
                           R"({"a":-})",
                           R"({"a":NaN})",
                           R"({"a":tru})",
                           R"({"a":"\x"})",
                           R"({"a":"\u12g4"})",
                           R"({"a":"\u12)",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\xff\"}",
                           R"({1:2})"})
    EXPECT_FALSE(is_json_object(text)) << text;
  EXPECT_FALSE(is_json_object(std::string_view("{}\0", 3)));
}

TEST(JsonTest, DepthIsBounded) {
  EXPECT_TRUE(is_json_object(nested(100)));
  EXPECT_FALSE(is_json_object(nested(101)));
  EXPECT_FALSE(is_json_object(nested(1'000'000)));
}

}  // namespace
}  // namespace tblog::internal
