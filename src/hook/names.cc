// SPDX-License-Identifier: Apache-2.0

#include "src/hook/names.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "src/base/strings.h"

namespace tblog::internal {
namespace {

// Reads the class after '[' at `glob[at]`; `at` moves behind its ']'. False,
// and `at` stays, where there is none.
bool read_class(std::string_view glob, size_t& at, char c, bool& matches) {
  size_t i = at + 1;
  const bool negated = i < glob.size() && glob[i] == '!';
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

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
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

std::vector<std::string> split_list(std::string_view list) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == ',') {
      parts.emplace_back();
      continue;
    }
    parts.back() += list[i];
    if (list[i] == '\\' && i + 1 < list.size()) parts.back() += list[++i];
  }
  for (std::string& part : parts) {
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    part.erase(part.find_last_not_of(' ') + 1);
  }
  return parts;
}

std::string describe_nearest(std::string_view wanted,
                             const std::vector<std::string>& names) {
  if (names.empty()) return "no layer is known";
  // Long names, and many of them, would make a mistake costly.
  constexpr size_t kMaxNames = 2000;
  constexpr size_t kMaxBytes = 100;
  std::vector<std::pair<size_t, size_t>> distances;
  for (size_t i = 0; i < std::min(names.size(), kMaxNames); ++i) {
    distances.emplace_back(
        edit_distance(wanted.substr(0, kMaxBytes),
                      std::string_view(names[i]).substr(0, kMaxBytes)),
        i);
  }
  const size_t shown = std::min<size_t>(3, distances.size());
  std::partial_sort(distances.begin(),
                    distances.begin() + static_cast<std::ptrdiff_t>(shown),
                    distances.end());
  std::string text =
      shown == 1 ? "the nearest name is " : "the nearest names are ";
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == shown ? " and " : ", ";
    text += '"' + escaped(names[distances[i].second], kMaxBytes) + '"';
  }
  return text;
}

}  // namespace tblog::internal
