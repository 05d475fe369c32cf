// SPDX-License-Identifier: Apache-2.0

#include "src/hook/names.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "src/base/strings.h"

namespace tblog::internal {
namespace {

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
