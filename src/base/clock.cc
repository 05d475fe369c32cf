// SPDX-License-Identifier: Apache-2.0

#include "tblog/clock.h"

namespace tblog {
namespace {

class RealClock final : public Clock {
 public:
  double wall_time() noexcept override {
    const auto since_epoch =
        std::chrono::system_clock::now().time_since_epoch();
    return static_cast<double>(
               std::chrono::duration_cast<std::chrono::microseconds>(
                   since_epoch)
                   .count()) *
           1e-6;
  }

  Monotonic now() noexcept override { return std::chrono::steady_clock::now(); }

  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    wakeup.wait_until(lock, deadline);
  }
};

}  // namespace

Clock* Clock::real() noexcept {
  static RealClock* clock = new RealClock;
  return clock;
}

}  // namespace tblog
