// SPDX-License-Identifier: Apache-2.0
//
// WatchMemory: what the watches know of one tag from step to step. One thread
// at a time.

#ifndef TBLOG_SRC_HOOK_WATCH_MEMORY_H_
#define TBLOG_SRC_HOOK_WATCH_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "tblog/watch.h"

namespace tblog::internal {

class WatchMemory {
 public:
  // Takes note of one look; whether this is the first time that the condition
  // has held `in_a_row` looks one after the other.
  bool look(Watch watch, bool holds, int in_a_row) {
    int& looks = looks_[static_cast<size_t>(watch)];
    if (looks == kTold) return false;
    looks = holds ? looks + 1 : 0;
    if (looks < in_a_row) return false;
    looks = kTold;
    return true;
  }

 private:
  static constexpr int kTold = 1'000'001;  // more than anybody may ask for

  std::array<int, kWatches> looks_{};
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_WATCH_MEMORY_H_
