// SPDX-License-Identifier: Apache-2.0
//
// The side of Core that writes: from a queue to a file.

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/writer/caught.h"
#include "src/writer/core.h"
#include "src/writer/core_turn.h"

namespace tblog::internal {
namespace {

constexpr std::string_view kSyncMayLose =
    "; what was to be synced may be lost if the machine dies";
constexpr std::string_view kClosingMayLose = " (closing)";

// Of Core::spare_record_: an RGB image of 1,600 by 1,600 pixels.
constexpr size_t kMaxSpareBytes = size_t{8} << 20;

}  // namespace

bool Core::on_io_thread() const {
  return io_thread_id_.load() == std::this_thread::get_id();
}

void Core::run_io() {
  Lock lock(mutex_);
  for (;;) {
    ask_device(lock);
    if (queued_bytes_ == 0) {
      flush_at_ = Clock::Monotonic::max();
    } else if (flush_at_ == Clock::Monotonic::max()) {
      flush_at_ = clock_->now() + options_.max_flush_delay;
    }
    const Clock::Monotonic deadline = next_deadline();
    if (is_urgent() || clock_->now() >= deadline) {
      write_pass(lock);
      if (closing_ && queued_bytes_ == 0 && awaited_.empty() &&
          flush_done_ == flush_requested_)
        break;
    } else {
      clock_->wait_until(wakeup_, lock, deadline);
    }
  }
  close_files(lock);
}

bool Core::is_urgent() const {
  const bool ending = closing_ || flush_requested_ != flush_done_;
  return hurry_ || queued_bytes_ >= write_early_bytes_ ||
         (ending && !waits_for_device());
}

Clock::Monotonic Core::next_deadline() const {
  Clock::Monotonic deadline = flush_at_;
  if (!awaited_.empty()) deadline = std::min(deadline, ask_at_);
  for (const auto& run : runs_) {
    if (run->backoff.failing())
      deadline = std::min(deadline, run->backoff.retry_at());
  }
  return deadline;
}

// The first failure sticks before a flush() returns; on_error, which may take
// its time, is told after.
void Core::write_pass(Lock& lock) {
  const bool ends = !waits_for_device();
  const uint64_t request = ends ? flush_requested_ : flush_done_;
  const bool to_the_end = ends && (request != flush_done_ || closing_);
  const bool sync = ends && std::exchange(sync_requested_, false);
  hurry_ = false;
  flush_at_ = Clock::Monotonic::max();
  Notices notices;
  // First: TensorBoard looks for a config when it finds a run's event file.
  if (!file_jobs_.empty()) write_files(lock, notices);
  for (size_t i = 0; i < runs_.size(); ++i) {
    Run& run = *runs_[i];
    if (run.backoff.failing() && !closing_ &&
        clock_->now() >= run.backoff.retry_at())
      retry_run(lock, run, notices);
    if (to_the_end) write_last_points(lock, run, notices);
    // Not what comes meanwhile, which would have no end.
    const uint64_t until = run.queued_total;
    while (!run.queue.empty()) {
      write_run(lock, run, notices);
      if (run.left_total >= until) break;
    }
    if (request != flush_done_) look_after(lock, run, notices);
    if (sync) sync_run(lock, run, notices);
  }
  reporter_.keep(notices);
  flush_done_ = request;
  done_.notify_all();
  if (notices.empty()) return;
  lock.unlock();
  reporter_.tell(notices);
  lock.lock();
}

void Core::write_run(Lock& lock, Run& run, Notices& notices) {
  const Turn turn(*this, lock);
  if (run.queue.empty() || !may_write(lock, run, notices)) return;
  taken_for_ = &run;
  take_queue(run);
  free_space_.spend(taken_.bytes);
  const uint64_t position = run.taken_total() - taken_.bytes;
  lock.unlock();
  std::string spare;
  for (Chunk& chunk : taken_.chunks) {
    if (chunk.stored != nullptr) run.file.compress(chunk, spare);
  }
  const RunFile::Written written = run.file.write(taken_, position);
  lock.lock();
  const uint64_t bytes = std::exchange(taken_.bytes, 0);
  taken_for_ = nullptr;
  release_from_journal(run);
  if (spare.capacity() <= kMaxSpareBytes &&
      spare.capacity() > spare_record_.capacity())
    spare_record_.swap(spare);
  recycle(taken_.chunks);
  taken_.file_breaks.clear();
  settle(run, bytes, written, notices);
}

bool Core::can_write_at_once(Run& run, uint64_t bytes,
                             std::optional<double> wall_time) const {
  constexpr double kSeconds = 0.001;
  if (turn_taken_ || !run.queue.empty() || !run.file.is_ready()) return false;
  if (!has_real_clock_) wall_time.reset();
  if (wall_time && *wall_time >= run.checked_at &&
      *wall_time < run.checked_at + kSeconds)
    return free_space_.has_room(bytes);
  const Clock::Monotonic now = clock_->now();
  if (run.file.is_due(now) || free_space_.is_due(now, bytes)) return false;
  if (wall_time) run.checked_at = *wall_time;
  return true;
}

void Core::write_at_once(Lock& lock, Run& run, std::string_view record,
                         Notices& notices) {
  const Turn turn(*this, lock);
  free_space_.spend(record.size());
  count_logged(run, record.size());
  in_flight_bytes_ += record.size();
  lock.unlock();
  const RunFile::Written written = run.file.write(record);
  lock.lock();
  settle(run, record.size(), written, notices);
}

void Core::settle(Run& run, uint64_t bytes, const RunFile::Written& written,
                  Notices& notices) {
  in_flight_bytes_ -= bytes;
  run.left_total += bytes;
  stats_.bytes += written.bytes;
  stats_.dropped += written.lost;
  lost_ += written.lost;
  if (written.writing.ok()) {
    run.backoff.reset();
  } else {
    start_failing(run, written.writing, notices);
  }
  if (!written.closing.ok())
    note_failure(run, kClosingMayLose, written.closing, notices);
  if (!written.syncing.ok())
    note_failure(run, kSyncMayLose, written.syncing, notices);
  room_.notify_all();
}

// What was appended is in the file all the same: the file goes on.
void Core::sync_run(Lock& lock, Run& run, Notices& notices) {
  const Turn turn(*this, lock);
  lock.unlock();
  const absl::Status status = run.file.sync();
  lock.lock();
  if (!status.ok()) note_failure(run, kSyncMayLose, status, notices);
}

// The list of runs may still grow, but not by runs with a file.
void Core::close_files(Lock& lock) {
  Notices notices;
  for (size_t i = 0; i < runs_.size(); ++i) {
    Run& run = *runs_[i];
    const Turn turn(*this, lock);
    lock.unlock();
    const RunFile::Found found = run.file.look_now();
    const absl::Status status = run.file.end();
    lock.lock();
    if (found.fate == FileFate::kLost) note_fate(run, found, notices);
    if (!status.ok()) note_failure(run, kClosingMayLose, status, notices);
  }
  lock.unlock();
  remove_journal(notices);
  reporter_.deliver(notices);
}

}  // namespace tblog::internal
