// SPDX-License-Identifier: Apache-2.0
//
// Prefix codes of DEFLATE (RFC 1951, 3.2.2). Pure functions, thread-safe.

#ifndef TBLOG_SRC_IMAGE_HUFFMAN_H_
#define TBLOG_SRC_IMAGE_HUFFMAN_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace tblog::internal {

// The code of a symbol: `bits` of them, the first one lowest, as they go into a
// stream. 0 bits: the symbol does not occur.
struct PrefixCode {
  uint16_t code = 0;
  uint16_t bits = 0;
};

constexpr size_t kMaxSymbols = 288;

// Lengths of codes that are short where `counts` are large: at most `limit`
// bits, 0 where a count is 0, and 1 for a single symbol that occurs. At most
// kMaxSymbols; limit <= 15, and 2^limit symbols at most. Optimal but for what
// the limit costs.
void make_lengths(std::span<const uint32_t> counts, unsigned limit,
                  std::span<uint8_t> lengths);

// The codes that a decoder makes of lengths of at most 15 bits.
void make_codes(std::span<const uint8_t> lengths, std::span<PrefixCode> codes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_HUFFMAN_H_
