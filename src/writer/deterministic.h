// SPDX-License-Identifier: Apache-2.0
//
// What WriterOptions::deterministic puts in place of time, host and process.

#ifndef TBLOG_SRC_WRITER_DETERMINISTIC_H_
#define TBLOG_SRC_WRITER_DETERMINISTIC_H_

#include "src/writer/event_file.h"
#include "tblog/clock.h"

namespace tblog::internal {

// In 2001: late enough that no reader takes it for a missing time.
inline constexpr double kFixedWallTime = 1'000'000'000;

inline FileOwner fixed_owner() { return {"deterministic", 0}; }

// A clock whose wall stands still, and whose deadlines are another's.
// Thread-safe.
class FixedWallClock : public Clock {
 public:
  explicit FixedWallClock(Clock* clock) : clock_(clock) {}

  double wall_time() noexcept override { return kFixedWallTime; }
  Monotonic now() noexcept override { return clock_->now(); }
  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    clock_->wait_until(wakeup, lock, deadline);
  }

 private:
  Clock* clock_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_DETERMINISTIC_H_
