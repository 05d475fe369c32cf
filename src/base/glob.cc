// SPDX-License-Identifier: Apache-2.0

#include "src/base/glob.h"

#include <cstddef>

namespace tblog::internal {
namespace {

// Reads the class after '[' at `glob[at]`; `at` moves behind its ']'. False,
// and `at` stays, where there is none.
bool read_class(std::string_view glob, size_t& at, char c, bool& matches) {
  size_t i = at + 1;
  const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < glob.size(); first = false) {
    if (glob[i] == ']' && !first) {
      at = i + 1;
      matches = found != negated;
      return true;
    }
    const auto low = static_cast<unsigned char>(glob[i]);
    auto high = low;
    if (i + 2 < glob.size() && glob[i + 1] == '-' && glob[i + 2] != ']') {
      high = static_cast<unsigned char>(glob[i + 2]);
      i += 2;
    }
    const auto byte = static_cast<unsigned char>(c);
    found = found || (low <= byte && byte <= high);
    ++i;
  }
  return false;
}

// Whether the one-byte pattern at `at` takes `c`; `next` is what follows it.
bool takes(std::string_view glob, size_t at, char c, size_t& next) {
  next = at;
  bool matches = false;
  if (glob[at] == '[' && read_class(glob, next, c, matches)) return matches;
  if (glob[at] == '\\' && at + 1 < glob.size()) {
    next = at + 2;
    return glob[at + 1] == c;
  }
  next = at + 1;
  return glob[at] == '?' || glob[at] == c;
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view name) {
  size_t g = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;  // behind the last '*' …
  size_t from = 0;                       // … which has taken up to here
  while (n < name.size()) {
    size_t next = 0;
    if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      if (star == glob.size()) return true;
      from = n;
    } else if (g < glob.size() && takes(glob, g, name[n], next)) {
      g = next;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star;
      n = ++from;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace tblog::internal
