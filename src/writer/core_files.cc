// SPDX-License-Identifier: Apache-2.0
//
// Files beside event files: from the caller to the I/O thread.

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/writer/caught.h"
#include "src/writer/core.h"
#include "src/writer/core_turn.h"
#include "src/writer/embedding_files.h"

namespace tblog::internal {

bool Core::takes_events(Run& run) {
  if (!usable()) return false;
  Notices notices;
  bool takes;
  {
    Lock lock(mutex_);
    takes = accepts(run, notices);
  }
  deliver(notices);
  return takes;
}

int64_t Core::step_of(Run& run, At at, std::string_view name) {
  if (!usable()) return 0;
  Notices notices;
  int64_t step;
  {
    Lock lock(mutex_);
    Slot slot;
    slot.tag = name;
    step = run.resolve_step(at, slot, notices);
  }
  deliver(notices);
  return step;
}

void Core::log_files(Run& run, EmbeddingFiles files) {
  if (!usable()) return;
  uint64_t bytes = files.entry.size();
  for (const EmbeddingFiles::File& file : files.files)
    bytes += file.bytes.size();
  Notices notices;
  {
    Lock lock(mutex_);
    if (accepts(run, notices) && await_room(lock, run, bytes, notices)) {
      file_jobs_.push_back({&run, next_chunk_++, bytes, std::move(files)});
      ++stats_.events;
      count_waiting(bytes, true);
    }
  }
  deliver(notices);
}

void Core::write_files(Lock& lock, Notices& notices) {
  std::vector<FileJob> jobs = std::move(file_jobs_);
  file_jobs_.clear();
  for (FileJob& job : jobs) {
    queued_bytes_ -= job.bytes;
    in_flight_bytes_ += job.bytes;
    const absl::Status room = room_for_files(lock, job, notices);
    absl::Status status;
    lock.unlock();
    if (room.ok()) {
      status = caught([&] {
        return write_embedding(*file_system_, job.run->directory, job.files);
      });
    }
    lock.lock();
    in_flight_bytes_ -= job.bytes;
    room_.notify_all();
    if (room.ok() && status.ok()) continue;
    ++stats_.dropped;
    ++lost_;
    if (!room.ok()) {
      note_room(*job.run, room, notices);
      continue;
    }
    note_failure(*job.run, "; an embedding is not shown as it was logged",
                 status, notices);
  }
}

absl::Status Core::room_for_files(Lock& lock, const FileJob& job,
                                  Notices& notices) {
  const Turn turn(*this, lock);
  const Clock::Monotonic now = clock_->now();
  absl::Status room;
  if (free_space_.is_due(now, job.bytes)) {
    lock.unlock();
    room = free_space_.check(now, job.run->directory, job.bytes);
    lock.lock();
    note_unmeasured(notices);
  }
  free_space_.spend(job.bytes);
  return room;
}

}  // namespace tblog::internal
