// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/steps.h"

#include <charconv>

namespace tblog::tool {
namespace {

// Leaves `value` as it is where `text` is empty.
bool parse_part(std::string_view text, int64_t& value) {
  if (text.empty()) return true;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

std::vector<size_t> StepRange::choose(const std::vector<int64_t>& steps) const {
  std::vector<size_t> chosen;
  std::optional<int64_t> before;
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t step = steps[i];
    if (step < first || step > last) continue;
    // Unsigned: the distance of two steps may be larger than an int64_t.
    if (stride > 1 && before && step >= *before &&
        static_cast<uint64_t>(step) - static_cast<uint64_t>(*before) <
            static_cast<uint64_t>(stride))
      continue;
    before = step;
    chosen.push_back(i);
  }
  return chosen;
}

std::optional<StepRange> parse_steps(std::string_view text) {
  StepRange range;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (text.empty() || !parse_part(text, range.first)) return std::nullopt;
    range.last = range.first;
    return range;
  }
  std::string_view rest = text.substr(colon + 1);
  if (!parse_part(text.substr(0, colon), range.first)) return std::nullopt;
  const size_t second = rest.find(':');
  if (!parse_part(rest.substr(0, second), range.last)) return std::nullopt;
  if (second != std::string_view::npos &&
      !parse_part(rest.substr(second + 1), range.stride))
    return std::nullopt;
  if (range.stride < 1 || range.first > range.last) return std::nullopt;
  return range;
}

}  // namespace tblog::tool
