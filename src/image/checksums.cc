// SPDX-License-Identifier: Apache-2.0

#include "src/image/checksums.h"

#include <zlib.h>

#include <algorithm>

namespace tblog::internal {

uint32_t extend_adler32(uint32_t adler, const uint8_t* data, size_t n) {
  constexpr uint32_t kModulus = 65'521;
  // As many as the sums of 32 bits hold before they are reduced, rounded down
  // to whole vectors.
  constexpr size_t kBlock = 4096;
  uint32_t sum = adler & 0xffff;
  uint32_t sums = adler >> 16;
  while (n > 0) {
    const size_t block = std::min(n, kBlock);
    uint32_t bytes = 0;
    uint32_t weighted = 0;
    const auto weight = static_cast<uint32_t>(block);
    for (uint32_t i = 0; i < weight; ++i) {
      bytes += data[i];
      weighted += (weight - i) * data[i];
    }
    sums = (sums + weight * sum % kModulus + weighted % kModulus) % kModulus;
    sum = (sum + bytes) % kModulus;
    data += block;
    n -= block;
  }
  return sums << 16 | sum;
}

uint32_t png_crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace tblog::internal
