// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "src/base/readable_file.h"
#include "src/base/strings.h"
#include "src/reader/discovery.h"
#include "src/reader/event_scan.h"
#include "tblog/log_rewriter.h"

namespace tblog {
namespace {

namespace fs = std::filesystem;

// The other event files of the directory that holds `file`.
std::vector<std::string> siblings_of(const std::string& file) {
  std::string directory = fs::path(file).parent_path().native();
  std::vector<std::string> files =
      internal::event_files_in(directory.empty() ? "." : directory);
  std::erase_if(files, [&](const std::string& path) {
    std::error_code ignored;
    return fs::equivalent(path, file, ignored);
  });
  return files;
}

absl::StatusOr<uint64_t> size_of(const std::string& path) {
  absl::StatusOr<internal::ReadableFile> file =
      internal::ReadableFile::open(path);
  if (!file.ok()) return file.status();
  return file->size();
}

// FailedPrecondition where there is not one.
absl::Status check_for_events(const std::string& file) {
  absl::Status status = internal::scan_events(
      {file}, [](const auto&) { return absl::CancelledError("one is enough"); },
      nullptr, nullptr);
  if (absl::IsCancelled(status)) return absl::OkStatus();
  if (!status.ok()) return status;
  return absl::FailedPreconditionError(absl::StrCat(
      internal::escaped(file, 4096), " holds no event that could be saved"));
}

// A free name beside the file. TensorBoard reads whatever has "tfevents" in its
// name, whatever its end is.
std::string backup_name(const std::string& file) {
  const fs::path path(file);
  const std::string name = absl::StrReplaceAll(path.filename().native(),
                                               {{"tfevents", "tf-events"}});
  for (int i = 1;; ++i) {
    fs::path made =
        path.parent_path() /
        absl::StrCat(name, i > 1 ? absl::StrCat(".", i) : "", ".bak");
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(made, ignored))) return made.native();
  }
}

bool is_whole(const RewriteReport& report) {
  return report.skipped.empty() && report.added_versions == 0 &&
         report.added_metadata == 0;
}

}  // namespace

absl::StatusOr<RepairReport> repair_file(const std::string& file,
                                         const std::string& path,
                                         IfExists if_exists) {
  RepairReport report;
  absl::StatusOr<uint64_t> size = size_of(file);
  if (!size.ok()) return size.status();
  report.file_bytes = *size;
  if (absl::Status status = check_for_events(file); !status.ok()) return status;
  RewriteOptions options;
  options.if_exists = if_exists;
  options.metadata_files = siblings_of(file);
  absl::StatusOr<RewriteReport> rewritten =
      rewrite_events({file}, {{path}}, options);
  if (!rewritten.ok()) return rewritten.status();
  report.rewritten = *std::move(rewritten);
  return report;
}

absl::StatusOr<RepairReport> repair_in_place(const std::string& file) {
  const std::string scratch = absl::StrCat(backup_name(file), ".repaired");
  absl::StatusOr<RepairReport> report = repair_file(file, scratch);
  if (!report.ok()) return report;
  std::error_code error;
  if (is_whole(report->rewritten)) {
    fs::remove(scratch, error);
    return report;
  }
  const std::string backup = backup_name(file);
  fs::permissions(scratch, fs::status(file).permissions(), error);
  // A second name first, so that the file is never without one; where there are
  // no links, another name.
  fs::create_hard_link(file, backup, error);
  if (error) fs::rename(file, backup, error);
  if (!error) fs::rename(scratch, file, error);
  if (error) {
    std::error_code ignored;
    fs::remove(scratch, ignored);
    if (!fs::exists(file, ignored)) fs::rename(backup, file, ignored);
    return absl::ErrnoToStatus(
        error.value(),
        absl::StrCat("cannot replace ", internal::escaped(file, 4096)));
  }
  report->backup = backup;
  return report;
}

}  // namespace tblog
