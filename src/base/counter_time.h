// SPDX-License-Identifier: Apache-2.0
//
// CounterTime: what a clock says, by the processor's counter of ticks, which is
// read in half the time. It is learned from the clock again each 2^21 ticks,
// about a millisecond, so that it goes wherever the clock goes: a step of the
// clock is seen within two of these, and between them the two differ by less
// than a microsecond. Where the counter does not keep pace with the clock,
// nothing is said. Thread-safe.

#ifndef TBLOG_SRC_BASE_COUNTER_TIME_H_
#define TBLOG_SRC_BASE_COUNTER_TIME_H_

#include <atomic>
#include <cmath>
#include <cstdint>

namespace tblog::internal {

class CounterTime {
 public:
  // Sets `seconds` to what the clock says when the counter is at `counter`.
  // False, where that is not known: then ask the clock, and call learn().
  bool at(uint64_t counter, double& seconds) const noexcept {
    // Who reads between two equal, even numbers has read what belongs together.
    const uint32_t number = number_.load(std::memory_order_acquire);
    const uint64_t since = counter - counter_.load(std::memory_order_acquire);
    const double begin = seconds_.load(std::memory_order_acquire);
    const double pace = pace_.load(std::memory_order_acquire);
    seconds = begin + pace * static_cast<double>(static_cast<int64_t>(since));
    return since < kMaxTicks && pace > 0 && number % 2 == 0 &&
           number_.load(std::memory_order_relaxed) == number;
  }

  // The clock said `nanos` between two readings of the counter.
  void learn(uint64_t before, int64_t nanos, uint64_t after) noexcept {
    // A thread that was interrupted in between knows nothing.
    if (after - before > kMaxReadingTicks) return;
    if (learning_.exchange(true, std::memory_order_acquire)) return;
    const uint64_t counter = before + (after - before) / 2;
    const uint64_t ticks = counter - last_counter_;
    if (last_counter_ == 0 || ticks >= kMinTicks) {
      const double pace = 1e-9 * static_cast<double>(nanos - last_nanos_) /
                          static_cast<double>(ticks);
      const bool is_steady =
          std::abs(pace - last_pace_) <= kTolerance * last_pace_;
      publish(counter, 1e-9 * static_cast<double>(nanos), is_steady ? pace : 0);
      last_pace_ = pace;
      last_counter_ = counter;
      last_nanos_ = nanos;
    }
    learning_.store(false, std::memory_order_release);
  }

 private:
  static constexpr uint64_t kMaxTicks = uint64_t{1} << 21;
  // A reading that is wrong by 100 ticks is a pace that is by 1/10,000.
  static constexpr uint64_t kMinTicks = uint64_t{1} << 20;
  static constexpr uint64_t kMaxReadingTicks = 1000;
  // A clock that is set right by its servers goes up to 1/2,000 wrong.
  static constexpr double kTolerance = 1.0 / 1024;

  void publish(uint64_t counter, double seconds, double pace) noexcept {
    const uint32_t number = number_.load(std::memory_order_relaxed);
    number_.store(number + 1, std::memory_order_relaxed);
    counter_.store(counter, std::memory_order_release);
    seconds_.store(seconds, std::memory_order_release);
    pace_.store(pace, std::memory_order_release);
    number_.store(number + 2, std::memory_order_release);
  }

  // Seconds on the clock are seconds_ + pace_ * (counter - counter_).
  alignas(64) std::atomic<uint32_t> number_{0};
  std::atomic<uint64_t> counter_{0};
  std::atomic<double> seconds_{0};
  std::atomic<double> pace_{0};

  // Of who has set it; the last learned.
  alignas(64) std::atomic<bool> learning_{false};
  uint64_t last_counter_ = 0;
  int64_t last_nanos_ = 0;
  double last_pace_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_COUNTER_TIME_H_
