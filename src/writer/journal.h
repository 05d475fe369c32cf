// SPDX-License-Identifier: Apache-2.0
//
// Journal: what a writer's runs have yet to write, kept in a file that outlives
// a kill of the process; journal_layout.h. See journal_drain.h for what becomes
// of it then.
//
// Callers log and release under a lock of theirs; who writes a run's file says
// note_write(), one thread at a time. In a child of fork() every call does
// nothing.

#ifndef TBLOG_SRC_WRITER_JOURNAL_H_
#define TBLOG_SRC_WRITER_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/fork.h"
#include "src/base/locked_file.h"
#include "src/writer/event_file.h"
#include "src/writer/journal_layout.h"

namespace tblog::internal {

struct JournalOptions {
  FileOwner owner = {};
  double wall_time = 0;                    // now
  std::string suffix = {};                 // of the event files' names
  std::optional<int64_t> start_step = {};  // of WriterOptions::resume_step
  // For records and what tells them apart, a multiple of 8.
  size_t ring_bytes = size_t{16} << 20;
  // For the runs, likewise: for some 1,500 whose names are short. Only what is
  // used is ever touched.
  size_t run_bytes = size_t{1} << 20;
};

class Journal {
 public:
  // A run that is not journaled.
  static constexpr int kNoRun = -1;

  // A new file in `directory`. Errors as of LockedFile.
  static absl::StatusOr<std::unique_ptr<Journal>> create(
      const std::string& directory, const JournalOptions& options);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // `directory` is below the journal's; "": that one. kNoRun where the journal
  // has as many runs as it can.
  int add_run(std::string_view directory);

  // Whether append() can take a record so large, now or ever.
  bool has_room(uint64_t bytes) const {
    return after_append(bytes) - head_ <= ring_.size();
  }
  bool can_hold(uint64_t bytes) const {
    return sizeof(JournalEntry) + bytes <= ring_.size();
  }
  // Keeps `record`, which stands at `position` of the run's stream: once it
  // returns, a kill loses nothing of it. Only where has_room(). Cost: a copy;
  // no system call but where a page is touched first.
  void append(int run, uint64_t position, std::string_view record) noexcept;

  // Before bytes of the stream from `position` on are written to the event file
  // `name`, which is `offset` bytes long.
  void note_write(int run, std::string_view name, uint64_t position,
                  uint64_t offset) noexcept;
  // What stands before `position` is written, or given up.
  void release(int run, uint64_t position) noexcept;

  // The end: with nothing to keep.
  absl::Status remove();

 private:
  Journal(LockedFile file, std::span<char> mapping,
          const JournalOptions& options);

  bool forked() const {
    return fork_count.load(std::memory_order_relaxed) != generation_;
  }
  JournalHeader& header() const {
    return *reinterpret_cast<JournalHeader*>(mapping_.data());
  }
  JournalEntry& entry_at(uint64_t at) const {
    return *reinterpret_cast<JournalEntry*>(ring_.data() + at % ring_.size());
  }
  uint64_t rest_of_ring(uint64_t at) const {
    return ring_.size() - at % ring_.size();
  }
  uint64_t after_append(uint64_t bytes) const;
  void begin_entry(int run, uint64_t position, uint64_t bytes);
  void drop_released();
  void set_empty();

  LockedFile file_;
  const std::span<char> mapping_;
  const size_t max_run_bytes_;
  const std::span<char> ring_;
  std::vector<JournalRun*> runs_;
  size_t run_bytes_ = 0;
  const uint64_t entry_bytes_;  // an entry is ended beyond
  const uint32_t generation_ = fork_generation();

  // As in the header.
  uint64_t head_ = 0;
  uint64_t tail_ = 0;
  // The entry that takes more records.
  int open_run_ = kNoRun;
  uint64_t open_at_ = 0;
  uint64_t open_end_ = 0;  // the position after its records
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_JOURNAL_H_
