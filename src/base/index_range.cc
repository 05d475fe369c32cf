// SPDX-License-Identifier: Apache-2.0

#include "src/base/index_range.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

bool parse_end(std::string_view text, int64_t* end) {
  return absl::SimpleAtoi(to_absl(text), end);
}

absl::Status bad(std::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", escaped(text), "\": ", why));
}

}  // namespace

std::optional<bool> IndexRange::contains(int64_t index,
                                         std::optional<int64_t> count) const {
  if (!count && (first < 0 || last < 0)) return std::nullopt;
  const int64_t from = first < 0 ? first + *count : first;
  const int64_t to = last < 0 ? last + *count : last;
  return index >= 0 && from <= index && index <= to;
}

absl::StatusOr<std::optional<IndexRange>> parse_index(std::string_view text) {
  if (text.empty() || text[0] != '#') return std::optional<IndexRange>();
  IndexRange range{};
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) {
    if (!parse_end(text.substr(1), &range.first)) {
      return bad(text,
                 "# wants an index, such as #0, #-1 or #1..#3; "
                 "\\# begins a name");
    }
    range.last = range.first;
    return std::optional<IndexRange>(range);
  }
  std::string_view last = text.substr(dots + 2);
  if (!last.empty() && last[0] == '#') last.remove_prefix(1);
  if (!parse_end(text.substr(1, dots - 1), &range.first) ||
      !parse_end(last, &range.last)) {
    return bad(text, "a range is written #1..#3");
  }
  if ((range.first < 0) == (range.last < 0) && range.last < range.first) {
    return bad(text, "the range ends before it begins");
  }
  return std::optional<IndexRange>(range);
}

}  // namespace tblog::internal
