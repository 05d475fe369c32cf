// SPDX-License-Identifier: Apache-2.0

#include "src/reader/run_checks.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/event/wire_reader.h"
#include "src/reader/checked_parse.h"
#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/value_decoder.h"
#include "tblog/proto/event.pb.h"
#include "tblog/proto/plugins.pb.h"

namespace tblog::internal {
namespace {

constexpr size_t kMaxWriterChars = 128;
constexpr uint32_t kLogMessage = 6;  // a field of Event
constexpr uint32_t kNodeName = 7;    // a field of Summary.Value
constexpr uint64_t kStart = 1;       // SessionLog.START

bool has_field(std::string_view message, uint32_t number) {
  wire::WireReader fields(message);
  while (fields.next()) {
    if (fields.field() == number) return true;
  }
  return false;
}

// Whether the tag of one of the event's values is no UTF-8.
bool has_bad_tag(std::string_view payload) {
  wire::WireReader event(payload);
  while (event.next()) {
    if (!event.is(5, wire::kBytes)) continue;
    wire::WireReader summary(event.bytes());
    while (summary.next()) {
      ValueView value;
      if (summary.is(1, wire::kBytes) && parse_value(summary.bytes(), &value) &&
          !is_valid_utf8(value.tag))
        return true;
    }
  }
  return false;
}

double version_of(std::string_view text) {
  constexpr std::string_view kPrefix = "brain.Event:";
  double number = 0;
  if (!text.starts_with(kPrefix) ||
      !absl::SimpleAtod(to_absl(text.substr(kPrefix.size())), &number))
    return 0;
  return number;
}

bool is_known_plugin(std::string_view plugin) {
  return kind_of(Form::kTensor, plugin) != ValueKind::kOther ||
         plugin.starts_with("graph");
}

}  // namespace

FoundAt RunChecks::here(std::string_view tag) const {
  return {file_, run_, tag, offset_, bytes_, event_.step};
}

void RunChecks::begin_file(const std::string& path) {
  tell_lone_start();
  file_ = path;
  ++file_number_;
  times_ = {};
  any_event_ = false;
}

// A resumed run has two STARTs, one after the other.
void RunChecks::tell_lone_start() {
  if (!lone_start_.has_value()) return;
  findings_.add(TrapId::kSessionResume, *std::exchange(lone_start_, {}),
                "the run has points at its step or after");
}

bool RunChecks::check_record(const Record& record, uint64_t bytes) {
  ++record_number_;
  ScalarEvent scalar;
  if (parse_scalar_event(record.payload, &scalar) && take_scalar(scalar))
    return true;
  offset_ = record.offset;
  bytes_ = bytes;
  event_ = {};
  if (record.payload.empty()) {
    tell(TrapId::kRecordEmpty, "a record without bytes");
    return false;
  }
  if (!check_event(record.payload)) return false;
  check_fields(record.payload);
  const bool is_start = event_.what == What::kSessionLog;
  if (is_start) check_start();
  if (!is_start) tell_lone_start();
  if (event_.what == What::kGraph) {
    check_graph(event_.body, [&](TrapId trap, std::string detail) {
      tell(trap, std::move(detail));
    });
    check_blob(kGraphTag);
  } else if (event_.what == What::kRunMetadata) {
    std::string_view tag;
    std::string_view run_metadata;
    parse_run_metadata(event_.body, &tag, &run_metadata);
    tell(TrapId::kRunMetadataGraph, "a tagged_run_metadata", tag);
  }
  for_each_value(event_, [&](const ValueView& value) { check_value(value); });
  if (event_.what != What::kFileVersion && !is_start)
    highest_step_ = std::max(highest_step_, event_.step);
  return true;
}

// Whether the event is a scalar after others of its tag with which nothing can
// be wrong: all that the long way would do for it is done then. Each condition
// stands for a check there.
bool RunChecks::take_scalar(const ScalarEvent& scalar) {
  constexpr int64_t kMaxStep = int64_t{1} << 31;
  if (!any_event_ || lone_start_.has_value() ||
      !std::isfinite(scalar.wall_time) || !std::isfinite(scalar.value) ||
      scalar.step < 0 || scalar.step >= kMaxStep || scalar.tag.empty())
    return false;
  Tag* const tag = find(scalar.tag);
  const bool has_metadata = scalar.metadata.data() != nullptr;
  if (tag == nullptr || tag->value_file != file_number_ ||
      !tag->is->is_scalar ||
      (has_metadata && (tag->metadata_file != file_number_ ||
                        tag->is->metadata != scalar.metadata)) ||
      tag->starts_seen != starts_.count() || tag->values == 0 ||
      scalar.step <= tag->last_step)
    return false;
  ++tag->values;
  tag->last_event = record_number_;
  tag->last_step = scalar.step;
  tag->all_at_zero = false;
  if (!std::exchange(times_.any, true)) times_.first = scalar.wall_time;
  times_.last = scalar.wall_time;
  highest_step_ = std::max(highest_step_, scalar.step);
  return true;
}

// Whether it is one.
bool RunChecks::check_event(std::string_view payload) {
  if (parse_event(payload, &event_)) {
    if (is_plain(event_)) return true;
    proto::Event whole;
    absl::Status status = checked_parse(payload, "event", &whole);
    if (!absl::IsInvalidArgument(status)) return true;
    tell(TrapId::kEventInvalid, std::string(status.message()));
    return false;
  }
  if (has_bad_tag(payload))
    tell(TrapId::kTagUtf8, "bytes of the tag that are no UTF-8");
  else
    tell(TrapId::kEventInvalid, "its fields are malformed");
  return false;
}

// What the event says of itself.
void RunChecks::check_fields(std::string_view payload) {
  if (!std::exchange(any_event_, true)) {
    const bool is_version = event_.what == What::kFileVersion;
    if (!is_version || version_of(event_.body) < 2) {
      tell(TrapId::kFirstRecord,
           is_version
               ? absl::StrCat("it begins with \"", escaped(event_.body), "\"")
               : "it begins with another event");
    }
  }
  if (!std::isfinite(event_.wall_time)) {
    tell(TrapId::kWallTimeFinite, absl::StrCat("it is ", event_.wall_time));
  } else {
    if (!std::exchange(times_.any, true)) times_.first = event_.wall_time;
    times_.last = event_.wall_time;
  }
  if (event_.writer.size() > kMaxWriterChars)
    tell(TrapId::kSourceWriter, absl::StrCat(event_.writer.size(), " bytes"));
  if (event_.step >= int64_t{1} << 31 || event_.step > int64_t{1} << 53 ||
      event_.step < -(int64_t{1} << 53))
    tell(TrapId::kStepAnyInt64, absl::StrCat("step ", event_.step));
  if (event_.what == What::kMetaGraph)
    tell(TrapId::kMetaGraph, absl::StrCat(event_.body.size(), " bytes"));
  if (event_.has_more && has_field(payload, kLogMessage))
    tell(TrapId::kDeadFields, "a log_message");
}

void RunChecks::check_start() {
  SessionView session;
  if (!parse_session(event_.body, &session) || session.status != kStart) return;
  starts_.add(event_.step);
  lone_start_.reset();
  if (highest_step_ < event_.step) return;
  if (starts_.count() == 1) {
    lone_start_ = FoundAt{file_, run_, "", offset_, bytes_, event_.step};
  } else {
    tell(TrapId::kSessionStart,
         absl::StrCat("the run has points up to step ", highest_step_));
  }
}

// A START says that the run goes on from its step.
void RunChecks::go_on_from_starts(Tag& tag) const {
  const uint64_t seen = std::exchange(tag.starts_seen, starts_.count());
  if (seen == starts_.count() || tag.values == 0) return;
  const std::optional<int64_t> lowest = starts_.lowest_since(seen);
  if (!lowest.has_value() || *lowest > tag.last_step) return;
  tag.last_step = *lowest;
  if (tag.last_step > std::numeric_limits<int64_t>::min()) --tag.last_step;
}

RunChecks::Tag* RunChecks::find(std::string_view name) {
  if (last_ != nullptr && last_->next != nullptr &&
      same_tag(last_->next->name, name))
    return last_ = last_->next;
  const uint32_t number = index_.find(
      name, [&](uint32_t i) -> std::string_view { return tags_[i].name; });
  if (number == TagIndex::kNone) return nullptr;
  if (last_ != nullptr) last_->next = &tags_[number];
  return last_ = &tags_[number];
}

RunChecks::Tag& RunChecks::tag_of(std::string_view name) {
  if (Tag* const known = find(name)) return *known;
  index_.add(name);
  Tag& tag = tags_.emplace_back(Tag{std::string(name), nothing_});
  if (last_ != nullptr) last_->next = &tag;
  return *(last_ = &tag);
}

const RunChecks::Description* RunChecks::share(Description description) {
  description.is_scalar = description.plugin == "scalars";
  std::string key = absl::StrCat(
      description.plugin.size(), " ", description.metadata.size(), " ",
      description.plugin, description.metadata, description.content);
  return &descriptions_.try_emplace(std::move(key), std::move(description))
              .first->second;
}

// Graphs beside the summaries.
void RunChecks::check_blob(std::string_view name) {
  Tag& tag = tag_of(name);
  check_step(tag, name, true);
}

void RunChecks::check_step(Tag& tag, std::string_view name, bool is_blob) {
  go_on_from_starts(tag);
  const int64_t step = event_.step;
  const bool is_first = tag.values++ == 0;
  const bool same_event = tag.last_event == record_number_ && !is_first;
  tag.last_event = record_number_;
  const int64_t before = std::exchange(tag.last_step, step);
  const bool were_at_zero = tag.all_at_zero;
  tag.all_at_zero = tag.all_at_zero && step == 0;
  if (is_first || step > before) return;
  if (is_blob) {
    if (step == before)
      tell(TrapId::kGraphSteps, absl::StrCat("step ", step, " again"), name);
  } else if (same_event) {
    tell(TrapId::kStepTwiceInEvent, absl::StrCat("step ", step), name);
  } else if (step == 0 && were_at_zero) {
    tell(TrapId::kStepMissing, "step 0 again", name);
  } else {
    tell(TrapId::kStepIncreasing,
         absl::StrCat("step ", step, " after ", before), name);
  }
}

// What the value says of its tag. False where it belongs to another series.
bool RunChecks::check_metadata(const ValueView& value, Tag& tag) {
  std::string_view own = plugin_of(value.form);
  if (!value.has_metadata) {
    const bool first_in_file = tag.value_file != file_number_;
    if (own.empty() && tag.metadata_file < 0) {
      if (tag.values == 0)
        tell(TrapId::kMetadataFirst, "a tensor without metadata", value.tag);
    } else if (own.empty() && first_in_file) {
      tell(TrapId::kMetadataEachFile, "the file has none for it", value.tag);
    }
    if (tag.is->plugin.empty() && !own.empty())
      tag.is = share({std::string(own), "", "", 0});
    if (own.empty() || own == tag.is->plugin) return true;
    tell(TrapId::kOnePlugin,
         absl::StrCat(to_absl(own), " after ", escaped(tag.is->plugin)),
         value.tag);
    return false;
  }
  if (tag.metadata_file == file_number_ && tag.is->metadata == value.metadata)
    return true;  // told already
  absl::StatusOr<SeriesMetadata> decoded = decode_metadata(value);
  if (!decoded.ok()) return false;  // checked_parse() has told it
  if (decoded->plugin.empty()) decoded->plugin = std::string(own);
  check_content(decoded->plugin, decoded->content,
                [&](TrapId trap, std::string detail) {
                  tell(trap, std::move(detail), value.tag);
                });
  const bool is_first = tag.metadata_file < 0;
  tag.metadata_file = file_number_;
  if (!tag.is->plugin.empty() && tag.is->plugin != decoded->plugin) {
    tell(TrapId::kOnePlugin,
         absl::StrCat(escaped(decoded->plugin), " after ",
                      escaped(tag.is->plugin)),
         value.tag);
    return false;
  }
  if (!is_first) {
    // A session that starts twice is told as such.
    if (tag.is->metadata != value.metadata && tag.is->plugin != "hparams")
      tell(TrapId::kMetadataConstant, "other bytes than those of the first",
           value.tag);
    return true;
  }
  proto::SummaryMetadata message;
  message.ParseFromArray(value.metadata.data(),
                         static_cast<int>(value.metadata.size()));
  tag.is = share({decoded->plugin, std::string(value.metadata),
                  decoded->content, message.data_class()});
  if (tag.is->data_class == 0 && own.empty() &&
      !is_known_plugin(tag.is->plugin)) {
    tell(TrapId::kMetadataFirst,
         absl::StrCat("the plugin \"", escaped(tag.is->plugin),
                      "\" without a data class"),
         value.tag);
  }
  return true;
}

void RunChecks::check_value(const ValueView& value) {
  if (value.tag.empty()) tell(TrapId::kTagEmpty, "a value without a tag");
  if (value.form == Form::kOldHistogram ||
      (value.has_more && has_field(value.encoded, kNodeName)))
    tell(TrapId::kDeadFields,
         value.form == Form::kOldHistogram ? "an obsolete histogram"
                                           : "a node_name",
         value.tag);
  if (value.form == Form::kNone && !value.has_metadata) return;
  Tag& tag = tag_of(value.tag);
  if (!check_metadata(value, tag)) return;
  const ValueKind kind = kind_of(value.form, tag.is->plugin);
  if (value.form == Form::kNone && tag.is->data_class != 0) {
    tell(kind == ValueKind::kHParams ? TrapId::kHparamsTensor
                                     : TrapId::kTensorAlways,
         absl::StrCat("data class ", tag.is->data_class), value.tag);
  }
  if (kind == ValueKind::kLayout && tag.values > 0 &&
      tag.last_step == event_.step) {
    tell(TrapId::kLayoutLast, absl::StrCat("step ", event_.step), value.tag);
  } else if (kind != ValueKind::kHParams) {
    check_step(tag, value.tag, kind == ValueKind::kGraph);
  } else {
    ++tag.values;
  }
  tag.value_file = file_number_;
  const auto tell_it = [&](TrapId trap, std::string detail) {
    tell(trap, std::move(detail), value.tag);
  };
  if (kind == ValueKind::kScalar) {
    check_scalar(value, tell_it);
  } else if (kind == ValueKind::kHParams) {
    check_hparams(value);
  } else if (value.form != Form::kNone) {
    check_parts(value, tag, kind);
  }
}

// What belongs to the values of a series together.
void RunChecks::check_parts(const ValueView& value, Tag& tag, ValueKind kind) {
  const auto tell_it = [&](TrapId trap, std::string detail) {
    tell(trap, std::move(detail), value.tag);
  };
  if (is_harmless(kind, value)) return;
  proto::Summary::Value message;
  if (!parse_message(value.encoded, &message).ok()) return;
  const bool has_content = message.metadata().has_plugin_data();
  const std::string& content = has_content
                                   ? message.metadata().plugin_data().content()
                                   : tag.is->content;
  check_value_traps(kind, message, content, tell_it);
  if (kind == ValueKind::kAudio && message.has_tensor()) {
    absl::StatusOr<AudioValue> audio = decode_audio(message);
    const size_t clips = audio.ok() ? audio->clips.size() : tag.clips;
    if (tag.values > 1 && clips != tag.clips)
      tell_it(TrapId::kAudioClipCount,
              absl::StrCat(clips, " clips after ", tag.clips));
    tag.clips = clips;
  }
  if (kind != ValueKind::kMesh) return;
  proto::MeshPluginData mesh;
  if (!checked_parse(content, "mesh", &mesh).ok()) return;
  if (mesh.shape_size() != 3)
    tell_it(TrapId::kMeshShape,
            absl::StrCat(mesh.shape_size(), " numbers in its shape"));
  Mesh& parts = meshes_[mesh.name()];
  parts.claimed |= mesh.components() == 0 ? 14 : mesh.components();
  parts.found |= uint64_t{1} << (mesh.content_type() & 7);
  Steps& steps = parts.parts[std::string(value.tag)];
  ++steps.count;
  char bytes[8];
  store_le64(bytes, static_cast<uint64_t>(event_.step));
  steps.crc = crc32c({bytes, sizeof bytes}, steps.crc);
}

void RunChecks::check_hparams(const ValueView& value) {
  if (!value.has_metadata) return;
  absl::StatusOr<SeriesMetadata> metadata = decode_metadata(value);
  if (!metadata.ok()) return;
  absl::StatusOr<HParamsValue> hparams = decode_hparams(metadata->content);
  if (!hparams.ok()) return;
  if (std::holds_alternative<HParamsValue::Experiment>(hparams->what))
    log_.experiments.emplace(run_, file_);
  if (!std::holds_alternative<HParamsValue::SessionStart>(hparams->what))
    return;
  if (run_ == ".")
    tell(TrapId::kHparamsBelowRoot, "the run is \".\"", value.tag);
  if (session_start_.has_value() && *session_start_ != metadata->content)
    tell(TrapId::kHparamsOnce, "another one than the first", value.tag);
  if (!session_start_.has_value()) session_start_ = metadata->content;
}

void RunChecks::end_run() {
  tell_lone_start();
  for (const auto& [name, mesh] : meshes_) {
    const std::string& tag = mesh.parts.begin()->first;
    FoundAt at{file_, run_, tag};
    if (mesh.claimed != mesh.found) {
      findings_.add(TrapId::kMeshComponents, at,
                    absl::StrCat("components ", mesh.claimed, ", there are ",
                                 mesh.found));
    }
    for (const auto& [part, steps] : mesh.parts) {
      if (steps == mesh.parts.begin()->second) continue;
      at.tag = part;
      findings_.add(
          TrapId::kMeshSteps, at,
          absl::StrCat("other steps than those of \"", escaped(tag), "\""));
    }
  }
}

}  // namespace tblog::internal
