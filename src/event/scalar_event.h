// SPDX-License-Identifier: Apache-2.0
//
// An event of one float as nearly every writer encodes it, taken apart at once:
// most events of most logs. Whatever is encoded in another way is none.

#ifndef TBLOG_SRC_EVENT_SCALAR_EVENT_H_
#define TBLOG_SRC_EVENT_SCALAR_EVENT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "src/base/endian.h"
#include "src/event/event_decoder.h"

namespace tblog::internal {

struct ScalarEvent {
  double wall_time = 0;
  int64_t step = 0;
  std::string_view tag;
  Form form = Form::kNone;  // kSimpleValue or kTensor
  float value = 0;
  // Encoded SummaryMetadata, not looked at; null: it has none.
  std::string_view metadata;
};

// The bytes of a field with that key at `*p`, up to `end`; lengths above 2^14
// count as none.
inline bool take_field(const char** p, const char* end, uint8_t key,
                       std::string_view* bytes) {
  const char* at = *p;
  if (end - at < 3 || static_cast<uint8_t>(*at) != key) return false;
  size_t length = static_cast<uint8_t>(at[1]);
  at += 2;
  if (length >= 0x80) {
    const size_t high = static_cast<uint8_t>(*at++);
    if (high >= 0x80) return false;
    length = (length & 0x7f) | high << 7;
  }
  if (length > static_cast<size_t>(end - at)) return false;
  *bytes = {at, length};
  *p = at + length;
  return true;
}

// The float of a tensor of dtype float without dimensions.
inline bool parse_scalar_tensor(std::string_view tensor, float* value) {
  const bool has_shape = tensor.size() == 10;  // an empty one
  if (!has_shape && tensor.size() != 8) return false;
  if (std::memcmp(tensor.data(), has_shape ? "\x08\x01\x12\x00" : "\x08\x01",
                  has_shape ? 4 : 2) != 0)
    return false;
  const char* const p = tensor.data() + tensor.size() - 6;
  const bool is_float_val = p[0] == 0x2a;
  const bool is_content = p[0] == 0x22;
  if ((!is_float_val && !is_content) || p[1] != 4) return false;
  *value = std::bit_cast<float>(load_le32(p + 2));
  return true;
}

// Whether the payload is such an event: wall time, step (or none: 0), one
// value; of that tag, number, and metadata or none; in this order, nothing
// else. parse_event() takes it too, if the tag is valid UTF-8, and finds the
// same in it, and decode_float_scalar() the same number.
inline bool parse_scalar_event(std::string_view payload, ScalarEvent* event) {
  constexpr size_t kLeastBytes = 9 + 2 + 2 + 2 + 5;
  constexpr int kMaxStepBytes = 5;  // more are for the long way
  if (payload.size() < kLeastBytes || payload[0] != 0x09) return false;
  const char* p = payload.data();
  const char* const end = p + payload.size();
  event->wall_time = std::bit_cast<double>(load_le64(p + 1));
  p += 9;
  uint64_t step = 0;
  if (*p == 0x10) {
    ++p;
    uint64_t byte;
    int i = 0;
    do {
      if (i == kMaxStepBytes) return false;
      byte = static_cast<uint8_t>(*p++);
      step |= (byte & 0x7f) << (7 * i++);
    } while (byte >= 0x80);
  }
  event->step = static_cast<int64_t>(step);
  std::string_view summary;
  std::string_view value;
  std::string_view tensor;
  if (!take_field(&p, end, 0x2a, &summary) || p != end) return false;
  p = summary.data();
  if (!take_field(&p, end, 0x0a, &value) || p != end) return false;
  p = value.data();
  if (!take_field(&p, end, 0x0a, &event->tag)) return false;
  if (end - p >= 5 && *p == 0x15) {
    event->form = Form::kSimpleValue;
    event->value = std::bit_cast<float>(load_le32(p + 1));
    p += 5;
  } else if (take_field(&p, end, 0x42, &tensor) &&
             parse_scalar_tensor(tensor, &event->value)) {
    event->form = Form::kTensor;
  } else {
    return false;
  }
  event->metadata = {};
  return p == end || (take_field(&p, end, 0x4a, &event->metadata) && p == end);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_EVENT_SCALAR_EVENT_H_
