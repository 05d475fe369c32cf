// SPDX-License-Identifier: Apache-2.0

#include "src/summary/value.h"

#include "src/event/wire.h"

namespace tblog::internal {
namespace {

// Bytes inside the field: of the Value message. The key of every ValueField
// takes one byte.
size_t body_size(std::string_view tag, size_t message_bytes,
                 size_t metadata_bytes) {
  size_t size = wire::bytes_field_size(kValueTag, tag.size()) +
                wire::bytes_field_size(kValueTensor, message_bytes);
  if (metadata_bytes > 0)
    size += wire::bytes_field_size(kValueMetadata, metadata_bytes);
  return size;
}

}  // namespace

void append_value(std::string& out, std::string_view tag,
                  std::string_view message, std::string_view metadata,
                  ValueField field) {
  append_value_head(out, tag, message, 0, metadata, field);
  append_metadata(out, metadata);
}

void append_value_head(std::string& out, std::string_view tag,
                       std::string_view message, size_t rest,
                       std::string_view metadata, ValueField field) {
  const size_t message_bytes = message.size() + rest;
  wire::put_bytes_header(out, kSummaryValueField,
                         body_size(tag, message_bytes, metadata.size()));
  wire::put_bytes_always(out, kValueTag, tag);
  wire::put_bytes_header(out, field, message_bytes);
  out += message;
}

void append_metadata(std::string& out, std::string_view metadata) {
  wire::put_bytes(out, kValueMetadata, metadata);
}

size_t value_size(std::string_view tag, size_t message_bytes,
                  size_t metadata_bytes) {
  return wire::bytes_field_size(kSummaryValueField,
                                body_size(tag, message_bytes, metadata_bytes));
}

}  // namespace tblog::internal
