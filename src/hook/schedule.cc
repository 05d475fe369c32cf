// SPDX-License-Identifier: Apache-2.0

#include "src/hook/schedule.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/log_kind.h"

namespace tblog::internal {

namespace {

// `every` · 2^bits, or as much as there is.
int64_t stretched(int64_t every, int bits) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return every > (kMost >> bits) ? kMost : every << bits;
}

}  // namespace

bool Schedule::take(int64_t step, const Phase& phase, Clock::Monotonic now,
                    int stretch) {
  const std::vector<Phase>& phases = spec_->phases;
  const int bits = taken_ == 0 ? 0 : stretch;
  if (taken_ >= spec_->first_steps ||
      step % stretched(spec_->every_steps, bits) != 0) {
    return false;
  }
  if (!phases.empty() &&
      std::find(phases.begin(), phases.end(), phase) == phases.end()) {
    return false;
  }
  if (spec_->by_time && last_ &&
      (now - *last_).count() < stretched(spec_->every_time.count(), bits)) {
    return false;
  }
  ++taken_;
  before_last_ = std::exchange(last_, now);
  return true;
}

void Schedule::give_back(Clock::Monotonic taken_at) {
  if (last_ != taken_at) return;
  --taken_;
  last_ = before_last_;
}

namespace {

bool is_share(double share) { return share > 0 && share <= 1; }
bool is_count(int in_a_row) { return in_a_row >= 1 && in_a_row <= 1'000'000; }

// What makes no sense about the watches of a rule, or null.
const char* why_bad_watch(const RuleSpec& spec) {
  if (const auto& norm = spec.norm;
      norm && !(norm->vanishing >= 0 && norm->vanishing < norm->exploding &&
                is_count(norm->in_a_row))) {
    return "watch_norm() takes 0 <= vanishing < exploding and 1 to 1,000,000 "
           "in a row";
  }
  if (const auto& units = spec.dead_units;
      units && !(is_share(units->share) && is_count(units->in_a_row) &&
                 std::abs(units->unit_axis) <= int{TensorView::kMaxRank})) {
    return "watch_dead_units() takes a dimension, a share above 0 to 1 and 1 "
           "to 1,000,000 in a row";
  }
  if (const auto& ratio = spec.update_ratio) {
    if (!spec.kinds.contains(TensorKind::kWeights)) {
      return "watch_update_ratio() is of weights(): add them";
    }
    if (!(ratio->low >= 0 && ratio->low < ratio->high &&
          is_count(ratio->in_a_row) && ratio->min_rank >= 0 &&
          ratio->min_rank <= int{TensorView::kMaxRank})) {
      return "watch_update_ratio() takes 0 <= low < high, a min_rank of 0 to 8 "
             "and 1 to 1,000,000 in a row";
    }
  }
  if (const auto& ends = spec.saturation;
      ends && !(std::isfinite(ends->lower) && std::isfinite(ends->upper) &&
                ends->lower < ends->upper && is_share(ends->share) &&
                is_count(ends->in_a_row))) {
    return "watch_saturation() takes finite bounds, lower < upper, a share "
           "above 0 to 1 and 1 to 1,000,000 in a row";
  }
  return nullptr;
}

}  // namespace

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
  if (!spec.times && !logs_tensors(spec)) {
    return bad(
        "it says of what, but not what to log: add stats(), histogram(), "
        "image_grid(), tensor(), shapes(), times(), capture(), save_npz(), "
        "call() or a watch");
  }
  if (const char* why = why_bad_watch(spec)) return bad(why);
  return absl::OkStatus();
}

}  // namespace tblog::internal
