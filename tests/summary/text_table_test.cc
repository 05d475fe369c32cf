// SPDX-License-Identifier: Apache-2.0

#include "src/summary/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/summary/encoded.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;

proto::TensorProto table_of(const TextTable& rows,
                            const TextTableOptions& options = {},
                            bool expect_replaced = false) {
  bool replaced = false;
  const auto encoded = encode_text_table(rows, options, replaced);
  EXPECT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(replaced, expect_replaced);
  return parsed<proto::TensorProto>(encoded.ok() ? *encoded : "");
}

TEST(TextTableTest, IsAsGeneratedCodeWritesIt) {
  proto::TensorProto tensor = tensor_of(proto::DT_STRING, {2, 3});
  for (const char* cell : {"a", "**b**", "", "größe", "x|y", "l\nm"})
    tensor.add_string_val(cell);
  bool replaced = false;
  EXPECT_EQ(*encode_text_table({{"a", "**b**", ""}, {"größe", "x|y", "l\nm"}},
                               {}, replaced),
            bytes_of(tensor));
}

TEST(TextTableTest, MissingCellsAreEmpty) {
  const proto::TensorProto tensor = table_of({{"a"}, {}, {"b", "c"}});
  EXPECT_EQ(tensor.tensor_shape().dim(0).size(), 3);
  EXPECT_EQ(tensor.tensor_shape().dim(1).size(), 2);
  EXPECT_THAT(tensor.string_val(), ElementsAre("a", "", "", "", "b", "c"));
}

TEST(TextTableTest, HeadersAreBold) {
  EXPECT_THAT(table_of({{"name", " two words\n", " ", "größe"}, {"v"}},
                       {.header = true})
                  .string_val(),
              ElementsAre("**name**", "**two words**", "", "**größe**", "v", "",
                          "", ""));
}

TEST(TextTableTest, WhatIsNotUtf8IsReplaced) {
  EXPECT_THAT(table_of({{"a\xff", "b\xfe"}, {"\xff"}}, {.header = true}, true)
                  .string_val(),
              ElementsAre("**a\xef\xbf\xbd**", "**b\xef\xbf\xbd**",
                          "\xef\xbf\xbd", ""));
}

TEST(TextTableTest, RefusesATableWithoutCells) {
  bool replaced = false;
  for (const TextTable& rows : {TextTable{}, TextTable{{}, {}}})
    EXPECT_EQ(encode_text_table(rows, {}, replaced).status(),
              absl::InvalidArgumentError("the table has no cells"));
}

}  // namespace
}  // namespace tblog::internal
