// SPDX-License-Identifier: Apache-2.0

#include "src/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#include "src/base/endian.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

namespace tblog::internal {
namespace {

constexpr uint32_t kReflectedPolynomial = 0x82f63b78u;

using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < 8; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

#if defined(__x86_64__)

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(
    std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint64_t state = ~crc;
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto tail = static_cast<uint32_t>(state);
  for (; left > 0; --left, ++p)
    tail = _mm_crc32_u8(tail, static_cast<unsigned char>(*p));
  return ~tail;
}

#elif defined(__aarch64__) && defined(__linux__)

bool has_instruction() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("+crc"))) uint32_t crc32c_by_instruction(
    std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint32_t state = ~crc;
  for (; left >= 4; left -= 4, p += 4) state = __crc32cw(state, load_le32(p));
  for (; left > 0; --left, ++p)
    state = __crc32cb(state, static_cast<unsigned char>(*p));
  return ~state;
}

#else

bool has_instruction() { return false; }

uint32_t crc32c_by_instruction(std::string_view bytes, uint32_t crc) {
  return crc32c_portable(bytes, crc);
}

#endif

}  // namespace

// Eight bytes a step by eight tables ("slicing by 8").
uint32_t crc32c_portable(std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint32_t state = ~crc;
  for (; left >= 8; left -= 8, p += 8) {
    const uint32_t low = load_le32(p) ^ state;
    const uint32_t high = load_le32(p + 4);
    state = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^
            kTables[5][(low >> 16) & 0xff] ^ kTables[4][low >> 24] ^
            kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
            kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; left > 0; --left, ++p)
    state = (state >> 8) ^
            kTables[0][(state ^ static_cast<unsigned char>(*p)) & 0xff];
  return ~state;
}

uint32_t crc32c(std::string_view bytes, uint32_t crc) {
  static const bool by_instruction = has_instruction();
  return by_instruction ? crc32c_by_instruction(bytes, crc)
                        : crc32c_portable(bytes, crc);
}

}  // namespace tblog::internal
