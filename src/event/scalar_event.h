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

// Steps over the key and the length of such a field where it is all that is
// left: its bytes are those up to `end`.
inline bool enter_last_field(const char** p, const char* end, uint8_t key) {
  const ptrdiff_t left = end - *p;
  if (left < 3 || static_cast<uint8_t>(**p) != key) return false;
  const ptrdiff_t length = static_cast<uint8_t>((*p)[1]);
  if (length < 0x80) {
    *p += 2;
    return length == left - 2;
  }
  const ptrdiff_t high = static_cast<uint8_t>((*p)[2]);
  *p += 3;
  return high < 0x80 && ((length & 0x7f) | high << 7) == left - 3;
}

// The float of a tensor of dtype float without dimensions.
inline bool parse_scalar_tensor(std::string_view tensor, float* value) {
  constexpr uint32_t kFloatDtype = 0x0108;
  if (tensor.size() == 10) {  // with an empty shape
    if (load_le32(tensor.data()) != (0x0012u << 16 | kFloatDtype)) return false;
  } else if (tensor.size() != 8 ||
             (load_le32(tensor.data()) & 0xffff) != kFloatDtype) {
    return false;
  }
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
  if (!enter_last_field(&p, end, 0x2a)) return false;  // summary
  if (!enter_last_field(&p, end, 0x0a)) return false;  // value
  if (!take_field(&p, end, 0x0a, &event->tag)) return false;
  std::string_view tensor;
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
  if (p == end) return true;
  if (!enter_last_field(&p, end, 0x4a)) return false;
  event->metadata = {p, static_cast<size_t>(end - p)};
  return true;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_EVENT_SCALAR_EVENT_H_
