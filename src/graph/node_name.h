// SPDX-License-Identifier: Apache-2.0
//
// Names of nodes that were made for another purpose, such as those of layers.

#ifndef TBLOG_SRC_GRAPH_NODE_NAME_H_
#define TBLOG_SRC_GRAPH_NODE_NAME_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/strings.h"

namespace tblog::internal {

// Of what stands between two '/'; what is longer is cut.
constexpr size_t kMaxNamePartBytes = 256;

// At most `bytes` of `s`, not cut within a character.
inline std::string_view cut_text(std::string_view s, size_t bytes) {
  if (s.size() <= bytes) return s;
  while (bytes > 0 && (static_cast<uint8_t>(s[bytes]) & 0xc0u) == 0x80) --bytes;
  return s.substr(0, bytes);
}

// A name as a Graph allows it: UTF-8, no ':', no '^' at the beginning, no empty
// part between '/'. May be empty.
inline std::string mended_node_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    std::string_view part = cut_text(name.substr(0, slash), kMaxNamePartBytes);
    name.remove_prefix(std::min(slash + 1, name.size()));
    while (out.empty() && !part.empty() && part[0] == '^') {
      part.remove_prefix(1);
    }
    if (part.empty()) continue;
    if (!out.empty()) out += '/';
    out += to_valid_utf8(part);
  }
  std::replace(out.begin(), out.end(), ':', '_');
  return out;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_NODE_NAME_H_
