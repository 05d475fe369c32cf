// SPDX-License-Identifier: Apache-2.0
//
// From the journals of dead writers to event files.

#ifndef TBLOG_SRC_WRITER_JOURNAL_DRAIN_H_
#define TBLOG_SRC_WRITER_JOURNAL_DRAIN_H_

#include <string>

#include "tblog/journal.h"

namespace tblog::internal {

// Drains the journals that stand in `directory` itself, into it and, for
// sub-runs, into directories below it. Cost: a look at the directory where
// there is none.
void drain_directory(const std::string& directory, JournalReport& report);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_JOURNAL_DRAIN_H_
