// SPDX-License-Identifier: Apache-2.0

#include "src/base/fork.h"

#include <pthread.h>

namespace tblog::internal {

std::atomic<uint32_t> fork_count{0};

uint32_t fork_generation() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] {
    fork_count.fetch_add(1, std::memory_order_relaxed);
  });
  static_cast<void>(registered);
  return fork_count.load(std::memory_order_relaxed);
}

}  // namespace tblog::internal
