// SPDX-License-Identifier: Apache-2.0
//
// What a block of DEFLATE is made of: symbols, their codes, and the header that
// tells these. Source: RFC 1951, 3.2.5 to 3.2.7. Thread-compatible.

#ifndef TBLOG_SRC_IMAGE_DEFLATE_SYMBOLS_H_
#define TBLOG_SRC_IMAGE_DEFLATE_SYMBOLS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/endian.h"
#include "src/image/huffman.h"

namespace tblog::internal {

// Bits, the lowest first, into memory that has room for 8 bytes more than they
// take.
class BitSink {
 public:
  BitSink(char* out, uint64_t bits, unsigned count)
      : out_(out), bits_(bits), count_(count) {}

  // At most 56 bits between two of flush().
  void put(uint64_t value, unsigned bits) {
    bits_ |= value << count_;
    count_ += bits;
  }
  void put(PrefixCode code) { put(code.code, code.bits); }
  void flush() {
    store_le64(out_, bits_);
    out_ += count_ / 8;
    bits_ >>= count_ & ~7u;
    count_ &= 7;
  }

  // After flush(): where whole bytes end, and fewer than 8 bits more.
  char* out() const { return out_; }
  uint64_t bits() const { return bits_; }
  unsigned count() const { return count_; }

 private:
  char* out_;
  uint64_t bits_;
  unsigned count_;
};

constexpr size_t kEndOfBlock = 256;
constexpr size_t kFirstLength = 257;  // the symbol of the shortest repetitions
constexpr size_t kLengthSymbols = 286;
constexpr size_t kDistanceSymbols = 30;
constexpr size_t kMinRepetition = 3;
constexpr size_t kMaxRepetition = 258;
// With codes of at most so many bits, four literals or a repetition fit into a
// sink at a time. It costs a few bits a block.
constexpr unsigned kMaxCodeBits = 14;

// A symbol and what stands after it.
struct Symbol {
  uint8_t symbol;
  uint8_t extra_bits;
  uint16_t extra;
};

// Lengths, counted from kFirstLength; from 11 on, four symbols share a number
// of bits.
constexpr Symbol length_symbol(size_t length) {
  if (length == kMaxRepetition) return {28, 0, 0};
  const auto x = static_cast<uint32_t>(length - kMinRepetition);
  if (x < 8) return {static_cast<uint8_t>(x), 0, 0};
  const auto bits = static_cast<unsigned>(std::bit_width(x)) - 3;
  return {static_cast<uint8_t>(4 * bits + (x >> bits)),
          static_cast<uint8_t>(bits),
          static_cast<uint16_t>(x & ((1u << bits) - 1))};
}

constexpr unsigned length_extra_bits(size_t symbol) {
  return symbol < 8 || symbol == 28 ? 0 : static_cast<unsigned>(symbol / 4 - 1);
}

// From 5 on, two symbols share a number of bits.
constexpr Symbol distance_symbol(size_t distance) {
  const auto x = static_cast<uint32_t>(distance - 1);
  if (x < 4) return {static_cast<uint8_t>(x), 0, 0};
  const auto bits = static_cast<unsigned>(std::bit_width(x)) - 2;
  return {static_cast<uint8_t>(2 * bits + (x >> bits)),
          static_cast<uint8_t>(bits),
          static_cast<uint16_t>(x & ((1u << bits) - 1))};
}

constexpr unsigned distance_extra_bits(size_t symbol) {
  return symbol < 4 ? 0 : static_cast<unsigned>(symbol / 2 - 1);
}

// A number for each symbol.
template <class T>
struct OfSymbols {
  std::array<T, kMaxSymbols> lengths{};  // literals, the end, repetitions
  std::array<T, kDistanceSymbols> distances{};
};
using SymbolCounts = OfSymbols<uint32_t>;
using CodeLengths = OfSymbols<uint8_t>;
using Codes = OfSymbols<PrefixCode>;

// Those of a block that brings none; 3.2.6.
CodeLengths fixed_lengths();
CodeLengths lengths_for(const SymbolCounts& counts);
Codes codes_of(const CodeLengths& lengths);

// Bits of all symbols together.
uint64_t body_bits(const SymbolCounts& counts, const CodeLengths& lengths);

// How a decoder is told the lengths of codes.
class BlockHeader {
 public:
  explicit BlockHeader(const CodeLengths& lengths);
  uint64_t bits() const { return bits_; }
  void put(BitSink& sink) const;

 private:
  static constexpr size_t kItemSymbols = 19;

  void append_run(uint8_t length, size_t run);

  size_t length_count_;
  size_t distance_count_;
  size_t item_count_;          // lengths of the codes of items_ that are told
  std::vector<Symbol> items_;  // lengths, and how often they come
  std::array<uint8_t, kItemSymbols> item_lengths_;
  uint64_t bits_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_DEFLATE_SYMBOLS_H_
