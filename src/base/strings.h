// SPDX-License-Identifier: Apache-2.0
//
// Between std::string_view, which our signatures use, and absl::string_view,
// which is another type in Debian's abseil.

#ifndef TBLOG_SRC_BASE_STRINGS_H_
#define TBLOG_SRC_BASE_STRINGS_H_

#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace tblog::internal {

inline absl::string_view to_absl(std::string_view s) {
  return {s.data(), s.size()};
}

inline std::string_view to_std(absl::string_view s) {
  return {s.data(), s.size()};
}

// Whether `s` is well-formed UTF-8 (no surrogates, no overlong forms, at most
// U+10FFFF).
bool is_valid_utf8(std::string_view s);

// `s` with each malformed part replaced by U+FFFD, as the Unicode standard's
// "maximal subpart" practice has it.
std::string to_valid_utf8(std::string_view s);

// `s` for a message or a terminal: control characters, quotes, backslashes and
// malformed UTF-8 as escapes ("\n",
// "\x1b"), at most `max_bytes` of it, "…" where more followed.
std::string escaped(std::string_view s, size_t max_bytes = 200);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_STRINGS_H_
