// SPDX-License-Identifier: Apache-2.0
//
// Reporter: keeps the first failure, and tells on_error of each cause once.
// Thread-safe.
//
// In two steps, because causes are noticed under the writer's lock and on_error
// may do anything, logging included: first_time() and a Notice under the lock,
// then deliver() without it.

#ifndef TBLOG_SRC_WRITER_REPORTER_H_
#define TBLOG_SRC_WRITER_REPORTER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"

namespace tblog::internal {

// Why something is reported. A cause and its subject (a tag, a path) are heard
// of once.
enum class Cause : uint8_t {
  // Refused.
  kEmptyTag,
  kInvalidTag,
  kOtherKind,
  kOtherCount,
  kInvalidValue,
  kTooLarge,
  kTagFull,
  kLateDescription,
  kBadChild,
  kThrown,
  kSecondCall,
  // Lost.
  kQueueFull,
  kWriteFailed,
  kFileLost,
  kLittleRoom,
  kOutOfMemory,
  kClosed,
  kDeviceTimeout,
  kDeviceFailed,
  // Written, but not quite as the caller may think.
  kFileMoved,
  kOddTag,
  kStepBack,
  kBelowPrevious,
  kOtherWriter,
  kCutOff,
  kNoStep,
  kWallTime,
  kBeyondFloat,
  kDuplicateTag,
  kManyTags,
  kInvalidUtf8,
  kClampedPixels,
  kClampedValues,
  kNotFinite,
  kMissingNode,
  kClampedSamples,
  kNanSamples,
  kOddRate,
  kWidened,
  kTooManyPoints,
};

struct Notice {
  absl::Status status;
  bool failure;  // sticks in status(); else it is a remark for on_error only
};
using Notices = std::vector<Notice>;

class Reporter {
 public:
  using OnError = std::function<void(const absl::Status&)>;

  // More causes than these are counted by the writer, but not told apart any
  // more: a bound on memory.
  static constexpr size_t kMaxCauses = 10'000;

  // An empty `on_error` writes a line to stderr.
  explicit Reporter(OnError on_error);

  // Whether `cause` was never noticed for `subject`, in the run with the number
  // `run`.
  bool first_time(Cause cause, size_t run, std::string_view subject);

  // Keeps the first failure of all. Call it before anybody can ask status().
  void keep(const Notices& notices);
  // Tells on_error, but not from inside of on_error on the same thread, so that
  // a handler that logs badly cannot call itself for ever. Hold no lock.
  void tell(const Notices& notices) noexcept;
  void deliver(const Notices& notices) noexcept;

  absl::Status status() const;

 private:
  OnError on_error_;
  mutable std::mutex mutex_;
  std::unordered_set<uint64_t> causes_;
  absl::Status status_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_REPORTER_H_
