// SPDX-License-Identifier: Apache-2.0

#include "tblog/resume.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/base/writer_lock.h"
#include "src/event/event_encoder.h"
#include "src/reader/cut_plan.h"
#include "src/reader/discovery.h"
#include "src/reader/event_scan.h"
#include "src/record/framing.h"
#include "tblog/log_rewriter.h"
#include "tblog/version.h"

namespace tblog {
namespace {

using internal::EventView;
using internal::ScannedEvent;
using internal::to_absl;
using internal::What;

// A SessionLog with the status START.
constexpr std::string_view kSessionStart("\x08\x01", 2);
constexpr uint64_t kStart = 1;

double now() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool is_start(const EventView& event) {
  internal::SessionView session;
  return event.what == What::kSessionLog &&
         internal::parse_session(event.body, &session) &&
         session.status == kStart;
}

// Calls f(tag) for each value of the event, and for what readers make one of.
template <class F>
void for_each_tag(const EventView& event, F&& f) {
  constexpr std::string_view kRunGraph = "__run_graph__";
  if (event.what == What::kGraph) return f(kRunGraph);
  if (event.what == What::kRunMetadata) {
    std::string_view tag;
    std::string_view bytes;
    if (internal::parse_run_metadata(event.body, &tag, &bytes)) f(tag);
    return;
  }
  internal::for_each_value(
      event, [&](const internal::ValueView& value) { f(value.tag); });
}

// What the run's tags have on either side of the step.
class Sides {
 public:
  Sides(const std::vector<std::string>& files, int64_t step)
      : files_(files), step_(step) {}

  absl::Status find(ResumeReport& report) {
    absl::Status status = scan(nullptr, [&](int64_t at, Tag& tag) {
      tag.cut.note(ordinal_, at);
      tag.shown = at;
      beyond_ = beyond_ || at >= step_;
    });
    if (!status.ok()) return status;
    starts_.finish();
    for (auto& [name, tag] : tags_) tag.cut.finish();
    planned_ = true;
    status = scan(&report.skipped, [&](int64_t at, Tag& tag) {
      const bool cut = tag.cut.cuts(ordinal_, at) || starts_.cuts(ordinal_, at);
      if (!cut && at < step_) tag.kept = std::max(at, tag.kept.value_or(at));
    });
    if (!status.ok()) return status;
    report.first_step = step_;
    for (const auto& [name, tag] : tags_) {
      if (tag.kept && tag.shown > *tag.kept) {
        report.first_step = std::min(report.first_step, *tag.kept);
      } else if (!tag.kept && tag.shown >= step_) {
        report.uncut_tags.push_back(name);
      }
    }
    std::sort(report.uncut_tags.begin(), report.uncut_tags.end());
    return absl::OkStatus();
  }

  // Whether anything stands at the step or after it.
  bool beyond() const { return beyond_; }

 private:
  struct Tag {
    internal::CutPlan cut;
    int64_t shown = 0;            // the last step that the data server shows
    std::optional<int64_t> kept;  // the last one that shall remain
  };

  template <class F>
  absl::Status scan(std::vector<SkippedRegion>* skipped, F&& use) {
    ordinal_ = 0;
    return internal::scan_events(
        files_,
        [&](const ScannedEvent& event) {
          ++ordinal_;
          if (is_start(event.view) && !planned_)
            starts_.note_restart(ordinal_, event.view.step);
          for_each_tag(event.view, [&](std::string_view name) {
            ++ordinal_;
            use(event.view.step, tags_[to_absl(name)]);
          });
          return absl::OkStatus();
        },
        skipped, nullptr);
  }

  const std::vector<std::string>& files_;
  const int64_t step_;
  absl::node_hash_map<std::string, Tag> tags_;
  internal::CutPlan starts_;
  uint64_t ordinal_ = 0;
  bool planned_ = false;
  bool beyond_ = false;
};

std::string_view payload_of(std::string_view record) {
  return record.substr(internal::kRecordHeaderBytes,
                       record.size() - internal::kRecordFramingBytes);
}

// As TensorBoard's Python reader wants it: the first START of a run says only
// that there is one.
absl::Status append_head(RecordWriter& writer, int64_t step) {
  std::string record;
  internal::append_file_version_record(record, now(), "tblog " TBLOG_VERSION);
  absl::Status status = writer.append(payload_of(record));
  for (int i = 0; i < 2 && status.ok(); ++i) {
    record.clear();
    internal::append_event_record(
        record, now(), step, internal::EventField::kSessionLog, kSessionStart);
    status = writer.append(payload_of(record));
  }
  return status;
}

// All but the file's version.
absl::Status append_events(RecordWriter& writer, const std::string& path,
                           ResumeReport& report) {
  absl::StatusOr<RecordReader> reader = RecordReader::open(path);
  if (!reader.ok()) return reader.status();
  for (bool first = true;; first = false) {
    absl::StatusOr<std::optional<Record>> record = reader->next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) return absl::OkStatus();
    if (first) continue;
    ++report.events;
    if (absl::Status status = writer.append((*record)->payload); !status.ok())
      return status;
  }
}

// A file of the events that stand in the run once more; gone with this.
class Repeated {
 public:
  explicit Repeated(const std::string& run) : path_(run + "/.tblog-resume") {}
  ~Repeated() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Repeated(const Repeated&) = delete;
  Repeated& operator=(const Repeated&) = delete;

  absl::Status write(const std::vector<std::string>& files, int64_t first_step,
                     int64_t last_step) {
    RewriteOptions options;
    options.min_step = first_step;
    options.max_step = last_step;
    options.superseded = Superseded::kCut;
    options.if_exists = IfExists::kReplace;
    options.metadata_files = files;
    return rewrite_events(files, {{path_}}, options).status();
  }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

int64_t secs_to_wait(std::string_view name) {
  constexpr std::string_view kMarker = "tfevents.";
  const size_t marker = name.rfind(kMarker);
  if (marker == std::string_view::npos) return 0;
  const std::string_view digits = name.substr(marker + kMarker.size());
  int64_t secs = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), secs);
  return std::max<int64_t>(0, secs + 1 - static_cast<int64_t>(now()));
}

}  // namespace

absl::StatusOr<ResumeReport> bridge_resume(const std::string& run,
                                           int64_t step) {
  if (step == std::numeric_limits<int64_t>::min())
    return absl::InvalidArgumentError(
        "there is no step below the one to "
        "resume at");
  const std::vector<std::string> files = internal::event_files_in(run);
  if (files.empty())
    return absl::NotFoundError(
        absl::StrCat("no event files in ", internal::escaped(run, 4096)));
  for (const std::string& file : files) {
    if (internal::is_marked_as_written(file))
      return absl::FailedPreconditionError(
          absl::StrCat("a writer is at work on ", internal::escaped(file, 4096),
                       ": end it before the run is resumed"));
  }
  ResumeReport report;
  Sides sides(files, step);
  if (absl::Status status = sides.find(report); !status.ok()) return status;
  if (!sides.beyond()) return report;

  // Behind the newest name, before any that has a later time.
  report.file = files.back() + ".resume";
  report.wait_secs = secs_to_wait(files.back());
  absl::StatusOr<RecordWriter> writer = RecordWriter::create(report.file);
  if (!writer.ok()) return writer.status();
  absl::Status status = append_head(*writer, report.first_step);
  report.events = 3;
  if (status.ok() && report.first_step < step) {
    Repeated repeated(run);
    status = repeated.write(files, report.first_step, step - 1);
    if (status.ok()) status = append_events(*writer, repeated.path(), report);
  }
  report.bytes = writer->bytes();
  if (status.ok()) status = writer->close();
  if (!status.ok()) return status;
  return report;
}

}  // namespace tblog
