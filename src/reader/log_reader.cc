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

namespace {

// A file that was asked for, and holds no record.
absl::Status check_single_file(const internal::FoundRuns& found,
                               const LogReader& log) {
  if (!found.is_one_file || log.files().empty() || log.files()[0].records > 0 ||
      log.skipped().empty())
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(internal::escaped(log.path(), 4096),
                   " is no event file: there is no whole record in it"));
}

}  // namespace

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

namespace {

absl::Status check_options(const LogReaderOptions& options) {
  if (options.max_series < 1 || options.max_series > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("LogReaderOptions::max_series is ", options.max_series,
                     ", not 1 to 2^32"));
  }
  if (options.threads < 0 || options.threads > 256) {
    return absl::InvalidArgumentError(absl::StrCat(
        "LogReaderOptions::threads is ", options.threads, ", not 0 to 256"));
  }
  if (options.min_step > options.max_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("LogReaderOptions: min_step ", options.min_step,
                     " is above max_step ", options.max_step));
  }
  const bool thins = options.max_points != 0;
  if (options.max_points == 1 || options.max_points > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("LogReaderOptions::max_points is ", options.max_points,
                     ", not 0 or 2 to 2^32"));
  }
  if (thins && options.purge != Purge::kNone) {
    return absl::InvalidArgumentError(
        "LogReaderOptions: max_points cannot go with purge");
  }
  return absl::OkStatus();
}

// Errors: as LogReader::open() before it reads.
absl::StatusOr<internal::FoundRuns> find(const std::string& path,
                                         const LogReaderOptions& options) {
  if (absl::Status status = check_options(options); !status.ok()) return status;
  absl::StatusOr<internal::FoundRuns> found = internal::find_runs(path);
  if (!found.ok()) return found.status();
  if (found->is_one_file) {
    // Here, unlike for a file among others, that it cannot be read is the
    // answer.
    absl::StatusOr<internal::ReadableFile> file =
        internal::ReadableFile::open(path);
    if (!file.ok()) return file.status();
  }
  return found;
}

}  // namespace

absl::StatusOr<LogReader> LogReader::open(const std::string& path,
                                          const LogReaderOptions& options) {
  absl::StatusOr<internal::FoundRuns> found = ::tblog::find(path, options);
  if (!found.ok()) return found.status();
  internal::LogLoader loader(path, options);
  LogReader log = loader.load(*found);
  log.options_ = options;
  if (absl::Status status = check_single_file(*found, log); !status.ok())
    return status;
  return log;
}

absl::Status LogReader::for_each_run(
    const std::string& path, const LogReaderOptions& options,
    const std::function<void(const LogReader&)>& use) {
  absl::StatusOr<internal::FoundRuns> found = ::tblog::find(path, options);
  if (!found.ok()) return found.status();
  absl::Status status;
  internal::LogLoader(path, options).for_each_run(*found, [&](LogReader&& log) {
    if (status.ok()) status = check_single_file(*found, log);
    log.options_ = options;
    if (status.ok()) use(log);
  });
  return status;
}

absl::StatusOr<bool> LogReader::refresh() {
  absl::StatusOr<internal::FoundRuns> found = internal::find_runs(path_);
  if (!found.ok()) return found.status();
  // A copy's own.
  if (loader_ == nullptr || loader_.use_count() > 1)
    loader_ = std::make_shared<internal::LogLoader>(path_, options_);
  return loader_->refresh(*found, *this);
}

}  // namespace tblog
