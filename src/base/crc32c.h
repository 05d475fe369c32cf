// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), and the mask that TFRecord puts over it. Thread-safe.

#ifndef TBLOG_SRC_BASE_CRC32C_H_
#define TBLOG_SRC_BASE_CRC32C_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tblog::internal {

// The CRC-32C of `bytes`; `crc` is that of what stood before them. Uses the
// processor's instruction where it has one.
inline uint32_t crc32c(std::string_view bytes, uint32_t crc = 0);

// The same in plain code, for any processor; the oracle of the tests.
uint32_t crc32c_portable(std::string_view bytes, uint32_t crc = 0);

// The same, in any number of bytes.
uint32_t crc32c_of_many(std::string_view bytes, uint32_t crc);

#if defined(__x86_64__)

// By the instruction alone, which the processor must have. By its name, since
// its intrinsic is for functions of its own target alone, which no other may
// take in.
inline uint32_t crc32c_by_one_stream(std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint64_t state = static_cast<uint32_t>(~crc);
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    asm("crc32q %1, %0" : "+r"(state) : "rm"(word));
  }
  if ((left & 4) != 0) {
    uint32_t half;
    std::memcpy(&half, p, 4);
    asm("crc32l %1, %k0" : "+r"(state) : "rm"(half));
    p += 4;
  }
  if ((left & 2) != 0) {
    uint16_t quarter;
    std::memcpy(&quarter, p, 2);
    asm("crc32w %1, %k0" : "+r"(state) : "rm"(quarter));
    p += 2;
  }
  if ((left & 1) != 0) asm("crc32b %1, %k0" : "+r"(state) : "qm"(*p));
  return ~static_cast<uint32_t>(state);
}

// Few bytes without a call: most records are scalars.
inline uint32_t crc32c(std::string_view bytes, uint32_t crc) {
  constexpr size_t kFewBytes = 128;
  return bytes.size() <= kFewBytes && __builtin_cpu_supports("sse4.2")
             ? crc32c_by_one_stream(bytes, crc)
             : crc32c_of_many(bytes, crc);
}

#else

inline uint32_t crc32c(std::string_view bytes, uint32_t crc) {
  return crc32c_of_many(bytes, crc);
}

#endif

// That of the eight bytes of `word`, the lowest one first; bit by bit, for
// tables that the compiler makes.
constexpr uint32_t crc32c_of_word(uint64_t word) {
  uint64_t state = word ^ 0xffffffffu;
  for (int bit = 0; bit < 64; ++bit)
    state = (state >> 1) ^ ((state & 1) != 0 ? uint64_t{0x82f63b78u} : 0);
  return ~static_cast<uint32_t>(state);
}

// Delta and rotation are TFRecord's, see
// tensorflow/tensorflow:tensorflow/core/lib/hash/crc32c.h.
constexpr uint32_t kCrcMaskDelta = 0xa282ead8u;

constexpr uint32_t mask_crc(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + kCrcMaskDelta;
}

constexpr uint32_t unmask_crc(uint32_t masked) {
  const uint32_t rotated = masked - kCrcMaskDelta;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_CRC32C_H_
