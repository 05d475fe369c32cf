// SPDX-License-Identifier: Apache-2.0

#include "src/writer/core.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/coarse_clock.h"
#include "src/base/strings.h"
#include "src/writer/blocked_signals.h"
#include "src/writer/caught.h"
#include "src/writer/journal.h"
#include "src/writer/live_writers.h"
#include "src/writer/options.h"

namespace tblog::internal {
namespace {

constexpr uint64_t kWriteEarlyBytes = 256 << 10;

Clock* clock_of(const WriterOptions& options) {
  if (options.clock != nullptr) return options.clock;
  return options.wall_clock == WallClock::kCoarse ? coarse_clock()
                                                  : Clock::real();
}

}  // namespace

Core::Core(const WriterOptions& options, Origin origin)
    : options_(options),
      origin_(origin),
      file_system_(options.file_system != nullptr ? options.file_system
                                                  : FileSystem::real()),
      fixed_clock_(clock_of(options)),
      clock_(options.deterministic ? &fixed_clock_ : clock_of(options)),
      has_real_clock_(!options.deterministic && options.clock == nullptr),
      max_pending_bytes_(options.max_pending_bytes),
      chunk_bytes_(
          std::min(kMaxChunkBytes, options.max_pending_bytes / kFirstChunks)),
      write_early_bytes_(
          std::min<uint64_t>(kWriteEarlyBytes, options.max_pending_bytes / 4)),
      has_short_way_(options.thin_scalars_after == 0 && !drops_oldest(options)),
      reporter_(options.on_error),
      open_files_(options.max_open_files),
      free_space_(file_system_, options.min_free_bytes) {}

std::unique_ptr<Core> Core::start_new(std::string_view logdir,
                                      const WriterOptions& options,
                                      Origin origin) {
  std::unique_ptr<Core> core(new Core(options, origin));
  core->open_status_ = core->start(logdir);
  core->enabled_ = core->open_status_.ok();
  return core;
}

std::shared_ptr<Core> Core::make(std::string_view logdir,
                                 const WriterOptions& options) {
  return {start_new(logdir, options, Origin::kOpened).release(),
          &Core::release};
}

std::shared_ptr<Core> Core::make_failed(const absl::Status& status,
                                        const WriterOptions& options) {
  std::shared_ptr<Core> core(new Core(options, Origin::kOpened),
                             &Core::release);
  core->open_status_ = status;
  core->add_run("");
  return core;
}

absl::Status Core::start(std::string_view logdir) {
  if (absl::Status status = check_options(options_); !status.ok()) {
    add_run("");
    return status;
  }
  auto directory = check_logdir(*file_system_, logdir);
  if (!directory.ok()) {
    add_run("");
    return directory.status();
  }
  drain_left_journals(*directory);
  add_run(*directory, find_previous_files(*file_system_, *directory));
  size_t reached = 0;
  if (absl::Status status = root().file.open(&reached); !status.ok()) {
    root().file.abandon();
    return absl::Status(status.code(), absl::StrCat("cannot open a writer in ",
                                                    escaped(*directory, 4096),
                                                    ": ", status.message()));
  }
  stats_.bytes = reached;
  if (options_.durability == Durability::kJournaled) open_journal();
  taken_.chunks.reserve(kFirstChunks);
  for (size_t i = 0; i < kFirstChunks; ++i)
    free_chunks_.emplace_back().reserve(chunk_bytes_);
  add_live_writer(*this);
  try {
    const BlockedSignals blocked;  // the thread has its maker's mask
    thread_ = std::thread([this] {
      io_thread_id_ = std::this_thread::get_id();
      run_io();
      if (orphaned_) delete this;
    });
  } catch (const std::system_error& error) {
    root().file.abandon();
    Notices ignored;
    remove_journal(ignored);
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start the thread that writes to ", *directory,
                     ": ", error.what()));
  }
  return absl::OkStatus();
}

// on_error, on the I/O thread, may destroy the last handle: then the thread
// ends by itself.
void Core::release(Core* core) {
  if (core->forked()) return release_in_child(core);
  if (!core->on_io_thread()) {
    delete core;
    return;
  }
  core->end_sessions();
  core->orphaned_ = true;
  core->enabled_ = false;
  core->thread_.detach();
  Lock lock(core->mutex_);
  core->closing_ = true;
}

Core::~Core() {
  const bool closes = thread_.joinable();
  if (closes) close().IgnoreError();
  if (closes || orphaned_) report_losses();
  remove_live_writer(*this);
}

void Core::report_losses() noexcept {
  caught([&] {
    const absl::Status status = closing_status();
    if (lost_ > 0) reporter_.tell({{status, true}});
    return absl::OkStatus();
  }).IgnoreError();
}

void Core::report_open_failure() noexcept {
  reporter_.deliver({{open_status_, true}});
}

void Core::add_run(std::string directory, const PreviousFiles& previous) {
  runs_.push_back(
      std::make_unique<Run>(*this, runs_.size(), std::move(directory), options_,
                            file_system_, clock_, open_files_, reporter_));
  runs_.back()->queue.chunks.reserve(kFirstChunks);
  Run& run = *runs_.back();
  if (previous.newest_secs) run.previous = previous;
  // A parent that is at work is what was asked for.
  if (run.previous && origin_ == Origin::kAfterFork)
    run.previous->being_written.clear();
  // Names sort in the order of creation, also where a clock went back.
  const auto now = static_cast<int64_t>(clock_->wall_time());
  if (previous.newest_secs &&
      (options_.resume_step || drained_ || *previous.newest_secs > now))
    run.file.sort_after(*previous.newest_secs);
  run.file.prepare_spare();
  run.before = last_run_.load(std::memory_order_relaxed);
  last_run_.store(&run, std::memory_order_release);
  if (root_ == nullptr) root_ = &run;
  if (journal_ != nullptr) add_to_journal(run);
}

Run* Core::find_run(std::string_view directory) {
  for (const auto& run : runs_) {
    if (run->directory == directory) return run.get();
  }
  return nullptr;
}

Run* Core::child(Run& parent, std::string_view name) {
  if (!usable()) return nullptr;
  auto clean = check_child_name(name);
  if (!clean.ok()) {
    refuse(parent, Cause::kBadChild, name, clean.status().message());
    return nullptr;
  }
  std::string directory = absl::StrCat(parent.directory, "/", *clean);
  Lock lock(mutex_);
  if (Run* known = find_run(directory)) return known;
  lock.unlock();
  const PreviousFiles previous = find_previous_files(*file_system_, directory);
  lock.lock();
  if (Run* known = find_run(directory)) return known;
  add_run(std::move(directory), previous);
  return runs_.back().get();
}

absl::Status Core::flush(FlushLevel level) {
  if (!open_status_.ok()) return status();
  if (on_io_thread())
    return absl::FailedPreconditionError(
        "flush() inside of on_error on the thread that writes");
  Notices notices;
  Lock lock(mutex_);
  const bool files = level == FlushLevel::kNewFile;
  for (size_t i = 0; files && !closing_ && i < runs_.size(); ++i) {
    write_last_points(lock, *runs_[i], notices);
    if (runs_[i]->file_bytes > 0) begin_file(*runs_[i]);
  }
  if (closing_)
    return absl::FailedPreconditionError(
        absl::StrCat("flush() after close() of ", root().directory));
  const uint64_t request = ++flush_requested_;
  flush_awaited_ = next_awaited_;
  if (level == FlushLevel::kDisk) sync_requested_ = true;
  wakeup_.notify_one();
  done_.wait(lock, [&] { return flush_done_ >= request; });
  lock.unlock();
  deliver(notices);
  return status();
}

absl::Status Core::close() {
  if (!open_status_.ok()) return status();
  if (on_io_thread())
    return absl::FailedPreconditionError(
        "close() inside of on_error on the thread that writes");
  std::lock_guard<std::mutex> one_at_a_time(close_mutex_);
  if (closed_) return close_status_;
  end_sessions();
  enabled_ = false;
  {
    Lock lock(mutex_);
    closing_ = true;
    wakeup_.notify_one();
    room_.notify_all();
  }
  thread_.join();
  closed_ = true;
  close_status_ = closing_status();
  return close_status_;
}

absl::Status Core::closing_status() const {
  const absl::Status first = status();
  Lock lock(mutex_);
  if (lost_ == 0) return first;
  return absl::DataLossError(
      absl::StrCat(lost_, lost_ == 1 ? " event was" : " events were",
                   " lost; the first failure: ", first.ToString()));
}

absl::Status Core::status() const { return reporter_.status(); }

WriterStats Core::stats() const {
  Lock lock(mutex_);
  WriterStats stats = stats_;
  stats.pending_bytes = queued_bytes_ + in_flight_bytes_ + awaited_bytes_;
  return stats;
}

}  // namespace tblog::internal
