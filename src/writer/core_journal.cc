// SPDX-License-Identifier: Apache-2.0
//
// What a Core keeps in a journal, so that a kill of the process loses nothing.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/writer/caught.h"
#include "src/writer/core.h"
#include "src/writer/event_file.h"
#include "src/writer/journal.h"
#include "src/writer/journal_drain.h"

namespace tblog::internal {
namespace {

constexpr size_t kMaxRingBytes = size_t{16} << 20;

}  // namespace

// By writers of any durability, for it is their files that sort behind.
void Core::drain_left_journals(const std::string& directory) {
  if (file_system_ != FileSystem::real()) return;
  JournalReport report;
  drain_directory(directory, report);
  drained_ = !report.files.empty();
  Notices notices;
  if (report.events > 0)
    notices.push_back(
        {absl::AbortedError(absl::StrCat(
             "a writer in ", directory, " was killed; ", report.events,
             " events that no file had were saved from its "
             "journal")),
         false});
  for (const std::string& problem : report.problems)
    notices.push_back({absl::DataLossError(problem), false});
  reporter_.deliver(notices);
}

void Core::open_journal() {
  JournalOptions options;
  options.owner = options_.deterministic ? fixed_owner() : this_process();
  options.wall_time = clock_->wall_time();
  options.start_step = options_.resume_step;
  options.suffix = options_.filename_suffix;
  options.ring_bytes =
      std::min(options_.max_pending_bytes, kMaxRingBytes) / 8 * 8;
  auto journal = Journal::create(root().directory, options);
  if (!journal.ok()) {
    const bool failure = !absl::IsUnimplemented(journal.status());
    reporter_.deliver(
        {{absl::Status(
              journal.status().code(),
              absl::StrCat("what is logged to ", root().directory,
                           " is buffered and not journaled, so that a kill "
                           "may lose the last of it: ",
                           journal.status().message())),
          failure}});
    return;
  }
  journal_ = *std::move(journal);
  max_pending_bytes_ = options.ring_bytes;
  add_to_journal(root());
}

void Core::add_to_journal(Run& run) {
  std::string_view below = run.directory;
  below.remove_prefix(std::min(below.size(), root().directory.size() + 1));
  run.journaled = journal_->add_run(below);
  if (run.journaled == Journal::kNoRun) return;
  run.file.set_journal(journal_.get(), run.journaled);
}

void Core::keep_in_journal(Run& run, std::string_view record) noexcept {
  if (run.journaled != Journal::kNoRun && journal_->has_room(record.size())) {
    journal_->append(run.journaled, run.queued_total, record);
  } else {
    run.unjournaled_total = run.queued_total + record.size();
  }
}

void Core::release_from_journal(Run& run) noexcept {
  if (journal_ != nullptr) journal_->release(run.journaled, run.taken_total());
}

void Core::remove_journal(Notices& notices) noexcept {
  if (journal_ == nullptr) return;
  const absl::Status status = journal_->remove();
  if (status.ok()) return;
  caught([&] {
    notices.push_back({status, false});
    return absl::OkStatus();
  }).IgnoreError();
}

}  // namespace tblog::internal
