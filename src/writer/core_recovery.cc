// SPDX-License-Identifier: Apache-2.0
//
// What Core does where a file cannot be written, is not in its place any more,
// or shall not be written for want of room; and how it goes on.

#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/writer/caught.h"
#include "src/writer/core.h"
#include "src/writer/core_turn.h"

namespace tblog::internal {
namespace {

// Less is used up at once, and each time that it goes on costs metadata.
constexpr uint64_t kRoomToGoOn = 64 << 10;

}  // namespace

// ---- Before a queue is written ----

// With the turn. False: nothing waits any more.
bool Core::may_write(Lock& lock, Run& run, Notices& notices) {
  const Clock::Monotonic now = clock_->now();
  const uint64_t bytes = run.queue.bytes;
  const bool look = run.file.is_due(now);
  const bool measure = free_space_.is_due(now, bytes);
  if (!look && !measure) return true;
  RunFile::Found found;
  absl::Status room;
  lock.unlock();
  if (look) found = run.file.prepare(now);
  if (measure) room = free_space_.check(now, run.directory, bytes);
  lock.lock();
  note_unmeasured(notices);
  if (!found.status.ok()) start_failing(run, found.status, notices);
  if (found.status.ok()) follow_fate(run, found, notices);
  if (!room.ok() && !run.queue.empty()) stop_for_room(run, room, notices);
  return !run.queue.empty();
}

// A flush finds what became of a file also where nothing waits for it.
void Core::look_after(Lock& lock, Run& run, Notices& notices) {
  const Turn turn(*this, lock);
  const Clock::Monotonic now = clock_->now();
  if (!run.file.is_due(now)) return;
  lock.unlock();
  const RunFile::Found found = run.file.look(now);
  lock.lock();
  follow_fate(run, found, notices);
}

// What waits was encoded for the file: where that is lost, its metadata is, and
// what waits is of no use in another. A file that was moved takes it still.
void Core::follow_fate(Run& run, const RunFile::Found& found,
                       Notices& notices) {
  if (found.fate == FileFate::kLost) {
    lose_queue(run);
    ++run.file_number;
    ++stats_.recovered;
  } else if (found.fate == FileFate::kMoved) {
    if (!run.queue.begins_file()) begin_file(run);
    ++stats_.recovered;
  }
  note_fate(run, found, notices);
}

void Core::note_fate(Run& run, const RunFile::Found& found,
                     Notices& notices) noexcept {
  const bool lost = found.fate == FileFate::kLost;
  if (!lost && found.fate != FileFate::kMoved) return;
  caught([&] {
    const std::string path = escaped(found.path, 4096);
    if (lost && reporter_.first_time(Cause::kFileLost, run.number, {}))
      notices.push_back(
          {absl::DataLossError(absl::StrCat(
               path,
               " was deleted, cut short or replaced while it was written: what "
               "was logged to it is gone; what comes now goes to a new file")),
           true});
    if (!lost && reporter_.first_time(Cause::kFileMoved, run.number, {}))
      notices.push_back(
          {absl::NotFoundError(absl::StrCat(
               path,
               " was moved while it was written: it holds what was logged so "
               "far; what comes now goes to a new file")),
           false});
    return absl::OkStatus();
  }).IgnoreError();
}

// ---- Want of room ----

// The file stays open, and goes on once there is room.
void Core::stop_for_room(Run& run, const absl::Status& status,
                         Notices& notices) {
  stop_run(run);
  note_room(run, status, notices);
}

// One file system is short of room for all runs: told once.
void Core::note_room(Run& run, const absl::Status& status,
                     Notices& notices) noexcept {
  caught([&] {
    if (!reporter_.first_time(Cause::kLittleRoom, 0, {}))
      return absl::OkStatus();
    notices.push_back(
        {absl::Status(status.code(),
                      absl::StrCat("not writing to ", run.directory, ": ",
                                   status.message(),
                                   "; events are dropped until "
                                   "there is room again")),
         true});
    return absl::OkStatus();
  }).IgnoreError();
}

void Core::note_unmeasured(Notices& notices) noexcept {
  const absl::Status status = free_space_.take_failure();
  if (status.ok()) return;
  caught([&] {
    notices.push_back(
        {absl::Status(status.code(),
                      absl::StrCat("WriterOptions::min_free_bytes has no "
                                   "effect: ",
                                   status.message())),
         false});
    return absl::OkStatus();
  }).IgnoreError();
}

// ---- Failures ----

void Core::start_failing(Run& run, const absl::Status& status,
                         Notices& notices) {
  stop_run(run);
  note_failure(run,
               "; its events are dropped until a new file can be written, "
               "which is tried again and again",
               status, notices);
}

// Once for each code of each run, and for syncs apart.
void Core::note_failure(Run& run, std::string_view what,
                        const absl::Status& status, Notices& notices) noexcept {
  const absl::Status noted = caught([&] {
    const std::string subject =
        absl::StrCat(static_cast<int>(status.code()), to_absl(what));
    if (reporter_.first_time(Cause::kWriteFailed, run.number, subject))
      notices.push_back(
          {absl::Status(status.code(),
                        absl::StrCat("cannot write to ", run.directory, ": ",
                                     status.message(), to_absl(what))),
           true});
    return absl::OkStatus();
  });
  // Without memory there is the count of what was lost.
  noted.IgnoreError();
}

// From now on its events are dropped; the first one after that brings metadata.
void Core::stop_run(Run& run) {
  lose_queue(run);
  ++run.file_number;
  run.backoff.fail(clock_->now());
  wakeup_.notify_one();  // where a caller writes: to try again in time
}

void Core::lose_queue(Run& run) {
  const uint64_t lost = drop_queue(run);
  stats_.dropped += lost;
  lost_ += lost;
  room_.notify_all();
}

uint64_t Core::drop_queue(Run& run) {
  uint64_t lost = 0;
  for (const Chunk& chunk : run.queue.chunks)
    lost += records_beyond(chunk.bytes, 0);
  queued_bytes_ -= run.queue.bytes;
  run.left_total += run.queue.bytes;
  run.queue.bytes = 0;
  release_from_journal(run);
  recycle(run.queue.chunks);
  run.queue.file_breaks.clear();
  run.file_bytes = 0;
  return lost;
}

// A file is still open where only room was missing.
void Core::retry_run(Lock& lock, Run& run, Notices& notices) {
  const Turn turn(*this, lock);
  const Clock::Monotonic now = clock_->now();
  const bool measure = free_space_.is_due(now, kRoomToGoOn);
  size_t reached = 0;
  absl::Status room;
  absl::Status opened;
  lock.unlock();
  if (measure) room = free_space_.check(now, run.directory, kRoomToGoOn);
  if (room.ok() && !run.file.is_open()) opened = run.file.open(&reached);
  lock.lock();
  stats_.bytes += reached;
  note_unmeasured(notices);
  if (!room.ok()) return stop_for_room(run, room, notices);
  if (!opened.ok()) return start_failing(run, opened, notices);
  run.backoff.resume();
  ++stats_.recovered;
}

}  // namespace tblog::internal
