// SPDX-License-Identifier: Apache-2.0
//
// Indices as selectors write them: #2, #-1 or #1..#3. Pure functions,
// thread-safe.

#ifndef TBLOG_SRC_BASE_INDEX_RANGE_H_
#define TBLOG_SRC_BASE_INDEX_RANGE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace tblog::internal {

// Both ends included, negative ones from the end.
struct IndexRange {
  int64_t first;
  int64_t last;

  // Never for a negative index. Unknown where an end counts from the end and
  // `count` is not known yet.
  std::optional<bool> contains(int64_t index,
                               std::optional<int64_t> count) const;
};

// Nothing where `text` does not begin with '#'. Errors: InvalidArgument.
absl::StatusOr<std::optional<IndexRange>> parse_index(std::string_view text);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_INDEX_RANGE_H_
