// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/fake_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tblog::testing {
namespace {

using std::chrono::seconds;

TEST(FakeClockTest, BothClocksMoveTogether) {
  FakeClock clock(1000.0);
  const Clock::Monotonic before = clock.now();
  clock.advance(std::chrono::milliseconds(1500));
  EXPECT_EQ(clock.wall_time(), 1001.5);
  EXPECT_EQ(clock.now() - before, std::chrono::milliseconds(1500));
  clock.set_wall_time(7.0);
  EXPECT_EQ(clock.wall_time(), 7.0);
}

TEST(FakeClockTest, AdvanceWakesThoseWhoseDeadlineHasCome) {
  FakeClock clock;
  std::mutex mutex;
  std::condition_variable wakeup;
  std::atomic<bool> woke{false};
  const Clock::Monotonic deadline = clock.now() + seconds(10);
  std::thread thread([&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (clock.now() < deadline) clock.wait_until(wakeup, lock, deadline);
    woke = true;
  });
  clock.await_waiter(deadline);
  clock.advance(seconds(9));
  clock.await_waiter(deadline);
  EXPECT_FALSE(woke);
  clock.advance(seconds(1));
  thread.join();
  EXPECT_TRUE(woke);
}

TEST(FakeClockTest, ADeadlineInThePastDoesNotWait) {
  FakeClock clock;
  std::mutex mutex;
  std::condition_variable wakeup;
  std::unique_lock<std::mutex> lock(mutex);
  clock.wait_until(wakeup, lock, clock.now());
  EXPECT_TRUE(lock.owns_lock());
}

}  // namespace
}  // namespace tblog::testing
