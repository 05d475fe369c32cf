// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/nearest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tblog::tool {
namespace {

std::string plain_letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr size_t kMaxBytes = 64;
  a = a.substr(0, kMaxBytes);
  b = b.substr(0, kMaxBytes);
  std::array<std::array<size_t, kMaxBytes + 1>, kMaxBytes + 1> d{};
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::vector<std::string> nearest(std::string_view wanted,
                                 const std::vector<std::string>& names,
                                 size_t count) {
  const std::string pattern = plain_letters(wanted);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const std::string& name : names) {
    const std::string plain = plain_letters(name);
    const bool inside =
        !pattern.empty() && plain.find(pattern) != std::string::npos;
    ranked.emplace_back(inside ? 0 : edit_distance(pattern, plain), name);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.erase(std::unique(ranked.begin(), ranked.end()), ranked.end());
  std::vector<std::string> result;
  for (auto& [distance, name] : ranked) {
    // What is as good as another word altogether helps only where nothing is
    // nearer.
    const bool far = distance > std::max<size_t>(2, pattern.size() / 2);
    if (result.size() == count ||
        (far && !result.empty() && distance > ranked.front().first))
      break;
    result.push_back(std::move(name));
  }
  return result;
}

}  // namespace tblog::tool
