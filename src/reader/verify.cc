// SPDX-License-Identifier: Apache-2.0

#include "tblog/verify.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/readable_file.h"
#include "src/base/strings.h"
#include "src/reader/discovery.h"
#include "src/reader/event_scan.h"
#include "src/reader/finding_list.h"
#include "src/reader/run_checks.h"
#include "src/reader/value_checks.h"
#include "src/record/framing.h"
#include "src/record/record_stream.h"
#include "tblog/record_io.h"

namespace tblog {
namespace {

namespace fs = std::filesystem;

using internal::FindingList;
using internal::FoundAt;
using internal::TrapId;

// Of clocks that are set back a little between two files.
constexpr double kSlackSecs = 1;

bool is_compressed(std::string_view begin) {
  return begin.starts_with("\x1f\x8b") || begin.starts_with("\x78\x01") ||
         begin.starts_with("\x78\x9c") || begin.starts_with("\x78\xda");
}

std::string bytes_of(const internal::ReadableFile& file, uint64_t offset,
                     size_t n) {
  std::string bytes(n, '\0');
  absl::StatusOr<size_t> got = file.read_at(offset, bytes.data(), n);
  bytes.resize(got.ok() ? *got : 0);
  return bytes;
}

bool is_zero(const internal::ReadableFile& file, uint64_t offset,
             uint64_t end) {
  constexpr uint64_t kStride = 1 << 16;
  for (; offset < end; offset += kStride) {
    const std::string bytes = bytes_of(
        file, offset, static_cast<size_t>(std::min(kStride, end - offset)));
    if (bytes.empty() || bytes.find_first_not_of('\0') != std::string::npos)
      return false;
  }
  return true;
}

// What TensorBoard's readers could not ask for by its name.
bool is_awkward_name(const std::string& name) {
  return !internal::is_valid_utf8(name) ||
         std::any_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x20 || c == 0x7f || c == '"' || c == '\\';
         });
}

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options)
      : findings_(options.max_findings) {}

  absl::StatusOr<VerifyReport> run(const internal::FoundRuns& found);

 private:
  void check_names(const internal::FoundRun& run);
  void check_order(const internal::FoundRun& run,
                   const std::vector<internal::FileTimes>& times);
  absl::Status check_file(const std::string& file, const std::string& run,
                          bool is_last, internal::RunChecks& checks);
  void tell_damage(const SkippedRegion& region, const std::string& run,
                   uint64_t file_bytes);

  FindingList findings_;
  VerifyReport report_;
  internal::LogChecks log_;
};

absl::StatusOr<VerifyReport> Verifier::run(const internal::FoundRuns& found) {
  for (const internal::FoundRun& run : found.runs) {
    check_names(run);
    internal::RunChecks checks(run.name, findings_, log_);
    std::vector<internal::FileTimes> times;
    for (const std::string& file : run.files) {
      checks.begin_file(file);
      absl::Status status =
          check_file(file, run.name, file == run.files.back(), checks);
      if (!status.ok() && found.is_one_file) return status;
      if (!status.ok())
        findings_.add(TrapId::kFileReadable, {file, run.name},
                      std::string(status.message()));
      times.push_back(checks.end_file());
    }
    checks.end_run();
    check_order(run, times);
    if (!run.directory.empty()) {
      internal::check_projector(
          run.directory, [&](TrapId trap, std::string detail) {
            findings_.add(trap, {run.directory, run.name}, std::move(detail));
          });
    }
  }
  if (log_.experiments.size() > 1) {
    const auto& [name, file] = *log_.experiments.rbegin();
    findings_.add(TrapId::kHparamsOneExperiment, {file, name},
                  absl::StrCat(log_.experiments.size(), " runs have one"));
  }
  report_.unlisted_findings = findings_.unlisted();
  report_.findings = findings_.take();
  return std::move(report_);
}

void Verifier::check_names(const internal::FoundRun& run) {
  if (run.directory.empty()) return;
  std::error_code error;
  const fs::path directory = fs::absolute(run.directory, error);
  const std::string name =
      (directory.has_filename() ? directory : directory.parent_path())
          .filename()
          .native();
  const FoundAt at{run.directory, run.name};
  if (name.find("tfevents") != std::string::npos && !run.files.empty())
    findings_.add(TrapId::kLogdirTfevents, at, internal::escaped(name));
  if (is_awkward_name(run.name))
    findings_.add(TrapId::kRunNames, at, internal::escaped(run.name));
  for (fs::directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().native();
    const bool is_passed_over =
        file.ends_with(".profile-empty") ||
        entry->path().filename().native().find("tfevents") == std::string::npos;
    std::error_code ignored;
    if (!is_passed_over && entry->is_symlink(ignored) &&
        !entry->exists(ignored)) {
      findings_.add(TrapId::kFileReadable, {file, run.name},
                    "a symbolic link to what is not there");
    }
    if (!is_passed_over || !entry->is_regular_file(ignored)) continue;
    RecordReaderOptions options;
    options.on_damage = OnDamage::kStop;
    options.max_payload_bytes = 1 << 20;  // a version is short
    absl::StatusOr<RecordReader> reader = RecordReader::open(file, options);
    if (!reader.ok()) continue;
    absl::StatusOr<std::optional<Record>> first = reader->next();
    if (!first.ok() || !first->has_value()) continue;
    internal::EventView event;
    // Of a file that is passed over on purpose, only one with data matters.
    const bool has_more = reader->file_bytes() > reader->offset();
    if (internal::parse_event((*first)->payload, &event) &&
        event.what == internal::What::kFileVersion && has_more) {
      findings_.add(TrapId::kFileName, {file, run.name},
                    internal::escaped(entry->path().filename().native()));
    }
  }
}

void Verifier::check_order(const internal::FoundRun& run,
                           const std::vector<internal::FileTimes>& times) {
  for (size_t i = 1; i < times.size(); ++i) {
    if (!times[i].any || !times[i - 1].any) continue;
    const FoundAt at{run.files[i], run.name};
    if (times[i].first < times[i - 1].first - kSlackSecs) {
      findings_.add(
          TrapId::kFileSort, at,
          absl::StrCat("it begins ", times[i - 1].first - times[i].first,
                       " s before the file that sorts before it"));
    } else if (times[i].first < times[i - 1].last - kSlackSecs) {
      findings_.add(TrapId::kRotation, {run.files[i - 1], run.name},
                    absl::StrCat("it ends ", times[i - 1].last - times[i].first,
                                 " s after the next file began"));
    }
  }
}

// Which trap a region of damage is.
void Verifier::tell_damage(const SkippedRegion& region, const std::string& run,
                           uint64_t file_bytes) {
  TrapId trap = TrapId::kRecordFraming;
  absl::StatusOr<internal::ReadableFile> file =
      internal::ReadableFile::open(region.file);
  if (file.ok()) {
    const std::string begin = bytes_of(*file, region.offset, 12);
    if (region.offset == 0 && is_compressed(begin)) {
      trap = TrapId::kNoCompression;
    } else if (begin.size() == 12 &&
               internal::header_checksum_holds(begin.data()) &&
               internal::load_le64(begin.data()) > internal::kMaxPayloadBytes) {
      trap = TrapId::kRecordLength;
    } else if (region.offset + region.bytes >= file_bytes &&
               is_zero(*file, region.offset, file_bytes)) {
      trap = TrapId::kNoPreallocation;
    }
  }
  findings_.add(trap, {region.file, run, "", region.offset, region.bytes},
                region.reason);
}

absl::Status Verifier::check_file(const std::string& file,
                                  const std::string& run, bool is_last,
                                  internal::RunChecks& checks) {
  absl::StatusOr<internal::RecordStream> reader =
      internal::RecordStream::open(file, {});
  if (!reader.ok()) return reader.status();
  ++report_.files;
  size_t told = 0;
  while (true) {
    Record record;
    if (!reader->take_next(&record)) {
      absl::StatusOr<std::optional<Record>> next = reader->next();
      for (; told < reader->skipped().size(); ++told)
        tell_damage(reader->skipped()[told], run, reader->file_bytes());
      if (!next.ok()) return next.status();
      if (!next->has_value()) break;
      record = **next;
    }
    ++report_.records;
    if (checks.check_record(record, reader->offset() - record.offset))
      ++report_.events;
  }
  report_.bytes += reader->file_bytes();
  if (const uint64_t left = reader->incomplete_bytes(); left > 0) {
    findings_.add(TrapId::kRecordCutOff,
                  {file, run, "", reader->file_bytes() - left, left},
                  is_last ? "the last file of its run: it may be written"
                          : "a later file follows, so that nobody finishes it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<VerifyReport> verify(const std::string& path,
                                    const VerifyOptions& options) {
  if (options.max_findings < 1 || options.max_findings > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(
        absl::StrCat("VerifyOptions::max_findings is ", options.max_findings,
                     ", not 1 to 2^32"));
  }
  absl::StatusOr<internal::FoundRuns> found = internal::find_runs(path);
  if (!found.ok()) return found.status();
  return Verifier(options).run(*found);
}

}  // namespace tblog
