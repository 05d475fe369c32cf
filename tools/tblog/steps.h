// SPDX-License-Identifier: Apache-2.0
//
// `--steps A:B:STRIDE`.

#ifndef TBLOG_TOOLS_TBLOG_STEPS_H_
#define TBLOG_TOOLS_TBLOG_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace tblog::tool {

// Steps from `first` to `last`, both included, at least `stride` apart.
struct StepRange {
  int64_t first = std::numeric_limits<int64_t>::min();
  int64_t last = std::numeric_limits<int64_t>::max();
  int64_t stride = 1;

  // Indices of those steps in the order in which they stand. A step that goes
  // back (a resumed run) starts the stride anew.
  std::vector<size_t> choose(const std::vector<int64_t>& steps) const;
};

// "100" (one step), "100:200", "100:", ":200", "::50", ":"; steps may be
// negative, the stride is at least 1. None: it is none of these.
std::optional<StepRange> parse_steps(std::string_view text);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_STEPS_H_
