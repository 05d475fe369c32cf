// SPDX-License-Identifier: Apache-2.0

#include "tblog/event_reader.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_decoder.h"
#include "src/reader/damage_list.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"

namespace tblog {
namespace {

using internal::EventView;
using internal::Form;
using internal::to_absl;
using internal::ValueView;
using internal::What;

constexpr std::string_view kKindNames[] = {
    "scalar", "histogram",    "image",   "audio",     "text",
    "tensor", "pr_curve",     "mesh",    "layout",    "hparams",
    "graph",  "run_metadata", "session", "embedding", "other"};

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
  explicit Impl(RecordReader records) : records_(std::move(records)) {}

  absl::StatusOr<std::optional<Event>> next();
  const std::vector<SkippedRegion>& skipped();
  uint64_t incomplete_bytes() const { return records_.incomplete_bytes(); }

 private:
  Event decode(const Record& record, const EventView& view);
  absl::StatusOr<TaggedValue> decode(const ValueView& view);
  void fill_body(const EventView& view, Event& event);
  void skip(const Record& record, std::string reason) {
    damage_.add(records_.path(), record.offset,
                records_.offset() - record.offset, std::move(reason));
  }

  RecordReader records_;
  internal::DamageList damage_;
  std::vector<SkippedRegion> skipped_;  // of both, made when asked for
  absl::flat_hash_map<std::string, SeriesMetadata> metadata_;  // by tag
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
    EventView view;
    if (internal::parse_event((*record)->payload, &view)) {
      return decode(**record, view);
    }
    skip(**record, "record that is no valid event");
  }
}

Event EventReader::Impl::decode(const Record& record, const EventView& view) {
  Event event;
  event.offset = record.offset;
  event.wall_time = view.wall_time;
  event.step = view.step;
  event.kind = event_kind(view.what);
  event.writer = std::string(view.writer);
  fill_body(view, event);
  internal::for_each_value(view, [&](const ValueView& value) {
    if (value.form == Form::kOldHistogram) return;
    if (value.form == Form::kNone && !value.has_metadata) return;
    absl::StatusOr<TaggedValue> decoded = decode(value);
    if (decoded.ok()) {
      event.values.push_back(*std::move(decoded));
    } else {
      skip(record, absl::StrCat("tag \"", internal::escaped(value.tag),
                                "\": ", decoded.status().message()));
    }
  });
  return event;
}

void EventReader::Impl::fill_body(const EventView& view, Event& event) {
  std::string_view tag;
  std::string_view bytes = view.body;
  if (view.what == What::kFileVersion) {
    event.file_version = std::string(view.body);
  } else if (view.what == What::kSessionLog) {
    if (auto session = internal::decode_session(view.body); session.ok())
      event.session = *std::move(session);
  } else if (view.what == What::kRunMetadata) {
    bytes = {};
    internal::parse_run_metadata(view.body, &tag, &bytes);
    event.tag = std::string(tag);
    event.bytes = std::string(bytes);
  } else if (view.what == What::kGraph || view.what == What::kMetaGraph) {
    event.bytes = std::string(view.body);
  }
}

absl::StatusOr<TaggedValue> EventReader::Impl::decode(const ValueView& view) {
  TaggedValue value;
  value.tag = std::string(view.tag);
  const auto known = metadata_.find(to_absl(view.tag));
  if (view.has_metadata) {
    absl::StatusOr<SeriesMetadata> metadata = internal::decode_metadata(view);
    if (!metadata.ok()) return metadata.status();
    value.metadata = *std::move(metadata);
  } else if (known != metadata_.end()) {
    value.metadata = known->second;
  }
  if (value.metadata.plugin.empty()) {
    value.metadata.plugin = internal::plugin_of(view.form);
  }
  value.kind = internal::kind_of(view.form, value.metadata.plugin);
  absl::StatusOr<AnyValue> decoded =
      decode_as(value.kind, value.metadata, view);
  if (!decoded.ok()) return decoded.status();
  value.value = *std::move(decoded);
  if (known == metadata_.end() && !value.metadata.plugin.empty()) {
    metadata_.emplace(value.tag, value.metadata);
  }
  return value;
}

EventReader::EventReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&& other) noexcept = default;
EventReader& EventReader::operator=(EventReader&& other) noexcept = default;

absl::StatusOr<EventReader> EventReader::open(
    const std::string& path, const RecordReaderOptions& options) {
  absl::StatusOr<RecordReader> records = RecordReader::open(path, options);
  if (!records.ok()) return records.status();
  return EventReader(std::make_unique<Impl>(*std::move(records)));
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

}  // namespace tblog
