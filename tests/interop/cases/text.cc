// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_texts(SummaryWriter& writer) {
  writer.text("note", "**bold** and `code`", at(0));
  writer.text("note", "second", at(1));
  writer.text("unicode",
              "Gr\xc3\xbc\xc3\x9f"
              "e \xf0\x9f\x8e\x89 \xe4\xbd\xa0\xe5\xa5\xbd",
              at(0));
  writer.text("empty", "", at(0));
  writer.text("long", std::string(300'000, 'x'), at(0));
  writer.text("zero", std::string("a\0b", 3), at(0));
}

void write_reported_texts(SummaryWriter& writer) {
  writer.text("invalid",
              "a\xff"
              "b\xe2\x82"
              "c\xed\xa0\x80",
              at(0));
}

}  // namespace

Runs text_runs() {
  return {
      {"texts", write_texts},
      {"reported texts", write_reported_texts, kReported},
  };
}

}  // namespace cases
