// SPDX-License-Identifier: Apache-2.0
//
// HookReports: counts what hooks refuse, and tells of each cause once: to the
// writer's status() and on_error, to HookOptions::on_error, and to whoever asks
// later. Thread-safe; call it with no lock held, for on_error may do anything.

#ifndef TBLOG_SRC_HOOK_REPORT_H_
#define TBLOG_SRC_HOOK_REPORT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "src/base/fork.h"
#include "tblog/layer_hooks.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// The exception in flight, in a catch block: "<where> threw: <what>".
absl::Status describe_exception(std::string_view where);

class HookReports {
 public:
  static constexpr size_t kMaxReports = 1000;

  HookReports(const SummaryWriter& writer,
              std::function<void(const absl::Status&)> on_error)
      : writer_(writer.share()), on_error_(std::move(on_error)) {}

  // Tells of `status` unless the same was told before. `cause`: what makes it
  // the same; by default the whole message.
  void tell(const absl::Status& status, std::string_view cause = {}) noexcept;
  // The same of what is no failure: it does not go to anybody's status().
  void remark(const absl::Status& status, std::string_view cause = {}) noexcept;
  // tell() of a value that is lost, and counted.
  void refuse(const absl::Status& status, std::string_view cause = {}) noexcept;
  // The same of an exception in flight, in a catch block.
  void caught(std::string_view where, std::string_view layer = {}) noexcept;
  // The same of one that describe_exception() has put into words.
  void exception(const absl::Status& status) noexcept;

  absl::Status status() const;
  std::vector<std::string> all() const;
  HookStats stats() const noexcept;

  std::atomic<uint64_t> observed{0};
  std::atomic<uint64_t> logged{0};
  std::atomic<uint64_t> findings{0};
  std::atomic<uint64_t> broken_steps{0};

 private:
  // In a child of fork() the lock may be held for ever: nothing is told.
  bool forked() const {
    return fork_count.load(std::memory_order_relaxed) != generation_;
  }
  bool first_time(const absl::Status& status, std::string_view cause,
                  bool failure);
  void report(const absl::Status& status, std::string_view cause,
              bool failure) noexcept;

  const SummaryWriter writer_;
  const std::function<void(const absl::Status&)> on_error_;
  const uint32_t generation_ = fork_generation();
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> exceptions_{0};

  mutable std::mutex mutex_;
  absl::flat_hash_set<std::string> told_;
  std::vector<std::string> reports_;
  absl::Status status_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_REPORT_H_
