// SPDX-License-Identifier: Apache-2.0

#include "src/image/deflate_symbols.h"

#include <algorithm>

namespace tblog::internal {
namespace {

constexpr unsigned kMaxItemCodeBits = 7;
constexpr uint8_t kItemOrder[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
constexpr uint8_t kRepeat = 16;     // the length before, 3 to 6 times
constexpr uint8_t kZeros = 17;      // 3 to 10 of them
constexpr uint8_t kManyZeros = 18;  // 11 to 138

// Without zeros at the end, but for `least`.
size_t count_told(std::span<const uint8_t> lengths, size_t least) {
  size_t n = lengths.size();
  while (n > least && lengths[n - 1] == 0) --n;
  return n;
}

}  // namespace

CodeLengths fixed_lengths() {
  CodeLengths lengths;
  for (size_t i = 0; i < lengths.lengths.size(); ++i)
    lengths.lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  lengths.distances.fill(5);
  return lengths;
}

CodeLengths lengths_for(const SymbolCounts& counts) {
  CodeLengths lengths;
  make_lengths(counts.lengths, kMaxCodeBits, lengths.lengths);
  make_lengths(counts.distances, kMaxCodeBits, lengths.distances);
  return lengths;
}

Codes codes_of(const CodeLengths& lengths) {
  Codes codes;
  make_codes(lengths.lengths, codes.lengths);
  make_codes(lengths.distances, codes.distances);
  return codes;
}

uint64_t body_bits(const SymbolCounts& counts, const CodeLengths& lengths) {
  uint64_t bits = 0;
  for (size_t i = 0; i < kLengthSymbols; ++i) {
    const unsigned extra =
        i < kFirstLength ? 0 : length_extra_bits(i - kFirstLength);
    bits += uint64_t{counts.lengths[i]} * (lengths.lengths[i] + extra);
  }
  for (size_t i = 0; i < kDistanceSymbols; ++i) {
    bits += uint64_t{counts.distances[i]} *
            (lengths.distances[i] + distance_extra_bits(i));
  }
  return bits;
}

BlockHeader::BlockHeader(const CodeLengths& lengths)
    : length_count_(count_told(std::span(lengths.lengths).first(kLengthSymbols),
                               kFirstLength)),
      distance_count_(count_told(lengths.distances, 1)) {
  std::array<uint8_t, kLengthSymbols + kDistanceSymbols> all;
  const auto middle =
      std::copy_n(lengths.lengths.begin(), length_count_, all.begin());
  const auto end =
      std::copy_n(lengths.distances.begin(), distance_count_, middle);
  for (auto i = all.begin(); i != end;) {
    const auto next =
        std::find_if(i, end, [i](uint8_t length) { return length != *i; });
    append_run(*i, static_cast<size_t>(next - i));
    i = next;
  }

  std::array<uint32_t, kItemSymbols> counts{};
  for (const Symbol& item : items_) ++counts[item.symbol];
  make_lengths(counts, kMaxItemCodeBits, item_lengths_);
  item_count_ = kItemSymbols;
  while (item_count_ > 4 && item_lengths_[kItemOrder[item_count_ - 1]] == 0)
    --item_count_;
  bits_ = 5 + 5 + 4 + 3 * item_count_;
  for (const Symbol& item : items_)
    bits_ += item_lengths_[item.symbol] + item.extra_bits;
}

void BlockHeader::append_run(uint8_t length, size_t run) {
  const auto put = [&](uint8_t symbol, unsigned extra_bits, size_t n,
                       size_t least) {
    items_.push_back({symbol, static_cast<uint8_t>(extra_bits),
                      static_cast<uint16_t>(n - least)});
    run -= n;
  };
  while (length == 0 && run >= 11)
    put(kManyZeros, 7, std::min<size_t>(run, 138), 11);
  if (length == 0 && run >= 3) put(kZeros, 3, run, 3);
  if (length > 0) put(length, 0, 1, 1);
  while (length > 0 && run >= 3) put(kRepeat, 2, std::min<size_t>(run, 6), 3);
  while (run > 0) put(length, 0, 1, 1);
}

void BlockHeader::put(BitSink& sink) const {
  std::array<PrefixCode, kItemSymbols> codes;
  make_codes(item_lengths_, codes);
  sink.put(length_count_ - kFirstLength, 5);
  sink.put(distance_count_ - 1, 5);
  sink.put(item_count_ - 4, 4);
  sink.flush();
  for (size_t i = 0; i < item_count_; ++i) {
    sink.put(item_lengths_[kItemOrder[i]], 3);
    sink.flush();
  }
  for (const Symbol& item : items_) {
    sink.put(codes[item.symbol]);
    sink.put(item.extra, item.extra_bits);
    sink.flush();
  }
}

}  // namespace tblog::internal
