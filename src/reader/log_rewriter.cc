// SPDX-License-Identifier: Apache-2.0

#include "tblog/log_rewriter.h"

#include <cmath>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_encoder.h"
#include "src/reader/event_scan.h"
#include "src/reader/message_copy.h"
#include "src/reader/new_form.h"
#include "src/reader/rewrite_tags.h"
#include "src/reader/value_decoder.h"
#include "src/record/framing.h"

namespace tblog {
namespace {

using internal::EventView;
using internal::Form;
using internal::RewriteTag;
using internal::ScannedEvent;
using internal::to_absl;
using internal::ValueView;
using internal::What;

constexpr size_t kMaxTargets = 64;  // bits of RewriteTag::wanted
constexpr std::string_view kVersion = "brain.Event:2";
constexpr uint64_t kStart = 1;  // SessionLog.START

// A value on its way.
struct Value {
  ValueView view;
  RewriteTag* tag = nullptr;            // null: it is left out
  std::optional<std::string> replaced;  // its new form
};

bool is_start(const EventView& event) {
  internal::SessionView session;
  return event.what == What::kSessionLog &&
         internal::parse_session(event.body, &session) &&
         session.status == kStart;
}

// The tag under which a reader shows what is no summary; empty: it has none.
std::string_view tag_of(const EventView& event) {
  if (event.what == What::kGraph) return internal::kGraphTag;
  std::string_view tag;
  std::string_view bytes;
  if (event.what == What::kRunMetadata)
    internal::parse_run_metadata(event.body, &tag, &bytes);
  return tag;
}

// Whether the old readers take the file for one of version 2.
bool is_current_version(std::string_view version) {
  constexpr std::string_view kPrefix = "brain.Event:";
  double number = 0;
  return version.starts_with(kPrefix) &&
         absl::SimpleAtod(to_absl(version.substr(kPrefix.size())), &number) &&
         number >= 2;
}

class Rewriter {
 public:
  Rewriter(const std::vector<std::string>& files,
           const std::vector<RewriteTarget>& targets,
           const RewriteOptions& options)
      : files_(files), options_(options), tags_(options, targets) {}

  absl::StatusOr<RewriteReport> run(const std::vector<RewriteTarget>& targets);

 private:
  absl::Status plan_cuts();
  absl::Status copy(const ScannedEvent& event);
  absl::Status copy_summary(const ScannedEvent& event, double wall_time,
                            int64_t step);
  absl::Status copy_other(const ScannedEvent& event, double wall_time,
                          int64_t step);
  void note_version(const ScannedEvent& event);
  absl::Status begin_targets(const EventView& event, double wall_time);
  bool stays(RewriteTag& tag, int64_t step);
  void take(const ScannedEvent& event, Value& value);
  absl::StatusOr<std::string_view> metadata_of(RewriteTag& tag);
  absl::StatusOr<std::string> summary_for(size_t target,
                                          const std::vector<Value>& values,
                                          bool* as_it_is);
  absl::Status append(size_t target, std::string_view payload);
  bool cuts() const { return options_.superseded == Superseded::kCut; }

  const std::vector<std::string>& files_;
  const RewriteOptions& options_;
  internal::RewriteTags tags_;
  internal::CutPlan starts_;  // of all tags
  std::vector<RecordWriter> writers_;
  RewriteReport report_;
  std::string
      version_;  // payload of the first file's first event, if it is one
  bool any_event_ = false;
  bool begun_ = false;
  uint64_t ordinal_ = 0;
  bool looked_for_metadata_ = false;
};

absl::StatusOr<RewriteReport> Rewriter::run(
    const std::vector<RewriteTarget>& targets) {
  for (const RewriteTarget& target : targets) {
    absl::StatusOr<RecordWriter> writer =
        RecordWriter::create(target.path, options_.if_exists);
    if (!writer.ok()) return writer.status();
    writers_.push_back(*std::move(writer));
  }
  absl::Status status = cuts() ? plan_cuts() : absl::OkStatus();
  if (!status.ok()) return status;
  ordinal_ = 0;
  status = internal::scan_events(
      files_, [&](const ScannedEvent& event) { return copy(event); },
      &report_.skipped, &report_.records);
  if (status.ok() && !begun_) status = begin_targets({}, 0);
  for (RecordWriter& writer : writers_) {
    report_.bytes += writer.bytes();
    if (status.ok()) status = writer.close();
  }
  if (!status.ok()) return status;
  return std::move(report_);
}

absl::Status Rewriter::plan_cuts() {
  const auto note = [&](std::string_view old_tag, int64_t step) {
    RewriteTag* tag = tags_.find(old_tag);
    if (tag != nullptr) tag->cut.note(ordinal_, step);
  };
  absl::Status status = internal::scan_events(
      files_,
      [&](const ScannedEvent& event) {
        const int64_t step = event.view.step;
        ++ordinal_;
        if (is_start(event.view)) starts_.note_restart(ordinal_, step);
        internal::for_each_value(event.view, [&](const ValueView& value) {
          ++ordinal_;
          note(value.tag, step);
        });
        if (const std::string_view tag = tag_of(event.view); !tag.empty())
          note(tag, step);
        return absl::OkStatus();
      },
      nullptr, nullptr);
  starts_.finish();
  tags_.finish_cut_plans();
  return status;
}

absl::Status Rewriter::copy(const ScannedEvent& event) {
  ++ordinal_;
  if (event.view.what == What::kFileVersion) {
    note_version(event);
    any_event_ = true;
    return absl::OkStatus();
  }
  any_event_ = true;
  int64_t step = 0;
  if (__builtin_add_overflow(event.view.step, options_.shift_steps, &step)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the step ", event.view.step, " at offset ", event.record.offset,
        " of ", internal::escaped(event.file, 4096), " cannot be shifted by ",
        options_.shift_steps));
  }
  const double wall_time = event.view.wall_time + options_.shift_wall_time_secs;
  if (!begun_) {
    absl::Status status = begin_targets(event.view, wall_time);
    if (!status.ok()) return status;
  }
  if (event.view.what == What::kSummary)
    return copy_summary(event, wall_time, step);
  return copy_other(event, wall_time, step);
}

// Only that of the first file, where it is the first event: a reader looks for
// it there.
void Rewriter::note_version(const ScannedEvent& event) {
  if (any_event_ || !is_current_version(event.view.body)) return;
  version_ =
      internal::copy_event(event.record.payload, event.view,
                           event.view.wall_time + options_.shift_wall_time_secs,
                           event.view.step, nullptr);
  if (options_.shift_wall_time_secs == 0)
    version_ = std::string(event.record.payload);
}

absl::Status Rewriter::begin_targets(const EventView& event, double wall_time) {
  begun_ = true;
  if (version_.empty()) {
    std::string record;
    internal::append_file_version_record(
        record, std::isfinite(wall_time) ? wall_time : 0, event.writer);
    version_ = record.substr(internal::kRecordHeaderBytes,
                             record.size() - internal::kRecordFramingBytes);
    report_.added_versions += writers_.size();
  }
  for (size_t i = 0; i < writers_.size(); ++i) {
    if (absl::Status status = append(i, version_); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Rewriter::append(size_t target, std::string_view payload) {
  ++report_.events;
  return writers_[target].append(payload);
}

// Whether a value of the tag at that step, as it is in the file, is kept.
bool Rewriter::stays(RewriteTag& tag, int64_t step) {
  if (cuts() &&
      (tag.cut.cuts(ordinal_, step) || starts_.cuts(ordinal_, step))) {
    ++report_.superseded_values;
    return false;
  }
  const bool in_range = step >= options_.min_step && step <= options_.max_step;
  // As unsigned numbers: the difference of two steps may exceed int64.
  const bool far_enough =
      !tag.last_step.has_value() || options_.min_step_distance == 0 ||
      (step > *tag.last_step &&
       static_cast<uint64_t>(step) - static_cast<uint64_t>(*tag.last_step) >=
           static_cast<uint64_t>(options_.min_step_distance));
  if (!in_range || !far_enough) {
    ++report_.filtered_values;
    return false;
  }
  tag.last_step = step;
  return true;
}

// Gives the value its new form, and its tag the metadata that it brings.
void Rewriter::take(const ScannedEvent& event, Value& value) {
  const bool is_old = !internal::plugin_of(value.view.form).empty();
  std::string metadata(value.view.metadata);
  if (is_old && options_.old_forms == OldForms::kReplace) {
    absl::StatusOr<internal::NewForm> made = internal::to_new_form(value.view);
    if (!made.ok()) {
      report_.skipped.push_back(
          {event.file, event.record.offset, event.record_bytes,
           absl::StrCat("tag \"", internal::escaped(value.view.tag),
                        "\": ", made.status().message())});
      value.tag = nullptr;
      return;
    }
    metadata = std::move(made->metadata);
    value.replaced = std::move(made->value);
  }
  if (value.tag->metadata.empty()) value.tag->metadata = std::move(metadata);
}

absl::Status Rewriter::copy_summary(const ScannedEvent& event, double wall_time,
                                    int64_t step) {
  std::vector<Value> values;
  absl::Status status;
  internal::for_each_value(event.view, [&](const ValueView& view) {
    ++ordinal_;
    Value value;
    value.view = view;
    value.tag = tags_.find(view.tag);
    if (value.tag == nullptr)
      ++report_.filtered_values;
    else if (!stays(*value.tag, event.view.step))
      value.tag = nullptr;
    if (value.tag != nullptr) take(event, value);
    values.push_back(std::move(value));
  });
  const bool moved =
      wall_time != event.view.wall_time && options_.shift_wall_time_secs != 0;
  for (size_t i = 0; i < writers_.size(); ++i) {
    bool as_it_is = !moved && step == event.view.step;
    absl::StatusOr<std::string> summary = summary_for(i, values, &as_it_is);
    if (!summary.ok()) return summary.status();
    if (summary->empty() && !values.empty()) continue;
    // What is unknown to us stays, beside the values.
    for (std::string_view rest = event.view.summaries; !rest.empty();) {
      internal::wire::WireReader fields(rest);
      if (!fields.next()) break;
      if (fields.is(static_cast<uint32_t>(What::kSummary),
                    internal::wire::kBytes)) {
        internal::append_fields(*summary, fields.bytes(),
                                [](uint32_t field) { return field != 1; });
      }
      rest.remove_prefix(static_cast<size_t>(fields.position() - rest.data()));
    }
    status = append(
        i, as_it_is ? event.record.payload
                    : internal::copy_event(event.record.payload, event.view,
                                           wall_time, step, &*summary));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// The values that go to the target, as fields of a Summary. `*as_it_is` becomes
// false where they are not those of the event.
absl::StatusOr<std::string> Rewriter::summary_for(
    size_t target, const std::vector<Value>& values, bool* as_it_is) {
  const uint64_t bit = uint64_t{1} << target;
  std::string summary;
  for (const Value& value : values) {
    if (value.tag == nullptr || (value.tag->wanted & bit) == 0) {
      *as_it_is = false;
      continue;
    }
    RewriteTag& tag = *value.tag;
    std::string_view metadata;
    const bool is_old_form = !internal::plugin_of(value.view.form).empty() &&
                             !value.replaced.has_value();
    const bool has_metadata =
        value.view.has_metadata && !value.replaced.has_value();
    if ((tag.written & bit) == 0 && !has_metadata && !is_old_form) {
      absl::StatusOr<std::string_view> found = metadata_of(tag);
      if (!found.ok()) return found.status();
      metadata = *found;
      if (!metadata.empty() && !value.replaced.has_value())
        ++report_.added_metadata;
    }
    tag.written |= bit;
    ++report_.values;
    const bool same = !value.replaced.has_value() && metadata.empty() &&
                      tag.name == value.view.tag;
    *as_it_is = *as_it_is && same;
    if (same) {
      internal::wire::put_bytes_always(summary, 1, value.view.encoded);
    } else {
      internal::append_value(
          summary,
          value.replaced.has_value() ? *value.replaced : value.view.encoded,
          tag.name, metadata);
    }
  }
  return summary;
}

// Those of the first value that had any, or of one that comes later, or in
// another file.
absl::StatusOr<std::string_view> Rewriter::metadata_of(RewriteTag& tag) {
  if (tag.metadata.empty() && !looked_for_metadata_) {
    looked_for_metadata_ = true;
    std::vector<std::string> files = files_;
    files.insert(files.end(), options_.metadata_files.begin(),
                 options_.metadata_files.end());
    for (const std::string& file : files) {
      // Of another file it is no matter whether it can be read.
      (void)internal::scan_events(
          {file},
          [&](const ScannedEvent& event) {
            internal::for_each_value(event.view, [&](const ValueView& value) {
              if (!value.has_metadata) return;
              RewriteTag* of = tags_.find(value.tag);
              if (of != nullptr && of->metadata.empty())
                of->metadata = std::string(value.metadata);
            });
            return absl::OkStatus();
          },
          nullptr, nullptr);
    }
  }
  if (tag.metadata.empty() && !tag.searched) ++report_.tags_without_metadata;
  tag.searched = true;
  return tag.metadata;
}

absl::Status Rewriter::copy_other(const ScannedEvent& event, double wall_time,
                                  int64_t step) {
  if (cuts() && is_start(event.view)) return absl::OkStatus();
  uint64_t wanted = ~uint64_t{0};
  const std::string_view old_tag = tag_of(event.view);
  std::optional<std::string> body;
  if (!old_tag.empty()) {
    RewriteTag* tag = tags_.find(old_tag);
    if (tag == nullptr) ++report_.filtered_values;
    if (tag == nullptr || !stays(*tag, event.view.step))
      return absl::OkStatus();
    wanted = tag->wanted;
    if (event.view.what == What::kRunMetadata && tag->name != old_tag) {
      body.emplace();
      internal::wire::put_bytes(*body, 1, tag->name);
      internal::append_fields(*body, event.view.body,
                              [](uint32_t field) { return field != 1; });
    }
    ++report_.values;
  }
  const bool as_it_is = !body.has_value() && step == event.view.step &&
                        options_.shift_wall_time_secs == 0;
  std::string changed;
  if (!as_it_is) {
    changed = internal::copy_event(event.record.payload, event.view, wall_time,
                                   step, body.has_value() ? &*body : nullptr);
  }
  for (size_t i = 0; i < writers_.size(); ++i) {
    if ((wanted >> i & 1) == 0) continue;
    absl::Status status =
        append(i, as_it_is ? event.record.payload : std::string_view(changed));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status check(const std::vector<std::string>& files,
                   const std::vector<RewriteTarget>& targets,
                   const RewriteOptions& options) {
  if (files.empty()) {
    return absl::InvalidArgumentError("rewrite_events: there are no files");
  }
  if (targets.empty() || targets.size() > kMaxTargets) {
    return absl::InvalidArgumentError(
        absl::StrCat("rewrite_events: ", targets.size(), " targets, not 1 to ",
                     kMaxTargets));
  }
  if (options.min_step > options.max_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("RewriteOptions: min_step ", options.min_step,
                     " is above max_step ", options.max_step));
  }
  if (options.min_step_distance < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("RewriteOptions::min_step_distance is ",
                     options.min_step_distance, ", not at least 0"));
  }
  if (!std::isfinite(options.shift_wall_time_secs)) {
    return absl::InvalidArgumentError(
        "RewriteOptions::shift_wall_time_secs is not finite");
  }
  for (const auto& [from, to] : options.rename) {
    if (from.empty() || to.empty() || !internal::is_valid_utf8(to)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "RewriteOptions::rename: \"", internal::escaped(from), "\" to \"",
          internal::escaped(to), "\": a tag is valid UTF-8, and not empty"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RewriteReport> rewrite_events(
    const std::vector<std::string>& files,
    const std::vector<RewriteTarget>& targets, const RewriteOptions& options) {
  absl::Status status = check(files, targets, options);
  if (!status.ok()) return status;
  return Rewriter(files, targets, options).run(targets);
}

}  // namespace tblog
