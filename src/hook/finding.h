// SPDX-License-Identifier: Apache-2.0
//
// What a watch has found, in words. Pure functions, thread-safe.

#ifndef TBLOG_SRC_HOOK_FINDING_H_
#define TBLOG_SRC_HOOK_FINDING_H_

#include <string>
#include <string_view>
#include <vector>

#include "src/hook/step_context.h"
#include "tblog/watch.h"

namespace tblog::internal {

// All of a finding but its index and its message.
WatchFinding make_finding(Watch watch, const KindState& state,
                          const LeafState& leaf, const StepContext& context,
                          double value);

// One line: `"fc1/outputs": a value is not finite at step 7: nan at [0, 3]`.
std::string finding_message(const WatchFinding& finding, std::string_view tag);

// The same for the Text page, as markdown: with `facts`, what it means, and
// what to look at.
std::string finding_text(const WatchFinding& finding, std::string_view tag,
                         const std::vector<std::string>& facts);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_FINDING_H_
