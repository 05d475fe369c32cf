// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

void write_layouts(SummaryWriter& writer) {
  tblog::CustomScalarLayout first;
  first.category("first").multiline("gone", {"loss/.*"});
  writer.layout(first);
  tblog::CustomScalarLayout layout;
  layout.category("losses")
      .multiline("both", {"loss/.*"})
      .margin("band", {{"value", "lower", "upper"}});
  layout
      .category(
          "Gr\xc3\xbc\xc3\x9f"
          "e")
      .multiline("", {"value", "no such"})
      .closed();
  layout.category("empty");
  writer.layout(layout);
  for (int64_t step = 0; step < 4; ++step) {
    const auto value = static_cast<double>(step);
    writer.scalars({{"loss/a", value},
                    {"loss/b", 2 * value},
                    {"value", value},
                    {"lower", value - 1},
                    {"upper", value + 1}},
                   at(step));
  }
}

}  // namespace

Runs custom_scalars_runs() {
  tblog::WriterOptions fixed_time;
  fixed_time.deterministic = true;
  return {{"custom scalars", write_layouts, false, fixed_time}};
}

}  // namespace cases
