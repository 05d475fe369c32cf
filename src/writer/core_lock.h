// SPDX-License-Identifier: Apache-2.0
//
// How a logging call takes the lock of its Core, which another thread may want
// as often: awake, for as long as that is likely to be faster than to be put to
// sleep and woken up.

#ifndef TBLOG_SRC_WRITER_CORE_LOCK_H_
#define TBLOG_SRC_WRITER_CORE_LOCK_H_

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace tblog::internal {

// Tells the processor that a loop does but wait.
inline void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// How wanted a mutex was of late. It grows with each call that had to wait for
// one of another thread, and shrinks with each 256 that had not.
class Crowd {
 public:
  int level() const { return level_.load(std::memory_order_relaxed); }

  // With the mutex, by each call that has taken it.
  void entered(bool waited) {
    const std::thread::id me = std::this_thread::get_id();
    const int now = level();
    // Else it was the thread that writes, which is gone soon.
    const bool met_another = waited && last_ != me;
    last_ = me;
    if (met_another) {
      free_calls_ = 0;
      level_.store(std::min(now + 1, kMaxLevel), std::memory_order_relaxed);
    } else if (now > 0 && ++free_calls_ == kFreeCalls) {
      free_calls_ = 0;
      level_.store(now - 1, std::memory_order_relaxed);
    }
  }

 private:
  static constexpr int kMaxLevel = 6;
  static constexpr int kFreeCalls = 256;

  std::atomic<int> level_{0};
  int free_calls_ = 0;  // since it changed or one had to wait
  std::thread::id last_;
};

// Two calls that meet by chance wait for each other but shortly. Threads that
// log as fast as they can wait the longer: who has the lock then takes it again
// and again, and its lines of the cache stay, which to move to another
// processor costs more than the work that the lock is for.
inline std::unique_lock<std::mutex> lock_awake(std::mutex& mutex,
                                               Crowd& crowd) {
  constexpr int kFirstPauses = 16;
  constexpr int kLastPauses = 64;  // of level 0
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  if (lock.owns_lock()) {
    crowd.entered(false);
    return lock;
  }
  const int level = crowd.level();
  for (int pauses = kFirstPauses << level; pauses <= kLastPauses << level;
       pauses *= 2) {
    for (int i = 0; i < pauses; ++i) pause_processor();
    if (lock.try_lock()) break;
  }
  if (!lock.owns_lock()) lock.lock();
  crowd.entered(true);
  return lock;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CORE_LOCK_H_
