// SPDX-License-Identifier: Apache-2.0

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_tables(SummaryWriter& writer) {
  writer.text_table("plain",
                    {{"a", "**bold**", ""},
                     {"Gr\xc3\xbc\xc3\x9f"
                      "e",
                      "x|y", "two\nlines"}},
                    at(0));
  writer.text_table("header", {{"layer", " shape "}, {"conv1", "[16, 3]"}},
                    at(0), {.header = true});
  writer.text_table("ragged", {{"a"}, {}, {"b", "c"}}, at(0));
  writer.text_table("one cell", {{"a"}}, at(0));
  // A text and a table are of one kind.
  writer.text("mixed", "text", at(0));
  writer.text_table("mixed", {{"a", "b"}}, at(1));
}

void write_reported_tables(SummaryWriter& writer) {
  writer.text_table("invalid", {{"a\xff", "b"}}, at(0));
}

}  // namespace

Runs text_table_runs() {
  return {{"tables", write_tables},
          {"reported tables", write_reported_tables, kReported}};
}

}  // namespace cases
