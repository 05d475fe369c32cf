// SPDX-License-Identifier: Apache-2.0

#include "src/base/fork.h"

#include <pthread.h>
#include <unistd.h>

#include <array>

namespace tblog::internal {
namespace {

// Each one more than a descriptor; 0: free.
std::array<std::atomic<int>, 256> closed_in_children;

void begin_child() {
  fork_count.fetch_add(1, std::memory_order_relaxed);
  for (std::atomic<int>& place : closed_in_children) {
    const int fd = place.exchange(0, std::memory_order_relaxed) - 1;
    if (fd >= 0) ::close(fd);
  }
}

}  // namespace

std::atomic<uint32_t> fork_count{0};

uint32_t fork_generation() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, begin_child);
  static_cast<void>(registered);
  return fork_count.load(std::memory_order_relaxed);
}

bool close_in_children(int fd) {
  fork_generation();
  for (std::atomic<int>& place : closed_in_children) {
    int free = 0;
    if (place.compare_exchange_strong(free, fd + 1)) return true;
  }
  return false;
}

void keep_in_children(int fd) {
  for (std::atomic<int>& place : closed_in_children) {
    int known = fd + 1;
    if (place.compare_exchange_strong(known, 0)) return;
  }
}

}  // namespace tblog::internal
