// SPDX-License-Identifier: Apache-2.0
//
// What writers with Durability::kJournaled left behind when they were killed.
// The next writer that is opened in such a directory does the same by itself.
// Thread-safe, and processes may do it at the same time.

#ifndef TBLOG_JOURNAL_H_
#define TBLOG_JOURNAL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

struct JournalReport {
  uint64_t drained = 0;  // journals of dead writers, whose events are in files
  uint64_t living = 0;   // journals that were left alone: their writers live
  uint64_t events = 0;   // that were found in journals alone
  std::vector<std::string> files;     // new event files that have them
  std::vector<std::string> problems;  // a sentence for each journal that is
                                      // damaged, or could not be drained
};

// Looks for journals in `logdir` and the directories below it, writes what they
// hold to new event files that sort behind those of the dead writers, and
// removes them. It may be killed and done again: nothing is lost, and nothing
// comes twice. A damaged journal is renamed to "tblog-damaged-journal.…" once
// what is whole of it is saved. Errors: NotFound where there is no directory
// `logdir`.
TBLOG_EXPORT absl::StatusOr<JournalReport> drain_journals(
    std::string_view logdir);

}  // namespace tblog

#endif  // TBLOG_JOURNAL_H_
