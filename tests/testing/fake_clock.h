// SPDX-License-Identifier: Apache-2.0
//
// FakeClock: time stands still until a test moves it. Thread-safe.

#ifndef TBLOG_TESTS_TESTING_FAKE_CLOCK_H_
#define TBLOG_TESTS_TESTING_FAKE_CLOCK_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "tblog/clock.h"

namespace tblog::testing {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(double wall_time = 1'700'000'000.0)
      : wall_time_(wall_time) {}

  double wall_time() noexcept override;
  Monotonic now() noexcept override;
  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override;

  // Moves both clocks on, wakes every thread whose deadline has come, and
  // returns when each has left wait_until().
  void advance(std::chrono::nanoseconds by);

  // Sets the wall clock alone, also back.
  void set_wall_time(double seconds);

  // Returns when a thread waits for exactly `deadline`
  // (Monotonic::max(): without end), so that a test knows that it has nothing
  // else to do. Fails the test after 30 s of real time.
  void await_waiter(Monotonic deadline);

 private:
  struct Waiter {
    std::condition_variable* wakeup;
    Monotonic deadline;
  };

  std::mutex mutex_;
  std::condition_variable waiters_changed_;
  double wall_time_;
  Monotonic now_{std::chrono::hours(1)};
  std::vector<const Waiter*> waiters_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_FAKE_CLOCK_H_
