// SPDX-License-Identifier: Apache-2.0

#include "src/writer/free_space.h"

#include <chrono>
#include <limits>

#include "absl/strings/str_cat.h"
#include "src/writer/caught.h"

namespace tblog::internal {

absl::Status FreeSpace::check(Clock::Monotonic now,
                              const std::string& directory,
                              uint64_t bytes) noexcept {
  uint64_t free = std::numeric_limits<uint64_t>::max();
  const absl::Status asked = caught([&] {
    const absl::StatusOr<uint64_t> answer = file_system_->free_bytes(directory);
    if (answer.ok()) free = *answer;
    return answer.status();
  });
  if (!asked.ok() && !std::exchange(has_failed_, true)) failure_ = asked;
  ask_at_ = now + std::chrono::seconds(1);
  room_ = free > min_bytes_ ? free - min_bytes_ : 0;
  if (free >= min_bytes_ && bytes <= room_) return absl::OkStatus();
  return caught([&]() -> absl::Status {
    return absl::ResourceExhaustedError(
        absl::StrCat("its file system has ", free,
                     " free bytes, and "
                     "WriterOptions::min_free_bytes keeps ",
                     min_bytes_, " of them"));
  });
}

}  // namespace tblog::internal
