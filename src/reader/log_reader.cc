// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_reader.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/readable_file.h"
#include "src/base/strings.h"
#include "src/reader/discovery.h"
#include "src/reader/log_loader.h"

namespace tblog {

const Series* Run::find(std::string_view tag) const {
  const auto found =
      std::lower_bound(series_.begin(), series_.end(), tag,
                       [](const Series& series, std::string_view wanted) {
                         return series.tag() < wanted;
                       });
  return found != series_.end() && found->tag() == tag ? &*found : nullptr;
}

const Run* LogReader::find(std::string_view run) const {
  const auto found = std::lower_bound(
      runs_.begin(), runs_.end(), run,
      [](const Run& a, std::string_view wanted) { return a.name() < wanted; });
  return found != runs_.end() && found->name() == run ? &*found : nullptr;
}

absl::StatusOr<std::vector<RunFiles>> find_event_files(
    const std::string& path) {
  absl::StatusOr<internal::FoundRuns> found = internal::find_runs(path);
  if (!found.ok()) return found.status();
  std::vector<RunFiles> runs;
  for (internal::FoundRun& run : found->runs) {
    if (run.files.empty()) continue;  // a run of embeddings
    runs.push_back({std::move(run.name), std::move(run.files)});
  }
  return runs;
}

absl::StatusOr<LogReader> LogReader::open(const std::string& path,
                                          const LogReaderOptions& options) {
  if (options.max_series < 1 || options.max_series > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("LogReaderOptions::max_series is ", options.max_series,
                     ", not 1 to 2^32"));
  }
  if (options.min_step > options.max_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("LogReaderOptions: min_step ", options.min_step,
                     " is above max_step ", options.max_step));
  }
  absl::StatusOr<internal::FoundRuns> found = internal::find_runs(path);
  if (!found.ok()) return found.status();
  if (found->is_one_file) {
    // Here, unlike for a file among others, that it cannot be read is the
    // answer.
    absl::StatusOr<internal::ReadableFile> file =
        internal::ReadableFile::open(path);
    if (!file.ok()) return file.status();
  }
  const bool is_one_file = found->is_one_file;
  LogReader log = internal::LogLoader(options).load(path, *std::move(found));
  if (is_one_file && !log.files().empty() && log.files()[0].records == 0 &&
      !log.skipped().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(internal::escaped(path, 4096),
                     " is no event file: there is no whole record in it"));
  }
  return log;
}

}  // namespace tblog
