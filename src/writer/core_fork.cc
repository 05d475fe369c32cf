// SPDX-License-Identifier: Apache-2.0
//
// Core in a child of fork(). Its thread is not there, and any of its locks may
// be held for ever: what is read here was fixed before the fork.

#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "src/writer/core.h"

namespace tblog::internal {

bool Core::reopens() const {
  return options_.after_fork == AfterFork::kReopen && open_status_.ok();
}

// Each process that logs adds one to the chain; those of its parents are left
// alone.
Core* Core::successor() const noexcept {
  Core* core = successor_.load(std::memory_order_acquire);
  while (core != nullptr && core->forked())
    core = core->successor_.load(std::memory_order_acquire);
  return core;
}

Core* Core::make_successor() const {
  const Core* last = this;
  while (const Core* next = last->successor_.load(std::memory_order_acquire)) {
    if (!next->forked()) break;
    last = next;
  }
  auto fresh = start_new(root_->directory, options_, Origin::kAfterFork);
  Core* before = nullptr;
  if (!last->successor_.compare_exchange_strong(before, fresh.get(),
                                                std::memory_order_acq_rel))
    return before;  // another thread's
  Core* core = fresh.release();
  if (!core->open_status_.ok()) core->report_open_failure();
  return core;
}

Run* Core::twin_in_child(const Run& run) const noexcept {
  if (!reopens()) return nullptr;
  try {
    Core* core = successor();
    if (core == nullptr) core = make_successor();
    if (!core->open_status_.ok()) return nullptr;
    if (&run == root_) return core->root_;
    return core->child(
        *core->root_,
        std::string_view(run.directory).substr(root_->directory.size() + 1));
  } catch (...) {
    return nullptr;  // no memory: the value is not logged
  }
}

void Core::release_in_child(Core* core) {
  // The parent's memory and descriptors are left as they are.
  if (Core* const own = core->successor()) release(own);
}

absl::Status Core::forked_status() const {
  if (reopens()) return absl::OkStatus();  // and nothing was logged here
  return absl::FailedPreconditionError(
      absl::StrCat("the writer of ", root_->directory,
                   " belongs to the process that forked this one; set "
                   "WriterOptions::after_fork to kReopen, or open one here"));
}

}  // namespace tblog::internal
