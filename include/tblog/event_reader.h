// SPDX-License-Identifier: Apache-2.0
//
// Events of one file, one after the other, in constant memory: for files larger
// than memory, and for programs that want everything in the order in which it
// was written. log_reader.h has whole runs as columns.
//
//   absl::StatusOr<tblog::EventReader> reader = tblog::EventReader::open(path);
//   while (true) {
//     absl::StatusOr<std::optional<tblog::Event>> event = reader->next();
//     if (!event.ok() || !event->has_value()) break;
//     for (const tblog::TaggedValue& value : (*event)->values) …
//   }
//
// An EventFilter leaves out what is not asked for before it is decoded:
//
//   tblog::EventReader::open(path, {}, {.tags = {"loss*"}, .min_step = 100});

#ifndef TBLOG_EVENT_READER_H_
#define TBLOG_EVENT_READER_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/export.h"
#include "tblog/graph_value.h"
#include "tblog/hparams_value.h"
#include "tblog/record_io.h"
#include "tblog/values.h"

namespace tblog {

// What stands beside a series' first value.
struct SeriesMetadata {
  std::string plugin;        // "scalars", "images", …
  std::string content;       // the plugin's own message, encoded
  std::string display_name;  // empty: the tag
  std::string description;   // Markdown
};

// One value of an event.
struct TaggedValue {
  std::string tag;
  ValueKind kind = ValueKind::kTensor;
  // Of this value, or of the first one of the tag in this file where this value
  // has none.
  SeriesMetadata metadata;
  // Monostate: kOther without a tensor. kOther with one, and kTensor:
  // TensorValue. A mesh's other parts have tags of their own.
  std::variant<std::monostate, double, HistogramValue, ImageValue, AudioValue,
               TextValue, TensorValue, PrCurveValue, MeshValue, LayoutValue,
               HParamsValue, GraphDefValue, RunMetadataValue>
      value;
};

enum class EventKind : uint8_t {
  kNone,         // nothing but a time and a step
  kFileVersion,  // the first event of a file
  kSummary,
  kGraph,
  kSessionLog,
  kRunMetadata,
  kMetaGraph,
};

struct Event {
  uint64_t offset = 0;   // of its record, from the file's begin
  double wall_time = 0;  // seconds since the epoch
  int64_t step = 0;
  EventKind kind = EventKind::kNone;
  std::string file_version;         // of kFileVersion, "brain.Event:2"
  std::string writer;               // who wrote the file, where it says so
  std::vector<TaggedValue> values;  // of kSummary
  std::string tag;                  // of kRunMetadata
  std::string bytes;  // of kGraph, kRunMetadata, kMetaGraph: encoded messages
  SessionValue session;  // of kSessionLog
};

// Which events and values are given; the rest is passed over undecoded. A plain
// aggregate: change the fields you care about.
struct EventFilter {
  // Globs (matches_glob() in log_reader.h); a value whose tag one of them
  // matches is given. A graph and a session log, which have none, count as
  // values of the tags that LogReader gives them. Default: all.
  std::vector<std::string> tags = {};
  // Default: all. With tags or kinds, an event in which no value is left is
  // passed over.
  std::vector<ValueKind> kinds = {};
  // First and last step, both included. Default: all.
  int64_t min_step = std::numeric_limits<int64_t>::min();
  int64_t max_step = std::numeric_limits<int64_t>::max();
  // False: TaggedValue::value stays empty, and so do Event::bytes and
  // Event::session: what there is, not what it says. Values are not checked
  // then. Default: true.
  bool decode_values = true;
};

// Reads the events of one file. One thread. Memory: as RecordReader, an event,
// 80 bytes and the name a tag, metadata once: at most 30 times the file's size.
class TBLOG_EXPORT EventReader {
 public:
  // Errors: as RecordReader::open(); InvalidArgument for a filter whose
  // min_step is above its max_step.
  static absl::StatusOr<EventReader> open(
      const std::string& path, const RecordReaderOptions& options = {},
      const EventFilter& filter = {});

  ~EventReader();
  EventReader(EventReader&& other) noexcept;
  EventReader& operator=(EventReader&& other) noexcept;

  // The next event, or none at the end of the file, as RecordReader::next().
  // Skipped and noted like damage: records that are no event, values that
  // contradict themselves or repeat over 64 MiB of metadata in their event.
  absl::StatusOr<std::optional<Event>> next();

  // Damage of the file, of its records and of values, in the order of offsets.
  const std::vector<SkippedRegion>& skipped() const;
  // As of RecordReader.
  uint64_t incomplete_bytes() const;
  // Whole records so far, those too that are no events or were passed over.
  uint64_t records() const;

 private:
  class Impl;
  explicit EventReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tblog

#endif  // TBLOG_EVENT_READER_H_
