// SPDX-License-Identifier: Apache-2.0
//
// Events as framed records. Field numbers:
// tensorflow/tensorboard:tensorboard/compat/proto/event.proto.

#ifndef TBLOG_SRC_EVENT_EVENT_ENCODER_H_
#define TBLOG_SRC_EVENT_EVENT_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tblog::internal {

// The first record of every file: version "brain.Event:2" and who wrote it.
void append_file_version_record(std::string& out, double wall_time,
                                std::string_view writer);

// What an event holds; the values are its field numbers.
enum class EventField : uint32_t {
  kGraphDef = 4,
  kSummary = 5,
  kSessionLog = 7,
  kTaggedRunMetadata = 8,
};

// One record: an Event{wall_time, step, `field`} whose field holds the already
// encoded `message`. The payload must stay below 2^31 bytes, see event_size().
void append_event_record(std::string& out, double wall_time, int64_t step,
                         EventField field, std::string_view message);

// One record: an Event{wall_time, step, summary} whose Summary holds the
// already encoded `values`, each a whole `Summary.value` field. The payload
// must stay below 2^31 bytes, see summary_event_size().
void append_summary_record(std::string& out, double wall_time, int64_t step,
                           std::string_view values);

// The same in two halves, for callers that encode the values in place: appends
// what stands before them and returns where the payload begins; the caller
// appends exactly `values_bytes` and calls finish_record() of
// src/record/framing.h.
size_t begin_summary_record(std::string& out, double wall_time, int64_t step,
                            uint64_t values_bytes);

// The most that a record of an event takes beside its message.
constexpr size_t kMaxEventFrameBytes = 12 + 9 + 11 + 11 + 4;

// The same to memory that is there, for records below 2^31 bytes: stores what
// stands before the values of the record that begins at `record`, and returns
// where they begin. Then call store_record_frame() of src/record/framing.h.
char* store_summary_record_head(char* record, double wall_time, int64_t step,
                                uint64_t values_bytes);

// Bytes of such a record's payload.
uint64_t event_size(double wall_time, int64_t step, EventField field,
                    uint64_t message_bytes);
inline uint64_t summary_event_size(double wall_time, int64_t step,
                                   uint64_t values_bytes) {
  return event_size(wall_time, step, EventField::kSummary, values_bytes);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_EVENT_EVENT_ENCODER_H_
