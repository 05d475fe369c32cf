// SPDX-License-Identifier: Apache-2.0

#include "tblog/clock.h"

#include <gtest/gtest.h>

#include <thread>

#include "src/base/coarse_clock.h"

namespace tblog {
namespace {

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
