// SPDX-License-Identifier: Apache-2.0

#include "src/base/counter_time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace tblog::internal {
namespace {

constexpr uint64_t kMega = 1'000'000;

// A counter of 2.5 ticks a nanosecond, from 10^9 on, and a clock from 10^18 on.
int64_t clock_at(uint64_t counter) {
  return 1'000'000'000'000'000'000 +
         static_cast<int64_t>((counter - 1000 * kMega) * 2 / 5);
}

void learn(CounterTime& time, uint64_t counter, int64_t wrong_nanos = 0) {
  time.learn(counter - 50, clock_at(counter) + wrong_nanos, counter + 50);
}

// One that knows the time from 1,006 million ticks on.
void teach(CounterTime& time) {
  for (uint64_t mega : {1000, 1002, 1004, 1006}) learn(time, mega * kMega);
}

double error_at(const CounterTime& time, uint64_t counter) {
  double seconds = 0;
  EXPECT_TRUE(time.at(counter, seconds)) << counter;
  return seconds - 1e-9 * static_cast<double>(clock_at(counter));
}

bool knows(const CounterTime& time, uint64_t counter) {
  double seconds;
  return time.at(counter, seconds);
}

TEST(CounterTimeTest, KnowsNothingBeforeItHasSeenOnePaceTwice) {
  CounterTime time;
  EXPECT_FALSE(knows(time, 0));
  EXPECT_FALSE(knows(time, 1000 * kMega));
  learn(time, 1000 * kMega);
  EXPECT_FALSE(knows(time, 1000 * kMega + 1));
  learn(time, 1002 * kMega);
  EXPECT_FALSE(knows(time, 1002 * kMega + 1));
  learn(time, 1004 * kMega);
  EXPECT_TRUE(knows(time, 1004 * kMega + 1));
}

TEST(CounterTimeTest, SaysWhatTheClockSaysForTwoMillionTicks) {
  CounterTime time;
  teach(time);
  // A double has steps of 0.1 µs there.
  EXPECT_NEAR(error_at(time, 1006 * kMega), 0, 2e-7);
  EXPECT_NEAR(error_at(time, 1008 * kMega), 0, 2e-7);
  EXPECT_FALSE(knows(time, 1009 * kMega));
  EXPECT_FALSE(knows(time, 1006 * kMega - 1)) << "before it was learned";
}

TEST(CounterTimeTest, FollowsAStepOfTheClockAndSaysNothingMeanwhile) {
  CounterTime time;
  teach(time);
  constexpr int64_t kHour = 3'600'000'000'000;
  for (const uint64_t mega : {1009, 1012}) {
    learn(time, mega * kMega, -kHour);
    EXPECT_FALSE(knows(time, mega * kMega + 1)) << mega;
  }
  learn(time, 1015 * kMega, -kHour);
  EXPECT_NEAR(error_at(time, 1016 * kMega), -3600, 1e-6);
}

TEST(CounterTimeTest, FollowsAClockThatIsSetRightSlowly) {
  CounterTime time;
  teach(time);
  int64_t wrong = 0;
  for (uint64_t mega = 1009; mega < 1100; mega += 3) {
    wrong += 600;  // of 1.2 million nanoseconds
    learn(time, mega * kMega, wrong);
    EXPECT_NEAR(error_at(time, mega * kMega + kMega), 1e-9 * wrong, 1e-6);
  }
}

TEST(CounterTimeTest, AReadingThatWasInterruptedTeachesNothing) {
  CounterTime time;
  teach(time);
  time.learn(1009 * kMega, clock_at(1009 * kMega) + 1'000'000, 1012 * kMega);
  EXPECT_NEAR(error_at(time, 1008 * kMega), 0, 2e-7);
}

TEST(CounterTimeTest, ACounterThatGoesBackIsNotBelieved) {
  CounterTime time;
  teach(time);
  learn(time, 1001 * kMega);
  EXPECT_FALSE(knows(time, 1001 * kMega + 1));
}

// Whatever is read, it is never put together from two.
TEST(CounterTimeTest, ThreadsReadWhatBelongsTogether) {
  CounterTime time;
  teach(time);
  std::atomic<uint64_t> newest{1006 * kMega};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (newest < 3000 * kMega) {
        const uint64_t counter = newest + kMega;
        double seconds;
        if (time.at(counter, seconds)) {
          EXPECT_NEAR(seconds, 1e-9 * static_cast<double>(clock_at(counter)),
                      1e-6);
        }
      }
    });
  }
  for (uint64_t mega = 1008; mega <= 3000; mega += 2) {
    learn(time, mega * kMega);
    newest = mega * kMega;
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace tblog::internal
