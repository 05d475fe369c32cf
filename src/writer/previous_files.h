// SPDX-License-Identifier: Apache-2.0
//
// What an earlier writer left in a run's directory. Thread-safe.

#ifndef TBLOG_SRC_WRITER_PREVIOUS_FILES_H_
#define TBLOG_SRC_WRITER_PREVIOUS_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tblog/file_system.h"

namespace tblog::internal {

struct PreviousFiles {
  // The largest time in the names of event files; none: there are no such
  // files.
  std::optional<int64_t> newest_secs;
  // Of those events that are found at the end of the newest file.
  std::optional<int64_t> last_step;
  // That file ends inside a record: its writer was killed, or is at work.
  bool is_cut_off = false;
  // The name of a file that a living writer has open; empty: none is known.
  std::string being_written = {};
};

// Cost: a look at the directory, at the end of one file, and at who has the
// newest ones open. A directory that
// is not there, or cannot be read, holds nothing.
PreviousFiles find_previous_files(FileSystem& file_system,
                                  const std::string& directory);

// The largest step of the events in `end`, the last bytes of a file; the first
// of them may be the rest of a record.
struct EndOfFile {
  std::optional<int64_t> last_step;
  bool is_cut_off = false;
};
EndOfFile read_end_of_file(std::string_view end);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_PREVIOUS_FILES_H_
