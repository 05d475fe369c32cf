// SPDX-License-Identifier: Apache-2.0
//
// Clock: the writer's source of time, passed in so that tests decide what time
// it is. Implementations: thread-safe; they are called with the writer's lock
// held, and may not call the writer.

#ifndef TBLOG_CLOCK_H_
#define TBLOG_CLOCK_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "tblog/export.h"

namespace tblog {

class TBLOG_EXPORT Clock {
 public:
  using Monotonic = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;

  // Seconds since the epoch, as events carry them.
  virtual double wall_time() noexcept = 0;
  // For deadlines; never goes back.
  virtual Monotonic now() noexcept = 0;
  // Waits on `wakeup` until it is notified or `deadline` has come; may wake up
  // early. `lock` is held before and after.
  virtual void wait_until(std::condition_variable& wakeup,
                          std::unique_lock<std::mutex>& lock,
                          Monotonic deadline) noexcept = 0;

  // The machine's clock. Never destroyed.
  static Clock* real() noexcept;
};

}  // namespace tblog

#endif  // TBLOG_CLOCK_H_
