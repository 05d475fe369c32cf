// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/json_output.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace tblog::tool {

Json json_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

std::string json_line(const Json& object) {
  const std::string text =
      object.dump(-1, ' ', false, Json::error_handler_t::replace);
  // DEL and U+0080 to U+009F, which JSON leaves as they are, stand in strings
  // only.
  std::string line;
  line.reserve(text.size() + 1);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const auto next =
        static_cast<uint8_t>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (byte != 0x7f && !c1) {
      line += text[i];
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", c1 ? next : byte);
    line += escape;
    if (c1) ++i;
  }
  return line + '\n';
}

}  // namespace tblog::tool
