// SPDX-License-Identifier: Apache-2.0
//
// Encoded messages with some fields exchanged, and all others, unknown ones
// too, copied as they are.

#ifndef TBLOG_SRC_READER_MESSAGE_COPY_H_
#define TBLOG_SRC_READER_MESSAGE_COPY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "src/event/event_decoder.h"
#include "src/event/wire.h"
#include "src/event/wire_reader.h"

namespace tblog::internal {

// Appends the fields of `message` for whose numbers `keep` holds, with the tags
// before them. The message must be well formed.
template <class F>
void append_fields(std::string& out, std::string_view message, F&& keep) {
  wire::WireReader fields(message);
  const char* begin = message.data();
  while (fields.next()) {
    const char* end = fields.position();
    if (keep(fields.field())) out.append(begin, end);
    begin = end;
  }
}

// Appends the value as a field of a Summary, its tag and metadata exchanged.
// Empty metadata: none are added to those that it has.
inline void append_value(std::string& out, std::string_view value,
                         std::string_view tag, std::string_view metadata) {
  std::string copy;
  wire::put_bytes(copy, 1, tag);
  append_fields(copy, value, [](uint32_t field) { return field != 1; });
  if (!metadata.empty()) wire::put_bytes_always(copy, 9, metadata);
  wire::put_bytes_always(out, 1, copy);
}

// The event at another time and step; unless it is null, `body` takes the place
// of what it holds.
inline std::string copy_event(std::string_view payload, const EventView& event,
                              double wall_time, int64_t step,
                              const std::string* body) {
  std::string copy;
  wire::put_double(copy, 1, wall_time);
  wire::put_int64(copy, 2, step);
  append_fields(copy, payload, [&](uint32_t field) {
    const bool holds = field >= 3 && field <= 9;
    return field > 2 && (!holds || body == nullptr);
  });
  if (body != nullptr && event.what != What::kNone) {
    wire::put_bytes_always(copy, static_cast<uint32_t>(event.what), *body);
  }
  return copy;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_MESSAGE_COPY_H_
