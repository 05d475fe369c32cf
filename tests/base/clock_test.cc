// SPDX-License-Identifier: Apache-2.0

#include "tblog/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "src/base/coarse_clock.h"

namespace tblog {
namespace {

// Whatever it is read from, and from whichever thread.
TEST(RealClockTest, SaysWhatTheSystemSays) {
  const auto system_now = [] {
    using Seconds = std::chrono::duration<double>;
    return std::chrono::duration_cast<Seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const auto look = [&] {
    for (const double begin = system_now(); system_now() < begin + 0.02;) {
      const double before = system_now();
      const double wall_time = Clock::real()->wall_time();
      const double after = system_now();
      ASSERT_GT(wall_time, before - 5e-6);
      ASSERT_LT(wall_time, after + 5e-6);
    }
  };
  std::thread other(look);
  look();
  other.join();
}

TEST(CoarseClockTest, IsAsLateAsATick) {
  Clock* const coarse = internal::coarse_clock();
  for (int i = 0; i < 1'000; ++i) {
    const double wall_time = coarse->wall_time();
    const double now = Clock::real()->wall_time();
    EXPECT_LE(wall_time, now);
    // Of 100 ticks a second or more; the rest for a machine that is busy.
    EXPECT_GT(wall_time, now - 10);
  }
}

TEST(CoarseClockTest, GoesOn) {
  Clock* const coarse = internal::coarse_clock();
  const double begin = coarse->wall_time();
  while (coarse->wall_time() == begin) std::this_thread::yield();
  EXPECT_GT(coarse->wall_time(), begin);
}

}  // namespace
}  // namespace tblog
