// SPDX-License-Identifier: Apache-2.0
//
// The two questions that each scalar asks of its tag's text, without a call:
// texts are short, and a call costs as much as the answer. Thread-safe.

#ifndef TBLOG_SRC_WRITER_TAG_TEXT_H_
#define TBLOG_SRC_WRITER_TAG_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tblog::internal {

// Eight bytes, or the fewer that there are; in the machine's order.
inline uint64_t load_word(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}
inline uint64_t load_short(const char* p, size_t bytes) {
  if (bytes >= 4) {
    uint32_t first, last;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + bytes - 4, 4);
    return (uint64_t{first} << 32) | last;
  }
  if (bytes == 0) return 0;
  const auto at = [p](size_t i) {
    return uint64_t{static_cast<unsigned char>(p[i])};
  };
  return (at(0) << 16) | (at(bytes / 2) << 8) | at(bytes - 1);
}

inline bool same_text(std::string_view a, std::string_view b) {
  const size_t bytes = a.size();
  if (bytes != b.size()) return false;
  if (bytes < 8)
    return load_short(a.data(), bytes) == load_short(b.data(), bytes);
  uint64_t different = 0;
  for (size_t i = 0; i + 8 < bytes; i += 8)
    different |= load_word(a.data() + i) ^ load_word(b.data() + i);
  different |=
      load_word(a.data() + bytes - 8) ^ load_word(b.data() + bytes - 8);
  return different == 0;
}

// For a table whose size is a power of two: each bit of the text reaches the
// lower bits of the hash.
inline uint64_t text_hash(std::string_view text) {
  // Odd, with as many ones as zeros: the golden ratio's fraction.
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15u;
  const size_t bytes = text.size();
  uint64_t hash = bytes;
  const auto mix = [&hash](uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32;
  };
  if (bytes < 8) {
    mix(load_short(text.data(), bytes));
  } else {
    for (size_t i = 0; i + 8 < bytes; i += 8) mix(load_word(text.data() + i));
    mix(load_word(text.data() + bytes - 8));
  }
  return hash;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_TAG_TEXT_H_
