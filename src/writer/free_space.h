// SPDX-License-Identifier: Apache-2.0
//
// FreeSpace: whether a file system keeps WriterOptions::min_free_bytes free. It
// is asked once a second, and when what was free then is used up. One thread at
// a time: who has the Core's turn to write.

#ifndef TBLOG_SRC_WRITER_FREE_SPACE_H_
#define TBLOG_SRC_WRITER_FREE_SPACE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "tblog/clock.h"
#include "tblog/file_system.h"

namespace tblog::internal {

class FreeSpace {
 public:
  // `min_bytes` 0: all is well, and nothing asked.
  FreeSpace(FileSystem* file_system, uint64_t min_bytes)
      : file_system_(file_system), min_bytes_(min_bytes) {}

  // Whether check() is to be called before `bytes` are written.
  bool is_due(Clock::Monotonic now, uint64_t bytes) const {
    return !has_room(bytes) || (min_bytes_ > 0 && now >= ask_at_);
  }
  // As far as the last check() tells.
  bool has_room(uint64_t bytes) const {
    return min_bytes_ == 0 || bytes <= room_;
  }
  // ResourceExhausted where `bytes` more leave less free than shall be. OK also
  // where the file system does not tell: see take_failure().
  absl::Status check(Clock::Monotonic now, const std::string& directory,
                     uint64_t bytes) noexcept;
  // After check() or where it is not due.
  void spend(uint64_t bytes) { room_ -= bytes < room_ ? bytes : room_; }

  // Why the file system does not tell, the first time it does not.
  absl::Status take_failure() { return std::exchange(failure_, {}); }

 private:
  FileSystem* file_system_;
  uint64_t min_bytes_;
  Clock::Monotonic ask_at_{};
  uint64_t room_ = 0;
  absl::Status failure_;
  bool has_failed_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_FREE_SPACE_H_
