// SPDX-License-Identifier: Apache-2.0

#include "src/hook/schedule.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {

bool Schedule::take(int64_t step, const Phase& phase, Clock::Monotonic now) {
  const std::vector<Phase>& phases = spec_->phases;
  if (taken_ >= spec_->first_steps || step % spec_->every_steps != 0) {
    return false;
  }
  if (!phases.empty() &&
      std::find(phases.begin(), phases.end(), phase) == phases.end()) {
    return false;
  }
  if (spec_->by_time && last_ && now - *last_ < spec_->every_time) return false;
  ++taken_;
  last_ = now;
  return true;
}

absl::Status check_rule(const RuleSpec& spec) {
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("rule for \"", escaped(spec.selector), "\": ", why));
  };
  if (spec.every_steps < 1) return bad("every(steps) must be 1 or more");
  if (spec.first_steps < 1) return bad("first(steps) must be 1 or more");
  if (spec.by_time && spec.every_time <= std::chrono::nanoseconds(0)) {
    return bad("every(time) must be above 0");
  }
  if (spec.max_calls < 1 || spec.max_calls > 1000) {
    return bad("repeat() takes 1 to 1,000 calls");
  }
  const ImageGridOptions& grid = spec.image_grid_options;
  if (grid.example < 0 || grid.max_tiles < 1 || grid.max_tiles > 4096 ||
      grid.zoom < 0 || grid.zoom > 64) {
    return bad(
        "image_grid() takes an example from 0, 1 to 4,096 tiles and a zoom of "
        "0 to 64");
  }
  if (spec.save_npz && spec.npz_directory.empty()) {
    return bad("save_npz() was given no directory");
  }
  for (const auto& callback : spec.callbacks) {
    if (!callback) return bad("call() was given no function");
  }
  if (!spec.stats && !spec.histogram && !spec.image_grid && !spec.tensor &&
      !spec.shapes && !spec.times && !spec.capture && !spec.save_npz &&
      spec.callbacks.empty()) {
    return bad(
        "it says of what, but not what to log: add stats(), histogram(), "
        "image_grid(), tensor(), shapes(), times(), capture(), save_npz() or "
        "call()");
  }
  return absl::OkStatus();
}

}  // namespace tblog::internal
