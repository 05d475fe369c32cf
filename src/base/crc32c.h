// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C (Castagnoli), and the mask that TFRecord puts over it. Thread-safe.

#ifndef TBLOG_SRC_BASE_CRC32C_H_
#define TBLOG_SRC_BASE_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace tblog::internal {

// The CRC-32C of `bytes`; `crc` is that of what stood before them. Uses the
// processor's instruction where it has one.
uint32_t crc32c(std::string_view bytes, uint32_t crc = 0);

// The same in plain code, for any processor; the oracle of the tests.
uint32_t crc32c_portable(std::string_view bytes, uint32_t crc = 0);

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
