// SPDX-License-Identifier: Apache-2.0
//
// Budget: by how much rules must thin themselves out, so that looking at a
// model takes no more than its share of the model's time.
//
// It measures in windows, from the beginning of a step to that of a later one,
// so long that each rule is due in it. Where looking took too much, `every` of
// all rules is stretched by as many powers of two as bring it below the share;
// where a window has room for twice of what it took, and some, by one less.
// What decides is the clock alone. One thread at a time, but for spend().

#ifndef TBLOG_SRC_HOOK_BUDGET_H_
#define TBLOG_SRC_HOOK_BUDGET_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "tblog/clock.h"
#include "tblog/rule.h"

namespace tblog::internal {

class Budget {
 public:
  static constexpr int64_t kMinSteps = 32;  // of a window
  static constexpr int kMaxStretch = 20;

  // 0: nothing is measured or thinned.
  explicit Budget(double max_share) : max_share_(max_share) {}

  bool on() const { return max_share_ > 0; }
  double max_share() const { return max_share_; }
  // `every` is multiplied by 2^stretch().
  int stretch() const { return stretch_; }

  // A rule that may be thinned: windows are as long as it needs.
  void add_rule(const RuleSpec& spec);

  // Time that looking took; `fixed`: of rules that are never thinned.
  // Thread-safe.
  void spend(std::chrono::nanoseconds time, bool fixed) {
    (fixed ? fixed_ : spent_)
        .fetch_add(time.count(), std::memory_order_relaxed);
  }

  struct Window {
    double share;    // of the time that looking took, fixed costs included
    bool stretched;  // rules are thinned more from now on
  };
  // A step begins; what the window was like that ends with it, if one does.
  std::optional<Window> begin_step(Clock::Monotonic now);
  // The same of a window that is not over, but nothing comes any more.
  std::optional<Window> rest(Clock::Monotonic now) const;

 private:
  int64_t window_steps() const;
  // Whether looking has already taken more than it may in the whole window.
  bool is_overdrawn(double elapsed) const;
  // Stretches by the share that thinned rules took.
  bool adjust(double share);

  const double max_share_;
  int64_t period_steps_ = 1;
  std::chrono::nanoseconds period_time_{0};
  int stretch_ = 0;
  std::optional<Clock::Monotonic> begin_;  // of the window
  int64_t steps_ = 0;
  std::atomic<int64_t> spent_{0};  // nanoseconds, `fixed_` not among them
  std::atomic<int64_t> fixed_{0};
};

// Measures from its making to its end what a Budget that is on spends; inside
// another one of its sort, on the same thread, it does nothing.
class SpendTimer {
 public:
  SpendTimer(Budget& budget, Clock& clock, bool fixed = false);
  ~SpendTimer();
  SpendTimer(const SpendTimer&) = delete;

 private:
  Budget* budget_ = nullptr;  // null: does nothing
  Clock& clock_;
  int* const running_;  // timers of its sort on this thread
  Clock::Monotonic begin_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_BUDGET_H_
