// SPDX-License-Identifier: Apache-2.0

#include "src/base/crc32c.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "src/base/endian.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <sys/auxv.h>
#endif

namespace tblog::internal {
namespace {

constexpr uint32_t kReflectedPolynomial = 0x82f63b78u;

// From here on several streams pay.
constexpr size_t kLongBytes = 192;

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

// x^(64 k - 33) modulo the polynomial, bit-reflected, for each k of a table: a
// carry-less product with it, put through the instruction, moves a checksum
// over k words of zeros. (The instruction multiplies by x^32, the product of
// two reflected numbers by x.)
//
// From one k to the next: 64 bits of zeros more, by the tables.
constexpr uint32_t next_shift(uint32_t shift) {
  return kTables[7][shift & 0xff] ^ kTables[6][(shift >> 8) & 0xff] ^
         kTables[5][(shift >> 16) & 0xff] ^ kTables[4][shift >> 24];
}

constexpr uint32_t kFirstShift = 1;  // x^31
constexpr size_t kMaxWords = 256;    // of one stream
using ShiftTable = std::array<uint32_t, 2 * kMaxWords + 1>;

constexpr ShiftTable make_shifts() {
  ShiftTable shifts{};
  shifts[1] = kFirstShift;
  for (size_t k = 2; k < shifts.size(); ++k)
    shifts[k] = next_shift(shifts[k - 1]);
  return shifts;
}

constexpr ShiftTable kShifts = make_shifts();

// Streams so far apart that the processor fetches each ahead of its use.
constexpr size_t kFarWords = 4096;

constexpr uint32_t shift_over(size_t words) {
  uint32_t shift = kFirstShift;
  for (size_t k = 1; k < words; ++k) shift = next_shift(shift);
  return shift;
}

constexpr uint32_t kFarShift = shift_over(kFarWords);
constexpr uint32_t kTwiceFarShift = shift_over(2 * kFarWords);

// `sum`, 32 bits, times the shift.
__attribute__((target("sse4.2,pclmul"))) inline __m128i moved(uint64_t sum,
                                                              uint32_t shift) {
  return _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(sum)),
                              _mm_cvtsi32_si128(static_cast<int>(shift)), 0);
}

// The instruction takes a word a cycle, but three cycles for each: three parts
// of `words` side by side, whose checksums are then moved together, by the
// shifts over one part and over two.
__attribute__((target("sse4.2,pclmul"))) inline uint64_t add_three_streams(
    const char* p, size_t words, uint32_t shift, uint32_t twice_shift,
    uint64_t state) {
  const char* second = p + 8 * words;
  const char* third = second + 8 * words;
  uint64_t a = state;
  uint64_t b = 0;
  uint64_t c = 0;
  for (size_t i = 0; i < 8 * words; i += 8) {
    a = _mm_crc32_u64(a, load_le64(p + i));
    b = _mm_crc32_u64(b, load_le64(second + i));
    c = _mm_crc32_u64(c, load_le64(third + i));
  }
  const __m128i both = _mm_xor_si128(moved(a, twice_shift), moved(b, shift));
  return c ^ _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(both)));
}

__attribute__((target("sse4.2,pclmul"))) uint32_t crc32c_of_three_streams(
    std::string_view bytes, uint32_t crc) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  uint64_t state = static_cast<uint32_t>(~crc);
  for (; left >= 24 * kFarWords; left -= 24 * kFarWords, p += 24 * kFarWords)
    state = add_three_streams(p, kFarWords, kFarShift, kTwiceFarShift, state);
  while (left >= kLongBytes) {
    const size_t words = std::min(left / 24, kMaxWords);
    state =
        add_three_streams(p, words, kShifts[words], kShifts[2 * words], state);
    p += 24 * words;
    left -= 24 * words;
  }
  return crc32c_by_one_stream({p, left}, ~static_cast<uint32_t>(state));
}

uint32_t crc32c_by_instruction(std::string_view bytes, uint32_t crc) {
  return bytes.size() >= kLongBytes && __builtin_cpu_supports("pclmul")
             ? crc32c_of_three_streams(bytes, crc)
             : crc32c_by_one_stream(bytes, crc);
}

#elif defined(__aarch64__) && defined(__linux__)

bool has_instruction() {
  static const bool has = (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
  return has;
}

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

uint32_t crc32c_of_many(std::string_view bytes, uint32_t crc) {
  return has_instruction() ? crc32c_by_instruction(bytes, crc)
                           : crc32c_portable(bytes, crc);
}

}  // namespace tblog::internal
