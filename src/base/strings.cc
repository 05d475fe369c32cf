// SPDX-License-Identifier: Apache-2.0

#include "src/base/strings.h"

#include <cstddef>
#include <cstdint>

#include "src/base/endian.h"

namespace tblog::internal {
namespace {

struct Sequence {
  size_t length;  // bytes to go on by; at least 1
  bool valid;
};

uint8_t byte_at(std::string_view s, size_t i) {
  return static_cast<uint8_t>(s[i]);
}

// The well-formed or malformed sequence at the front of `s`, which is not
// empty. Table 3-7 of the Unicode standard.
Sequence first_sequence(std::string_view s) {
  const uint8_t lead = byte_at(s, 0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  for (size_t i = 1; i < length; ++i) {
    if (i >= s.size() || byte_at(s, i) < low || byte_at(s, i) > high)
      return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {length, true};
}

void append_hex_escape(std::string& out, uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xf];
}

// U+0080 to U+009F: control characters that terminals obey too.
bool is_c1_control(std::string_view sequence) {
  return sequence.size() == 2 && byte_at(sequence, 0) == 0xc2 &&
         byte_at(sequence, 1) < 0xa0;
}

void append_escaped(std::string& out, std::string_view sequence, bool valid) {
  const char c = sequence[0];
  if (!valid || is_c1_control(sequence)) {
    for (char byte : sequence)
      append_hex_escape(out, static_cast<uint8_t>(byte));
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
    append_hex_escape(out, static_cast<uint8_t>(c));
  } else {
    out += sequence;
  }
}

}  // namespace

bool is_valid_utf8(std::string_view s) {
  constexpr uint64_t kNoAscii = 0x8080808080808080u;
  while (!s.empty()) {
    if (s.size() >= 8 && (load_le64(s.data()) & kNoAscii) == 0) {
      s.remove_prefix(8);
      continue;
    }
    const Sequence sequence = first_sequence(s);
    if (!sequence.valid) return false;
    s.remove_prefix(sequence.length);
  }
  return true;
}

std::string to_valid_utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const Sequence sequence = first_sequence(s);
    out += sequence.valid ? s.substr(0, sequence.length)
                          : std::string_view("\xef\xbf\xbd");
    s.remove_prefix(sequence.length);
  }
  return out;
}

std::string escaped(std::string_view s, size_t max_bytes) {
  std::string out;
  while (!s.empty()) {
    if (out.size() >= max_bytes) return out + "…";
    const Sequence sequence = first_sequence(s);
    append_escaped(out, s.substr(0, sequence.length), sequence.valid);
    s.remove_prefix(sequence.length);
  }
  return out;
}

}  // namespace tblog::internal
