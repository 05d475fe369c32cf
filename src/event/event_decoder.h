// SPDX-License-Identifier: Apache-2.0
//
// What an event's payload holds, as views into it: time, step, and the values
// of its summary, whose insides stay encoded. Field numbers:
// tensorflow/tensorboard:tensorboard/compat/proto/event.proto, summary.proto.

#ifndef TBLOG_SRC_EVENT_EVENT_DECODER_H_
#define TBLOG_SRC_EVENT_EVENT_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "src/event/wire_reader.h"

namespace tblog::internal {

// The members of Event.what, by field number.
enum class What : uint32_t {
  kNone = 0,
  kFileVersion = 3,
  kGraph = 4,
  kSummary = 5,
  kSessionLog = 7,
  kRunMetadata = 8,
  kMetaGraph = 9,
};

// The members of Summary.Value.value, by field number.
enum class Form : uint32_t {
  kNone = 0,
  kSimpleValue = 2,
  kOldHistogram = 3,  // dead: nothing shows it
  kImage = 4,
  kHistogram = 5,
  kAudio = 6,
  kTensor = 8,
};

struct ValueView {
  std::string_view encoded;  // the whole message
  std::string_view tag;
  bool has_metadata = false;
  std::string_view metadata;
  Form form = Form::kNone;
  float simple_value = 0;
  std::string_view body;  // of the other forms
  // Metadata or body come in several parts, of which the views have the last:
  // decode `encoded` by the generated class, which joins them.
  bool in_parts = false;
  // It has other fields than these: a node_name, another form, unknown ones.
  bool has_more = false;
};

struct EventView {
  double wall_time = 0;
  int64_t step = 0;
  What what = What::kNone;
  std::string_view writer;  // source_metadata.writer
  // The member's bytes. A summary may come in parts: for_each_value() joins
  // them, see `summaries`.
  std::string_view body;
  // The payload from the first part of the summary on.
  std::string_view summaries;
  // It has other fields than these, or several members of the oneof.
  bool has_more = false;
  // The summary's value where it has one alone, as most have.
  bool has_only_value = false;
  ValueView only_value;
};

// Whether `payload` is an event: the shape of its own fields, of its summary
// and values, valid UTF-8 in its strings and tags. As in libprotobuf, the last
// member of a oneof wins. The insides of values are not looked at.
bool parse_event(std::string_view payload, EventView* event);

// Whether `encoded` is a value; its tag may be invalid UTF-8.
bool parse_value(std::string_view encoded, ValueView* value);

// Calls f(const ValueView&) for each value of an event that parse_event() took.
template <class F>
void for_each_value(const EventView& event, F&& f) {
  if (event.what != What::kSummary) return;
  if (event.has_only_value) {
    f(event.only_value);
    return;
  }
  wire::WireReader fields(event.summaries);
  while (fields.next()) {
    if (!fields.is(static_cast<uint32_t>(What::kSummary), wire::kBytes))
      continue;
    wire::WireReader values(fields.bytes());
    while (values.next()) {
      ValueView value;
      if (values.is(1, wire::kBytes) && parse_value(values.bytes(), &value))
        f(value);
    }
  }
}

// The fields of a TaggedRunMetadata. False where it is malformed.
bool parse_run_metadata(std::string_view encoded, std::string_view* tag,
                        std::string_view* bytes);

struct SessionView {
  uint64_t status = 0;
  std::string_view checkpoint_path;
  std::string_view message;
};

// The fields of a SessionLog. False where it is malformed.
bool parse_session(std::string_view encoded, SessionView* session);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_EVENT_EVENT_DECODER_H_
