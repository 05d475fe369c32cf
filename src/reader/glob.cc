// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <string_view>

#include "tblog/log_reader.h"

namespace tblog {
namespace {

struct SetMatch {
  bool well_formed;
  bool matches;
  size_t length;  // of the set, brackets included
};

// The set that begins with '[' at `pattern`'s front, against `c`.
SetMatch match_set(std::string_view pattern, char c) {
  size_t i = 1;
  const bool negated =
      i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  const auto byte = static_cast<unsigned char>(c);
  for (const size_t first = i; i < pattern.size(); ++i) {
    if (pattern[i] == ']' && i > first) return {true, found != negated, i + 1};
    const auto low = static_cast<unsigned char>(pattern[i]);
    auto high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' &&
        pattern[i + 2] != ']') {
      high = static_cast<unsigned char>(pattern[i + 2]);
      i += 2;
    }
    found = found || (low <= byte && byte <= high);
  }
  return {false, false, 0};
}

// Bytes of `pattern`'s first element, which is no '*', where it matches `c`; 0
// where it does not. A '[' without its ']' stands for itself.
size_t match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    const SetMatch set = match_set(pattern, c);
    if (set.well_formed) return set.matches ? set.length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) {
    return pattern[1] == c ? 2 : 0;
  }
  return pattern[0] == c ? 1 : 0;
}

}  // namespace

// Only the last '*' is ever tried again, so that the time is at most the
// product of the lengths.
bool matches_glob(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t after_star = std::string_view::npos;
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      star_text = t;
      continue;
    }
    const size_t taken =
        p < pattern.size() ? match_one(pattern.substr(p), text[t]) : 0;
    if (taken > 0) {
      p += taken;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tblog
