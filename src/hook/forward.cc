// SPDX-License-Identifier: Apache-2.0

#include "tblog/forward.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/names.h"
#include "src/hook/selector.h"

namespace tblog::internal {

absl::StatusOr<size_t> find_layer(const std::vector<std::string>& names,
                                  std::string_view selector) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == selector) return i;
  }
  absl::StatusOr<std::optional<IndexRange>> range = parse_index(selector);
  if (!range.ok()) return range.status();
  if (!*range) {
    return absl::NotFoundError(absl::StrCat("there is no layer \"",
                                            escaped(selector), "\"; ",
                                            describe_nearest(selector, names)));
  }
  const auto count = static_cast<int64_t>(names.size());
  const int64_t first = (*range)->first;
  const int64_t index = first < 0 ? first + count : first;
  if ((*range)->last != first || index < 0 || index >= count) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", escaped(selector), "\" is none of the ", count,
                     " layers #0 to #", count - 1));
  }
  return static_cast<size_t>(index);
}

}  // namespace tblog::internal
