// SPDX-License-Identifier: Apache-2.0

#include "tblog/event_reader.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_decoder.h"
#include "src/reader/common_pool.h"
#include "src/reader/damage_list.h"
#include "src/reader/glob_list.h"
#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/tag_index.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"
#include "tblog/log_reader.h"

namespace tblog {
namespace {

using internal::EventView;
using internal::Form;
using internal::Ref;
using internal::SeriesCommon;
using internal::to_absl;
using internal::ValueView;
using internal::What;

constexpr std::string_view kKindNames[] = {
    "scalar", "histogram",    "image",   "audio",     "text",
    "tensor", "pr_curve",     "mesh",    "layout",    "hparams",
    "graph",  "run_metadata", "session", "embedding", "other"};

// Of the metadata that stands once in the file and beside each value here.
constexpr uint64_t kMaxRepeatedBytes = uint64_t{64} << 20;  // in one event

using AnyValue = decltype(TaggedValue::value);

template <class T>
absl::StatusOr<AnyValue> any(absl::StatusOr<T> value) {
  if (!value.ok()) return value.status();
  return AnyValue(*std::move(value));
}

// A value whose bytes are a string of a tensor.
template <class F>
absl::StatusOr<AnyValue> any_blob(const proto::Summary::Value& message,
                                  ValueKind kind, F&& decode) {
  absl::StatusOr<std::string_view> blob =
      internal::single_string(message, value_kind_name(kind));
  if (!blob.ok()) return blob.status();
  return any(decode(*blob));
}

absl::StatusOr<AnyValue> decode_as(ValueKind kind,
                                   const SeriesMetadata& metadata,
                                   const ValueView& value) {
  if (kind == ValueKind::kScalar) return any(internal::decode_scalar(value));
  if (kind == ValueKind::kHistogram) {
    if (auto plain = internal::decode_plain_histogram(value))
      return AnyValue(*std::move(plain));
  }
  proto::Summary::Value message;
  absl::Status status = internal::parse_message(value.encoded, &message);
  if (!status.ok()) return status;
  switch (kind) {
    case ValueKind::kHistogram:
      return any(internal::decode_histogram(message));
    case ValueKind::kImage:
      return any(internal::decode_image(message));
    case ValueKind::kAudio:
      return any(internal::decode_audio(message));
    case ValueKind::kText:
      return any(internal::decode_text(message));
    case ValueKind::kPrCurve:
      return any(internal::decode_pr_curve(message));
    case ValueKind::kMesh:
      return any(internal::decode_mesh(message, metadata.content));
    case ValueKind::kLayout:
      return any(internal::decode_layout(message));
    case ValueKind::kHParams:
      return any(internal::decode_hparams(metadata.content));
    case ValueKind::kGraph:
      return any_blob(message, kind, &decode_graph);
    case ValueKind::kRunMetadata:
      return any_blob(message, kind, &decode_run_metadata);
    default:
      break;
  }
  status = internal::check_value(kind, message);
  if (!status.ok()) return status;
  if (!message.has_tensor()) return AnyValue();
  return any(internal::decode_tensor(message.tensor()));
}

uint64_t bytes_of(const SeriesMetadata& metadata) {
  return metadata.plugin.size() + metadata.content.size() +
         metadata.display_name.size() + metadata.description.size();
}

EventKind event_kind(What what) {
  switch (what) {
    case What::kNone:
      return EventKind::kNone;
    case What::kFileVersion:
      return EventKind::kFileVersion;
    case What::kGraph:
      return EventKind::kGraph;
    case What::kSummary:
      return EventKind::kSummary;
    case What::kSessionLog:
      return EventKind::kSessionLog;
    case What::kRunMetadata:
      return EventKind::kRunMetadata;
    case What::kMetaGraph:
      return EventKind::kMetaGraph;
  }
  return EventKind::kNone;
}

}  // namespace

std::string_view value_kind_name(ValueKind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

std::optional<ValueKind> value_kind_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kKindNames); ++i) {
    if (kKindNames[i] == name) return static_cast<ValueKind>(i);
  }
  return std::nullopt;
}

class EventReader::Impl {
 public:
  Impl(RecordReader records, const EventFilter& filter)
      : records_(std::move(records)), filter_(filter) {}

  absl::StatusOr<std::optional<Event>> next();
  const std::vector<SkippedRegion>& skipped();
  uint64_t incomplete_bytes() const { return records_.incomplete_bytes(); }
  uint64_t records() const { return record_count_; }

 private:
  // What is known of a tag. Small: a file may have millions.
  struct Known {
    std::string tag;
    Ref<const SeriesCommon> common;  // of its first value that had metadata
    bool wanted = true;
  };

  bool decode(const Record& record, const EventView& view, Event* event);
  void decode(const Record& record, const ValueView& view, Event& event);
  absl::StatusOr<SeriesMetadata> metadata_of(const ValueView& view,
                                             const Known& known);
  bool wants_body(const EventView& view, std::string_view run_metadata_tag);
  bool wants_blob(std::string_view tag, ValueKind kind) {
    return wants_kind(kind) && known(tag).wanted;
  }
  bool wants_kind(ValueKind kind) const;
  bool wants_step(int64_t step) const {
    return step >= filter_.min_step && step <= filter_.max_step;
  }
  bool wants_all_values() const {
    return filter_.tags.empty() && filter_.kinds.empty();
  }
  Known& known(std::string_view tag);
  void fill_body(const EventView& view, Event& event);
  void skip(const Record& record, std::string reason) {
    damage_.add(records_.path(), record.offset,
                records_.offset() - record.offset, std::move(reason));
  }

  RecordReader records_;
  uint64_t record_count_ = 0;
  EventFilter filter_;
  internal::DamageList damage_;
  std::vector<SkippedRegion> skipped_;  // of both, made when asked for
  internal::TagIndex index_;            // of known_
  std::deque<Known> known_;
  internal::CommonPool commons_{nullptr};
  uint64_t repeated_bytes_ = 0;  // of kMaxRepeatedBytes, in the current event
};

const std::vector<SkippedRegion>& EventReader::Impl::skipped() {
  skipped_ = damage_.merged_with(records_.skipped());
  return skipped_;
}

absl::StatusOr<std::optional<Event>> EventReader::Impl::next() {
  while (true) {
    absl::StatusOr<std::optional<Record>> record = records_.next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) return std::nullopt;
    ++record_count_;
    EventView view;
    if (!internal::parse_event((*record)->payload, &view)) {
      skip(**record, "record that is no valid event");
      continue;
    }
    std::optional<Event> event(std::in_place);
    if (decode(**record, view, &*event)) return event;
  }
}

// False: nothing of the event is wanted.
bool EventReader::Impl::decode(const Record& record, const EventView& view,
                               Event* event) {
  event->offset = record.offset;
  event->wall_time = view.wall_time;
  event->step = view.step;
  event->kind = event_kind(view.what);
  repeated_bytes_ = 0;
  if (view.what == What::kSummary) {
    internal::for_each_value(view, [&](const ValueView& value) {
      if (value.form == Form::kOldHistogram) return;
      if (value.form == Form::kNone && !value.has_metadata) return;
      decode(record, value, *event);
    });
    if (!wants_step(view.step)) return false;
    if (event->values.empty() && !wants_all_values()) return false;
  } else {
    std::string_view tag;
    std::string_view bytes;
    if (view.what == What::kRunMetadata) {
      internal::parse_run_metadata(view.body, &tag, &bytes);
    }
    if (!wants_step(view.step) || !wants_body(view, tag)) return false;
    fill_body(view, *event);
  }
  event->writer = std::string(view.writer);
  return true;
}

bool EventReader::Impl::wants_body(const EventView& view,
                                   std::string_view run_metadata_tag) {
  if (wants_all_values()) return true;
  switch (view.what) {
    case What::kGraph:
      return wants_blob(internal::kGraphTag, ValueKind::kGraph);
    case What::kRunMetadata:
      return wants_blob(run_metadata_tag, ValueKind::kRunMetadata);
    case What::kSessionLog:
      return wants_blob(internal::kSessionTag, ValueKind::kSession);
    default:
      return false;
  }
}

bool EventReader::Impl::wants_kind(ValueKind kind) const {
  return filter_.kinds.empty() ||
         std::find(filter_.kinds.begin(), filter_.kinds.end(), kind) !=
             filter_.kinds.end();
}

EventReader::Impl::Known& EventReader::Impl::known(std::string_view tag) {
  const uint32_t number = index_.find(
      tag, [&](uint32_t i) -> std::string_view { return known_[i].tag; });
  if (number != internal::TagIndex::kNone) return known_[number];
  index_.add(tag);
  return known_.emplace_back(Known{std::string(tag), commons_.nothing(),
                                   internal::any_matches(filter_.tags, tag)});
}

void EventReader::Impl::fill_body(const EventView& view, Event& event) {
  std::string_view tag;
  std::string_view bytes;
  if (view.what == What::kFileVersion) {
    event.file_version = std::string(view.body);
  } else if (view.what == What::kRunMetadata) {
    internal::parse_run_metadata(view.body, &tag, &bytes);
    event.tag = std::string(tag);
  } else if (view.what == What::kGraph || view.what == What::kMetaGraph) {
    bytes = view.body;
  }
  if (!filter_.decode_values) return;
  event.bytes = std::string(bytes);
  if (view.what != What::kSessionLog) return;
  if (auto session = internal::decode_session(view.body); session.ok())
    event.session = *std::move(session);
}

// The metadata of the value, or of the first one of its tag.
absl::StatusOr<SeriesMetadata> EventReader::Impl::metadata_of(
    const ValueView& view, const Known& known) {
  // Writers that repeat the metadata with each value repeat its bytes.
  if (!view.has_metadata ||
      (!view.in_parts && known.common->encoded == view.metadata))
    return known.common->metadata;
  return internal::decode_metadata(view);
}

// Adds the value to the event where it is wanted.
void EventReader::Impl::decode(const Record& record, const ValueView& view,
                               Event& event) {
  Known& known = this->known(view.tag);
  if (!known.wanted) return;
  const auto fail = [&](const absl::Status& status) {
    skip(record, absl::StrCat("tag \"", internal::escaped(view.tag),
                              "\": ", status.message()));
  };
  if (!view.has_metadata) repeated_bytes_ += bytes_of(known.common->metadata);
  if (repeated_bytes_ > kMaxRepeatedBytes) {
    return fail(absl::ResourceExhaustedError(
        "the values of the event would repeat more than 64 MiB of metadata"));
  }
  absl::StatusOr<SeriesMetadata> metadata = metadata_of(view, known);
  if (!metadata.ok()) return fail(metadata.status());
  const bool says_plugin = !metadata->plugin.empty();
  if (!says_plugin) metadata->plugin = internal::plugin_of(view.form);
  const ValueKind kind = internal::kind_of(view.form, metadata->plugin);
  if (wants_step(event.step) && wants_kind(kind)) {
    absl::StatusOr<AnyValue> decoded =
        filter_.decode_values ? decode_as(kind, *metadata, view) : AnyValue();
    if (!decoded.ok()) return fail(decoded.status());
    event.values.push_back(
        {std::string(view.tag), kind, *metadata, *std::move(decoded)});
  }
  if (known.common->metadata.plugin.empty()) {
    const bool is_of_bytes = view.has_metadata && !view.in_parts && says_plugin;
    known.common = commons_.share(
        *std::move(metadata), is_of_bytes ? view.metadata : std::string_view());
  }
}

EventReader::EventReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&& other) noexcept = default;
EventReader& EventReader::operator=(EventReader&& other) noexcept = default;

absl::StatusOr<EventReader> EventReader::open(
    const std::string& path, const RecordReaderOptions& options,
    const EventFilter& filter) {
  if (filter.min_step > filter.max_step) {
    return absl::InvalidArgumentError(
        absl::StrCat("EventFilter: min_step ", filter.min_step,
                     " is above max_step ", filter.max_step));
  }
  absl::StatusOr<RecordReader> records = RecordReader::open(path, options);
  if (!records.ok()) return records.status();
  return EventReader(std::make_unique<Impl>(*std::move(records), filter));
}

absl::StatusOr<std::optional<Event>> EventReader::next() {
  return impl_->next();
}
const std::vector<SkippedRegion>& EventReader::skipped() const {
  return impl_->skipped();
}
uint64_t EventReader::incomplete_bytes() const {
  return impl_->incomplete_bytes();
}
uint64_t EventReader::records() const { return impl_->records(); }

}  // namespace tblog
