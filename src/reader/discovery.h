// SPDX-License-Identifier: Apache-2.0
//
// Which event files there are below a directory, as TensorBoard finds them.

#ifndef TBLOG_SRC_READER_DISCOVERY_H_
#define TBLOG_SRC_READER_DISCOVERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/record_io.h"

namespace tblog::internal {

struct FoundRun {
  std::string name;                // "." for the directory itself
  std::vector<std::string> files;  // paths, by name
  std::string directory;           // empty: one file was asked for
};

struct FoundRuns {
  std::vector<FoundRun> runs;          // by name
  std::vector<SkippedRegion> skipped;  // directories that cannot be read
  bool is_one_file = false;            // no directory was asked for
};

// The runs of `path`, a directory or one event file. A directory is a run by
// its event files; `path` itself also by a config of the projector.
//
// An event file is one whose name contains "tfevents". Links are followed; one
// that leads to a directory above itself is not. At most 100 levels and
// 1,000,000 directories are walked.
// Errors: NotFound where nothing is there or there is no event file; the
// message names the nearest directory that has some.
absl::StatusOr<FoundRuns> find_runs(const std::string& path);

// The event files in the directory itself, by name; none where it cannot be
// read.
std::vector<std::string> event_files_in(const std::string& directory);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_DISCOVERY_H_
