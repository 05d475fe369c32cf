// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that tells what looking at the model has cost.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/hook/hook_core.h"

namespace tblog::internal {

std::optional<Budget::Window> HookCore::begin_window(int64_t step) {
  if (!budget_.on()) return std::nullopt;
  last_step_ = step;
  return budget_.begin_step(clock_->now());
}

void HookCore::log_overhead(const Budget::Window& window, int64_t step,
                            int stretch) {
  {
    Lock lock(mutex_);
    if (overhead_step_ && step <= *overhead_step_) return;
    overhead_step_ = step;
  }
  writer_.share().scalars(
      {{"tblog/overhead", window.share},
       {"tblog/thinning", static_cast<double>(int64_t{1} << stretch)}},
      step);
  if (!window.stretched) return;
  reports_.remark(
      absl::ResourceExhaustedError(absl::StrFormat(
          "looking at the model took %.2g %% of the time, more than "
          "max_overhead = %.2g %%: from step %d on, rules are due less often; "
          "see the series tblog/overhead and tblog/thinning",
          100 * window.share, 100 * budget_.max_share(), step)),
      "max_overhead");
}

void HookCore::log_last_overhead() noexcept {
  if (!budget_.on()) return;
  try {
    std::optional<Budget::Window> window;
    int64_t step = 0;
    int stretch = 0;
    {
      Lock lock(mutex_);
      window = budget_.rest(clock_->now());
      step = last_step_;
      stretch = budget_.stretch();
    }
    if (window) log_overhead(*window, step, stretch);
  } catch (...) {
    reports_.caught("logging tblog/overhead");
  }
}

}  // namespace tblog::internal
