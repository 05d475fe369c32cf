// SPDX-License-Identifier: Apache-2.0

#include "src/hook/budget.h"

#include <algorithm>
#include <cmath>

namespace tblog::internal {
namespace {

// A rule that is due less often than this is so rare that no window waits.
constexpr int64_t kMaxPeriodSteps = 100'000;
constexpr std::chrono::nanoseconds kMaxPeriodTime = std::chrono::hours(1);

// Room for twice of what was taken, and some: the next window shall not be
// over the share again.
constexpr double kRoom = 0.4;

thread_local int timers = 0;        // that run on this thread
thread_local int fixed_timers = 0;  // inside the others

double count(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count());
}

}  // namespace

void Budget::add_rule(const RuleSpec& spec) {
  if (spec.every_steps <= kMaxPeriodSteps) {
    period_steps_ = std::max(period_steps_, spec.every_steps);
  }
  if (spec.by_time) {
    period_time_ =
        std::max(period_time_, std::min(spec.every_time, kMaxPeriodTime));
  }
}

int64_t Budget::window_steps() const {
  return std::max(kMinSteps, period_steps_ << stretch_);
}

bool Budget::is_overdrawn(double elapsed) const {
  if (steps_ < kMinSteps || period_time_.count() > 0) return false;
  const double whole = elapsed * static_cast<double>(window_steps()) /
                       static_cast<double>(steps_);
  return static_cast<double>(spent_.load(std::memory_order_relaxed)) >
         max_share_ * whole;
}

bool Budget::adjust(double share) {
  const int before = stretch_;
  if (share > max_share_) {
    const double steps = std::ceil(std::log2(share / max_share_));
    stretch_ = static_cast<int>(
        std::min<double>(kMaxStretch, stretch_ + std::max(1.0, steps)));
  } else if (stretch_ > 0 && share <= kRoom * max_share_) {
    --stretch_;
  }
  return stretch_ > before;
}

std::optional<Budget::Window> Budget::begin_step(Clock::Monotonic now) {
  if (!begin_) {
    begin_ = now;
    return std::nullopt;
  }
  ++steps_;
  const double elapsed = count(now - *begin_);
  const bool over = steps_ >= window_steps() &&
                    now - *begin_ >= period_time_ * (1 << stretch_);
  if (elapsed <= 0 || (!over && !is_overdrawn(elapsed))) return std::nullopt;
  const std::optional<Window> window = rest(now);
  const auto spent =
      static_cast<double>(spent_.exchange(0, std::memory_order_relaxed));
  fixed_.store(0, std::memory_order_relaxed);
  begin_ = now;
  steps_ = 0;
  const bool stretched = adjust(spent / elapsed);
  return Window{window->share, stretched};
}

std::optional<Budget::Window> Budget::rest(Clock::Monotonic now) const {
  if (!begin_ || now <= *begin_) return std::nullopt;
  const auto spent =
      static_cast<double>(spent_.load(std::memory_order_relaxed) +
                          fixed_.load(std::memory_order_relaxed));
  return Window{spent / count(now - *begin_), false};
}

SpendTimer::SpendTimer(Budget& budget, Clock& clock, bool fixed)
    : clock_(clock), running_(fixed ? &fixed_timers : &timers) {
  if (!budget.on() || *running_ > 0) return;
  budget_ = &budget;
  ++*running_;
  begin_ = clock.now();
}

SpendTimer::~SpendTimer() {
  if (budget_ == nullptr) return;
  --*running_;
  const std::chrono::nanoseconds time = clock_.now() - begin_;
  const bool fixed = running_ == &fixed_timers;
  budget_->spend(time, fixed);
  // The timer around it counts it as well.
  if (fixed && timers > 0) budget_->spend(-time, false);
}

}  // namespace tblog::internal
