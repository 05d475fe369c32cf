// SPDX-License-Identifier: Apache-2.0
//
// How a logging call takes the lock of its Core, which another thread may want
// as often: awake, for as long as that is likely to be faster than to be put to
// sleep and woken up.

#ifndef TBLOG_SRC_WRITER_CORE_LOCK_H_
#define TBLOG_SRC_WRITER_CORE_LOCK_H_

#include <mutex>

namespace tblog::internal {

// Tells the processor that a loop does but wait.
inline void pause_processor() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// The longer the pauses, the more often who has the lock takes it again before
// its lines of the cache move to another processor, which costs more than the
// work that the lock is for.
inline std::unique_lock<std::mutex> lock_awake(std::mutex& mutex) {
  constexpr int kFirstPauses = 16;
  constexpr int kLastPauses = 512;
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  for (int pauses = kFirstPauses; !lock.owns_lock() && pauses <= kLastPauses;
       pauses *= 2) {
    for (int i = 0; i < pauses; ++i) pause_processor();
    if (lock.try_lock()) break;
  }
  if (!lock.owns_lock()) lock.lock();
  return lock;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CORE_LOCK_H_
