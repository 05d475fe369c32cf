// SPDX-License-Identifier: Apache-2.0
//
// CaptureData: the copies of one finished step, and the board where the last
// one hangs out for all Captures. Thread-safe.

#ifndef TBLOG_SRC_HOOK_CAPTURE_DATA_H_
#define TBLOG_SRC_HOOK_CAPTURE_DATA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/fork.h"
#include "src/hook/layer_table.h"
#include "src/hook/owned_tensor.h"
#include "tblog/rule.h"

namespace tblog::internal {

struct CaptureEntry {
  std::string layer;
  std::string type;
  int64_t index = 0;
  std::optional<int64_t> count;  // of the layers that indices count
  TensorKind kind = TensorKind::kOutputs;
  std::string base;  // "<layer>[:<call>][/<leaf>]"
  std::shared_ptr<const OwnedTensor> tensor;

  // The base, and "/<kind>" for all but outputs.
  std::string name() const;
};

struct CaptureData {
  int64_t step = -1;
  std::string phase;
  std::vector<CaptureEntry> entries;
  size_t left_out = 0;
};

class CaptureBoard {
 public:
  void put(std::shared_ptr<const CaptureData> data) {
    std::lock_guard<std::mutex> lock(mutex_);
    data_ = std::move(data);
  }
  // Null before the first finished step.
  std::shared_ptr<const CaptureData> get() const {
    if (fork_count.load(std::memory_order_relaxed) != generation_) {
      const auto* successor = successor_.load(std::memory_order_acquire);
      return successor == nullptr ? nullptr : (*successor)->get();
    }
    std::lock_guard<std::mutex> lock(mutex_);
    return data_;
  }
  // In a child of fork(): the board to look at instead. Once.
  void succeed(std::shared_ptr<const CaptureBoard> successor) {
    successor_.store(
        new std::shared_ptr<const CaptureBoard>(std::move(successor)),
        std::memory_order_release);
  }
  CaptureBoard() = default;
  ~CaptureBoard() { delete successor_.load(); }

 private:
  const uint32_t generation_ = fork_generation();
  std::atomic<std::shared_ptr<const CaptureBoard>*> successor_{nullptr};
  mutable std::mutex mutex_;
  std::shared_ptr<const CaptureData> data_;
};

// A Capture's own: what it asked for, and its part of the last step.
class CaptureView {
 public:
  CaptureView(std::shared_ptr<const CaptureBoard> board,
              std::shared_ptr<const CaptureRequest> request)
      : board_(std::move(board)), request_(std::move(request)) {}

  // Takes the last finished step from the board.
  void refresh();

  const CaptureData* data() const { return data_.get(); }
  const std::vector<const CaptureEntry*>& entries() const { return entries_; }

 private:
  const std::shared_ptr<const CaptureBoard> board_;
  const std::shared_ptr<const CaptureRequest> request_;
  std::shared_ptr<const CaptureData> data_;
  std::vector<const CaptureEntry*> entries_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_CAPTURE_DATA_H_
