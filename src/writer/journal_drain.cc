// SPDX-License-Identifier: Apache-2.0
//
// In an order that lets it be killed after any step. The journal stays, locked,
// until all is done. For each run: the name of the new file is stored in the
// journal; a file without "tfevents" in its name is written, synced, and linked
// to the new name. Who comes after a kill finds the new file there as a whole,
// or not at all.

#include "src/writer/journal_drain.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/locked_file.h"
#include "src/base/strings.h"
#include "src/writer/event_file.h"
#include "src/writer/journal_layout.h"
#include "src/writer/journal_reader.h"
#include "src/writer/previous_files.h"
#include "tblog/file_system.h"

namespace tblog {
namespace internal {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = "tblog-drain.";
constexpr std::string_view kDamagedPrefix = "tblog-damaged-journal.";
constexpr int kMaxCounter = 999'999;
constexpr size_t kCounterDigits = 6;
constexpr double kMaxSecs = 9'999'999'999.0;

// 0 where there is none.
uint64_t bytes_of_file(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : bytes;
}

// Names for a run's new file, in their order: behind the file that its writer
// had begun, and before any later one.
class NewNames {
 public:
  NewNames(const JournalContents& journal, const JournaledRun& run,
           const std::string& directory)
      : suffix_(journal.suffix) {
    if (follow(run.file)) return;
    auto secs =
        static_cast<int64_t>(std::clamp(journal.wall_time, 0.0, kMaxSecs));
    const PreviousFiles previous =
        find_previous_files(*FileSystem::real(), directory);
    if (previous.newest_secs && *previous.newest_secs >= secs)
      secs = *previous.newest_secs + 1;
    const std::string first = event_file_name(secs, journal.owner.host,
                                              journal.owner.pid, 0, suffix_);
    follow(first);
    --counter_;
  }

  // Nullopt after the last.
  std::optional<std::string> next() {
    if (counter_ >= kMaxCounter) return std::nullopt;
    const std::string digits = absl::StrCat(++counter_);
    return absl::StrCat(begin_,
                        std::string(kCounterDigits - digits.size(), '0'),
                        digits, suffix_);
  }

 private:
  // Whether `name` is "<begin>.<counter><suffix>".
  bool follow(std::string_view name) {
    if (!name.ends_with(suffix_)) return false;
    name.remove_suffix(suffix_.size());
    if (name.size() <= kCounterDigits) return false;
    const size_t at = name.size() - kCounterDigits;
    const std::string_view digits = name.substr(at);
    // Not std::from_chars, whose table would keep a library that holds this
    // code from being unloaded.
    if (name[at - 1] != '.' ||
        !std::ranges::all_of(digits, absl::ascii_isdigit) ||
        !absl::SimpleAtoi(to_absl(digits), &counter_))
      return false;
    begin_ = name.substr(0, at);
    return true;
  }

  std::string begin_;
  int counter_ = 0;
  const std::string suffix_;
};

class Drain {
 public:
  Drain(LockedFile& file, const JournalContents& journal,
        const std::string& directory, JournalReport& report)
      : file_(file),
        journal_(journal),
        directory_(directory),
        report_(report) {}

  // All runs that can be; the first failure.
  absl::Status run() {
    absl::Status first;
    for (size_t i = 0; i < journal_.runs.size(); ++i)
      first.Update(drain_run(i));
    return first;
  }

 private:
  absl::Status drain_run(size_t number) {
    const JournaledRun& run = journal_.runs[number];
    const std::string directory =
        run.directory.empty() ? directory_
                              : absl::StrCat(directory_, "/", run.directory);
    const std::string temporary =
        absl::StrCat(directory, "/", to_absl(kTemporaryPrefix),
                     fs::path(file_.path()).filename().string(), ".", number);
    std::error_code ignored;
    fs::remove(temporary, ignored);
    uint64_t events = 0;
    const std::string contents = missing_of(run, directory, &events);
    if (events == 0) return absl::OkStatus();
    if (!run.drained_name.empty() && run.drained_bytes > 0 &&
        bytes_of_file(directory + "/" + run.drained_name) == run.drained_bytes)
      return absl::OkStatus();

    if (absl::Status status = FileSystem::real()->create_directories(directory);
        !status.ok())
      return status;
    auto file = LockedFile::create(temporary);
    if (!file.ok()) return file.status();
    absl::Status status = file->write_at(0, contents);
    if (status.ok()) status = file->sync();
    NewNames names(journal_, run, directory);
    if (status.ok())
      status = link(*file, run, names, directory, contents.size());
    file->remove().IgnoreError();
    if (!status.ok()) return status;
    report_.events += events;
    // What the journal has must not go before the name is on the disk.
    return FileSystem::real()->sync_directory(directory);
  }

  absl::Status link(LockedFile& file, const JournaledRun& run, NewNames& names,
                    const std::string& directory, uint64_t bytes) {
    while (const auto name = names.next()) {
      const std::string path = directory + "/" + *name;
      std::error_code ignored;
      if (fs::exists(path, ignored)) continue;
      if (absl::Status status = store_name(run, *name, bytes); !status.ok())
        return status;
      const absl::Status status = file.link(path);
      if (status.ok()) report_.files.push_back(path);
      if (!absl::IsAlreadyExists(status)) return status;
    }
    return absl::ResourceExhaustedError(absl::StrCat(
        "no name is left for a new event file in ", escaped(directory, 4096)));
  }

  absl::Status store_name(const JournaledRun& run, const std::string& name,
                          uint64_t bytes) {
    JournalRun stored{};
    stored.drained_bytes = bytes;
    if (name.size() >= sizeof stored.drained_name)
      return absl::ResourceExhaustedError("the name of a file is too long");
    name.copy(stored.drained_name, name.size());
    constexpr size_t kBegin = offsetof(JournalRun, drained_bytes);
    return file_.write_at(run.offset + kBegin,
                          {reinterpret_cast<const char*>(&stored) + kBegin,
                           sizeof stored - kBegin});
  }

  // A new event file with the records that the run's file lacks. One that ends
  // inside a record lacks it.
  std::string missing_of(const JournaledRun& run, const std::string& directory,
                         uint64_t* events) const {
    const uint64_t have =
        run.file.empty() ? 0 : bytes_of_file(directory + "/" + run.file);
    std::string contents = head_of_file(run);
    for (const JournaledRun::Record& record : run.records) {
      const uint64_t end = run.file_bytes + (record.position - run.position) +
                           record.bytes.size();
      if (!run.file.empty() && end <= have) continue;
      contents += record.bytes;
      ++*events;
    }
    return contents;
  }

  // Where the run had no file yet, a resumed one says where it starts.
  std::string head_of_file(const JournaledRun& run) const {
    return first_records(journal_.wall_time,
                         run.file.empty() ? journal_.start_step : std::nullopt);
  }

  LockedFile& file_;
  const JournalContents& journal_;
  const std::string& directory_;
  JournalReport& report_;
};

absl::Status drain_file(LockedFile& file, const std::string& directory,
                        JournalReport& report) {
  const auto journal = read_journal(file);
  if (!journal.ok()) return journal.status();
  if (absl::Status status = Drain(file, *journal, directory, report).run();
      !status.ok())
    return status;
  if (!journal->damage.empty())
    return absl::DataLossError(absl::StrCat(
        escaped(file.path(), 4096),
        " is damaged, and what follows is lost: ", journal->damage));
  return file.remove();
}

// Out of the way of those who drain, and of nobody who wants to look at it.
void set_aside(const LockedFile& file) {
  const fs::path path = file.path();
  std::string name = path.filename();
  name.replace(0, kJournalPrefix.size(), kDamagedPrefix);
  std::error_code ignored;
  fs::rename(path, path.parent_path() / name, ignored);
}

}  // namespace

void drain_directory(const std::string& directory, JournalReport& report) {
  const auto names = FileSystem::real()->list(directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!std::string_view(name).starts_with(kJournalPrefix)) continue;
    auto file = LockedFile::open(directory + "/" + name);
    if (absl::IsNotFound(file.status())) continue;
    report.living += absl::IsUnavailable(file.status());
    if (absl::IsUnavailable(file.status())) continue;
    const absl::Status status =
        file.ok() ? drain_file(*file, directory, report) : file.status();
    if (file.ok() && absl::IsDataLoss(status)) set_aside(*file);
    if (!status.ok()) {
      report.problems.emplace_back(status.message());
    } else {
      ++report.drained;
    }
  }
}

}  // namespace internal

absl::StatusOr<JournalReport> drain_journals(std::string_view logdir) {
  namespace fs = std::filesystem;
  const std::string root(logdir);
  std::error_code error;
  if (!fs::is_directory(root, error))
    return absl::NotFoundError(
        absl::StrCat("there is no directory ", internal::escaped(root, 4096)));
  JournalReport report;
  internal::drain_directory(root, report);
  fs::recursive_directory_iterator entry(
      root, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored))
      internal::drain_directory(entry->path().string(), report);
  }
  if (error)
    report.problems.push_back(absl::StrCat("cannot look at all of ",
                                           internal::escaped(root, 4096), ": ",
                                           error.message()));
  return report;
}

}  // namespace tblog
