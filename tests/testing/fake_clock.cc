// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/fake_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace tblog::testing {

double FakeClock::wall_time() noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  return wall_time_;
}

Clock::Monotonic FakeClock::now() noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

// The waiter is known to advance() exactly while `wakeup` is alive; advance()
// takes no lock but ours, so that the order of locks is always theirs, then
// ours.
void FakeClock::wait_until(std::condition_variable& wakeup,
                           std::unique_lock<std::mutex>& lock,
                           Monotonic deadline) noexcept {
  const Waiter waiter{&wakeup, deadline};
  {
    std::lock_guard<std::mutex> own(mutex_);
    if (now_ >= deadline) return;
    waiters_.push_back(&waiter);
    waiters_changed_.notify_all();
  }
  wakeup.wait(lock);
  std::lock_guard<std::mutex> own(mutex_);
  std::erase(waiters_, &waiter);
}

// A thread between its registration and its wait misses a notification: so
// notify until all are gone.
void FakeClock::advance(std::chrono::nanoseconds by) {
  std::unique_lock<std::mutex> lock(mutex_);
  now_ += std::chrono::duration_cast<Monotonic::duration>(by);
  wall_time_ += std::chrono::duration<double>(by).count();
  for (;;) {
    bool woke = false;
    for (const Waiter* waiter : waiters_) {
      if (waiter->deadline > now_) continue;
      waiter->wakeup->notify_all();
      woke = true;
    }
    if (!woke) return;
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
  }
}

void FakeClock::set_wall_time(double seconds) {
  std::lock_guard<std::mutex> lock(mutex_);
  wall_time_ = seconds;
}

void FakeClock::await_waiter(Monotonic deadline) {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool came =
      waiters_changed_.wait_for(lock, std::chrono::seconds(30), [&] {
        return std::any_of(
            waiters_.begin(), waiters_.end(),
            [&](const Waiter* w) { return w->deadline == deadline; });
      });
  if (!came) ADD_FAILURE() << "no thread waits for that deadline";
}

}  // namespace tblog::testing
