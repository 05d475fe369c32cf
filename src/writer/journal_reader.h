// SPDX-License-Identifier: Apache-2.0
//
// What a dead writer's journal holds. Nothing in it is believed: a machine that
// crashed, or anybody, may have left it.

#ifndef TBLOG_SRC_WRITER_JOURNAL_READER_H_
#define TBLOG_SRC_WRITER_JOURNAL_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/locked_file.h"
#include "src/writer/event_file.h"

namespace tblog::internal {

struct JournaledRun {
  struct Record {
    uint64_t position = 0;  // in the stream of the run
    std::string_view bytes;
  };

  uint64_t offset = 0;    // of its JournalRun in the journal
  std::string directory;  // below the journal's; "": that one
  // `file` is, or was before its writer died, `file_bytes` long where
  // `position` begins. "": none was begun.
  std::string file;
  uint64_t position = 0;
  uint64_t file_bytes = 0;
  std::string drained_name;
  uint64_t drained_bytes = 0;
  // Whole ones that are not known to be written, in the order of the stream.
  std::vector<Record> records;
};

struct JournalContents {
  double wall_time = 0;
  std::optional<int64_t> start_step;
  FileOwner owner;
  std::string suffix;
  std::vector<JournaledRun> runs;
  // Why it was not read to its end; "": it was.
  std::string damage;
  std::string ring;  // what the records stand in
};

// An empty one for a journal whose writer died while it made it. Errors:
// DataLoss where it is no journal, or one with nothing to trust.
absl::StatusOr<JournalContents> read_journal(const LockedFile& file);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_JOURNAL_READER_H_
