// SPDX-License-Identifier: Apache-2.0

#include "src/writer/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "src/base/strings.h"
#include "src/event/event_encoder.h"
#include "tblog/version.h"

namespace tblog::internal {
namespace {

// Of the counter in a name; more would break the order of names.
constexpr int kMaxCounter = 999'999;
// Names tried before the file system is believed to say AlreadyExists to all.
constexpr int kMaxTries = 100'000;
// The largest that ten digits hold: in the year 2286.
constexpr double kMaxSecs = 9'999'999'999.0;

// A SessionLog with the status START.
constexpr std::string_view kSessionStart("\x08\x01", 2);

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return {};
  return name;
}

}  // namespace

std::string event_file_name(int64_t secs, std::string_view host, int64_t pid,
                            int counter, std::string_view suffix) {
  return absl::StrFormat("events.out.tfevents.%010d.%s.%d.%06d%s", secs,
                         to_absl(host), pid, counter, to_absl(suffix));
}

std::string clean_host_name(std::string_view host) {
  std::string clean;
  for (char c : host) {
    const bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '.';
    clean += keep ? c : '_';
  }
  return clean.empty() ? "localhost" : clean;
}

std::string first_records(double wall_time, std::optional<int64_t> start_step) {
  std::string records;
  append_file_version_record(records, wall_time, "tblog " TBLOG_VERSION);
  // Twice: the first START that TensorBoard's Python reader meets in a run says
  // only that there is one, and each later one cuts what stands at its step or
  // after it.
  for (int i = 0; start_step && i < 2; ++i)
    append_event_record(records, wall_time, *start_step,
                        EventField::kSessionLog, kSessionStart);
  return records;
}

FileOwner this_process() { return {clean_host_name(host_name()), ::getpid()}; }

EventFile::EventFile(FileSystem* file_system, Clock* clock,
                     std::string directory, EventFileOptions options)
    : file_system_(file_system),
      clock_(clock),
      directory_(std::move(directory)),
      options_(std::move(options)) {}

void EventFile::sort_after(int64_t secs) {
  secs_ = secs;
  counter_ = kMaxCounter;
}

absl::Status EventFile::open(size_t* written) {
  // That of an earlier try may have been deleted with its directory since.
  if (file_ != nullptr && file_->fate() == FileFate::kLost) file_.reset();
  if (file_ == nullptr) {
    if (absl::Status status = create(); !status.ok()) return status;
  }
  if (options_.sync_names && !names_synced_) {
    if (absl::Status status = sync_names(); !status.ok()) return status;
    names_synced_ = true;
  }
  size_t reached = 0;
  absl::Status status = file_->append(
      first_records(clock_->wall_time(), options_.start_step), &reached);
  *written += reached;
  bytes_ += reached;
  if (!status.ok() && reached > 0) abandon();
  is_open_ = status.ok();
  if (!is_open_) return status;
  options_.start_step.reset();
  tells_fate_ = file_->fate() == FileFate::kInPlace;
  return status;
}

absl::Status EventFile::create() {
  if (absl::Status status = file_system_->create_directories(directory_);
      !status.ok())
    return status;
  for (int tries = 1;; ++tries) {
    choose_next_name();
    std::string name = next_name();
    auto file = file_system_->create(directory_ + "/" + name);
    if (file.ok()) {
      file_ = *std::move(file);
      names_synced_ = false;
      name_ = std::move(name);
      bytes_ = 0;
      return absl::OkStatus();
    }
    if (!absl::IsAlreadyExists(file.status()) || tries == kMaxTries)
      return file.status();
  }
}

// Those of the directories above may be new as well; one that may not be opened
// was there before.
absl::Status EventFile::sync_names() {
  absl::Status status = file_system_->sync_directory(directory_);
  std::string above = directory_;
  for (size_t slash; (slash = above.rfind('/')) != std::string::npos;) {
    above.resize(slash);
    file_system_->sync_directory(above.empty() ? "/" : above).IgnoreError();
  }
  return status;
}

// Larger than the name before, also where the wall clock went back.
void EventFile::choose_next_name() {
  const double now = std::clamp(clock_->wall_time(), 0.0, kMaxSecs);
  const auto secs = static_cast<int64_t>(now);
  if (secs > secs_) {
    secs_ = secs;
    counter_ = 0;
  } else if (counter_ < kMaxCounter) {
    ++counter_;
  } else {
    ++secs_;
    counter_ = 0;
  }
}

SpareFile EventFile::next_file() const {
  if (file_system_ != FileSystem::real()) return {};
  EventFile next(file_system_, clock_, directory_, options_);
  next.secs_ = secs_;
  next.counter_ = counter_;
  next.choose_next_name();
  std::string path = directory_ + "/" + next.next_name();
  constexpr size_t kCounterDigits = 6;
  const size_t counter_at =
      path.size() - options_.suffix.size() - kCounterDigits;
  return {std::move(path), counter_at,
          first_records(clock_->wall_time(), options_.start_step)};
}

std::string EventFile::next_name() const {
  const FileOwner owner = options_.owner ? *options_.owner : this_process();
  return event_file_name(secs_, owner.host, owner.pid, counter_,
                         options_.suffix);
}

std::string EventFile::path() const { return directory_ + "/" + name_; }

absl::Status EventFile::append(std::string_view bytes, size_t* written) {
  size_t reached = 0;
  absl::Status status = file_->append(bytes, &reached);
  bytes_ += reached;
  *written += reached;
  return status;
}

absl::Status EventFile::sync() { return file_->sync(); }

absl::Status EventFile::close() {
  is_open_ = false;
  is_suspended_ = false;
  if (file_ == nullptr) return absl::OkStatus();
  absl::Status status = file_->close();
  file_.reset();
  return status;
}

void EventFile::abandon() {
  // What went wrong with the file is known already.
  close().IgnoreError();
}

FileFate EventFile::fate() {
  return tells_fate_ ? file_->fate() : FileFate::kUnknown;
}

absl::Status EventFile::suspend() {
  absl::Status status = tells_fate_
                            ? file_->suspend()
                            : absl::UnimplementedError("it may not come back");
  is_suspended_ = !absl::IsUnimplemented(status);
  return status;
}

absl::Status EventFile::resume() {
  absl::Status status = file_->resume();
  is_suspended_ = !status.ok();
  return status;
}

}  // namespace tblog::internal
