// SPDX-License-Identifier: Apache-2.0

#include <time.h>

#include "src/base/coarse_clock.h"

namespace tblog {
namespace {

class RealClock : public Clock {
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

// What the kernel noted at its last tick, 1 to 10 ms ago: no counter of the
// processor is read.
class CoarseClock final : public RealClock {
 public:
  double wall_time() noexcept override {
#ifdef CLOCK_REALTIME_COARSE
    timespec now{};
    if (::clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0)
      return static_cast<double>(now.tv_sec) +
             static_cast<double>(now.tv_nsec / 1000) * 1e-6;
#endif
    return RealClock::wall_time();
  }
};

}  // namespace

Clock* internal::coarse_clock() noexcept {
  static CoarseClock* clock = new CoarseClock;
  return clock;
}

Clock* Clock::real() noexcept {
  static RealClock* clock = new RealClock;
  return clock;
}

}  // namespace tblog
