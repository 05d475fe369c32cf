// SPDX-License-Identifier: Apache-2.0
//
// A writer whose files keep nothing.

#ifndef TBLOG_TESTS_BENCH_NULL_FILES_WRITER_H_
#define TBLOG_TESTS_BENCH_NULL_FILES_WRITER_H_

#include <chrono>

#include "tblog/summary_writer.h"
#include "tests/testing/null_file_system.h"

namespace tblog::bench {

// One that loses nothing, however slow the machine is, and writes nowhere.
inline SummaryWriter null_files_writer(WriterOptions options = {}) {
  static auto* const file_system = new testing::NullFileSystem;
  options.file_system = file_system;
  options.max_block = std::chrono::hours(1);
  return SummaryWriter("bench", options);
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_NULL_FILES_WRITER_H_
