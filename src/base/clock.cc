// SPDX-License-Identifier: Apache-2.0

#include <time.h>

#include "src/base/coarse_clock.h"
#include "src/base/counter_time.h"
#include "src/base/tick_counter.h"

namespace tblog {
namespace {

int64_t nanos_since_epoch() noexcept {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch)
      .count();
}

class RealClock : public Clock {
 public:
  double wall_time() noexcept override {
    if (!has_tick_counter_) return micros(nanos_since_epoch());
    const uint64_t before = internal::read_tick_counter();
    double seconds;
    if (counter_time_.at(before, seconds)) return seconds;
    const int64_t nanos = nanos_since_epoch();
    counter_time_.learn(before, nanos, internal::read_tick_counter());
    return micros(nanos);
  }

  Monotonic now() noexcept override { return std::chrono::steady_clock::now(); }

  void wait_until(std::condition_variable& wakeup,
                  std::unique_lock<std::mutex>& lock,
                  Monotonic deadline) noexcept override {
    wakeup.wait_until(lock, deadline);
  }

 private:
  static double micros(int64_t nanos) noexcept {
    return static_cast<double>(nanos / 1000) * 1e-6;
  }

  const bool has_tick_counter_ = internal::has_tick_counter();
  internal::CounterTime counter_time_;
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
