// SPDX-License-Identifier: Apache-2.0
//
// Little-endian numbers in memory, whatever the host's order. Compilers turn
// each into one instruction.

#ifndef TBLOG_SRC_BASE_ENDIAN_H_
#define TBLOG_SRC_BASE_ENDIAN_H_

#include <bit>
#include <cstdint>
#include <cstring>

namespace tblog::internal {

inline uint32_t little_endian(uint32_t v) {
  return std::endian::native == std::endian::little ? v : __builtin_bswap32(v);
}

inline uint64_t little_endian(uint64_t v) {
  return std::endian::native == std::endian::little ? v : __builtin_bswap64(v);
}

inline void store_le32(char* out, uint32_t v) {
  v = little_endian(v);
  std::memcpy(out, &v, sizeof v);
}

inline void store_le64(char* out, uint64_t v) {
  v = little_endian(v);
  std::memcpy(out, &v, sizeof v);
}

inline uint32_t load_le32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return little_endian(v);
}

inline uint64_t load_le64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return little_endian(v);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_ENDIAN_H_
