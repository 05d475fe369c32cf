// SPDX-License-Identifier: Apache-2.0

#include "src/event/event_encoder.h"

#include <bit>

#include "src/event/wire.h"
#include "src/record/framing.h"

namespace tblog::internal {
namespace {

enum Field : uint32_t {
  kWallTime = 1,
  kStep = 2,
  kFileVersion = 3,
  kSourceMetadata = 10
};
constexpr uint32_t kSourceMetadataWriter = 1;
constexpr std::string_view kVersion = "brain.Event:2";

size_t begin_record(std::string& out) {
  out.resize(out.size() + kRecordHeaderBytes);
  return out.size();
}

// On the path of every scalar: returns where the message begins.
char* store_event_head(char* out, double wall_time, int64_t step,
                       EventField field, uint64_t message_bytes) {
  if (const auto bits = std::bit_cast<uint64_t>(wall_time); bits != 0) {
    *out++ = static_cast<char>(wire::key(kWallTime, wire::kFixed64));
    store_le64(out, bits);
    out += sizeof bits;
  }
  if (step != 0) {
    *out++ = static_cast<char>(wire::key(kStep, wire::kVarint));
    out = wire::store_varint(out, static_cast<uint64_t>(step));
  }
  *out++ =
      static_cast<char>(wire::key(static_cast<uint32_t>(field), wire::kBytes));
  return wire::store_varint(out, message_bytes);
}

size_t begin_event_record(std::string& out, double wall_time, int64_t step,
                          EventField field, uint64_t message_bytes) {
  char bytes[kMaxEventFrameBytes] = {};
  char* const end = store_event_head(bytes + kRecordHeaderBytes, wall_time,
                                     step, field, message_bytes);
  const size_t payload = out.size() + kRecordHeaderBytes;
  out.append(bytes, end);
  return payload;
}

}  // namespace

void append_file_version_record(std::string& out, double wall_time,
                                std::string_view writer) {
  const size_t payload = begin_record(out);
  wire::put_double(out, kWallTime, wall_time);
  wire::put_bytes(out, kFileVersion, kVersion);
  wire::put_bytes_header(
      out, kSourceMetadata,
      wire::bytes_field_size(kSourceMetadataWriter, writer.size()));
  wire::put_bytes_always(out, kSourceMetadataWriter, writer);
  finish_record(out, payload);
}

void append_event_record(std::string& out, double wall_time, int64_t step,
                         EventField field, std::string_view message) {
  const size_t payload =
      begin_event_record(out, wall_time, step, field, message.size());
  out += message;
  finish_record(out, payload);
}

void append_summary_record(std::string& out, double wall_time, int64_t step,
                           std::string_view values) {
  append_event_record(out, wall_time, step, EventField::kSummary, values);
}

size_t begin_summary_record(std::string& out, double wall_time, int64_t step,
                            uint64_t values_bytes) {
  return begin_event_record(out, wall_time, step, EventField::kSummary,
                            values_bytes);
}

char* store_summary_record_head(char* record, double wall_time, int64_t step,
                                uint64_t values_bytes) {
  return store_event_head(record + kRecordHeaderBytes, wall_time, step,
                          EventField::kSummary, values_bytes);
}

uint64_t event_size(double wall_time, int64_t step, EventField field,
                    uint64_t message_bytes) {
  const uint64_t wall_time_bytes =
      std::bit_cast<uint64_t>(wall_time) == 0 ? 0 : 9;
  const uint64_t step_bytes =
      step == 0 ? 0 : 1 + wire::varint_size(static_cast<uint64_t>(step));
  return wall_time_bytes + step_bytes +
         wire::bytes_field_size(static_cast<uint32_t>(field), message_bytes);
}

}  // namespace tblog::internal
