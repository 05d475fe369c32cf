// SPDX-License-Identifier: Apache-2.0

#include "src/image/huffman.h"

#include <algorithm>
#include <array>

namespace tblog::internal {
namespace {

constexpr unsigned kMaxBits = 15;

// Of symbols in ascending order of their counts, how deep each stands in
// Huffman's tree: `weight` has `n` > 1 counts and room for n - 1 sums more.
void find_depths(std::span<uint64_t> weight, size_t n,
                 std::span<uint32_t> depth) {
  std::array<uint16_t, 2 * kMaxSymbols> parent;
  size_t leaf = 0;
  size_t inner = n;  // sums come in ascending order too: a queue of its own
  for (size_t next = n; next < 2 * n - 1; ++next) {
    const auto smallest = [&] {
      const bool takes_leaf =
          leaf < n && (inner == next || weight[leaf] <= weight[inner]);
      return takes_leaf ? leaf++ : inner++;
    };
    const size_t a = smallest();
    const size_t b = smallest();
    weight[next] = weight[a] + weight[b];
    parent[a] = parent[b] = static_cast<uint16_t>(next);
  }
  depth[2 * n - 2] = 0;
  for (size_t i = 2 * n - 2; i-- > 0;) depth[i] = depth[parent[i]] + 1;
}

// Shortens codes to `limit` bits, and lengthens as few others for it as may be,
// as T.81, figure K.3, does: a pair that is too long becomes one code a bit
// shorter, and one of the longest that are left becomes two.
// `count[i]`: codes of i bits.
void limit_depths(std::span<uint32_t> count, unsigned limit) {
  for (size_t bits = count.size() - 1; bits > limit; --bits) {
    while (count[bits] > 0) {
      size_t split = limit - 1;
      while (count[split] == 0) --split;
      count[bits] -= 2;
      ++count[bits - 1];
      --count[split];
      count[split + 1] += 2;
    }
  }
}

uint16_t reversed(uint32_t code, unsigned bits) {
  uint32_t out = 0;
  for (unsigned i = 0; i < bits; ++i, code >>= 1) out = out << 1 | (code & 1);
  return static_cast<uint16_t>(out);
}

}  // namespace

void make_lengths(std::span<const uint32_t> counts, unsigned limit,
                  std::span<uint8_t> lengths) {
  std::fill(lengths.begin(), lengths.end(), uint8_t{0});
  constexpr unsigned kSymbolBits = 16;
  std::array<uint64_t, kMaxSymbols> order;
  size_t n = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) order[n++] = uint64_t{counts[i]} << kSymbolBits | i;
  }
  const auto symbol = [&](size_t i) {
    return static_cast<size_t>(order[i] & ((1u << kSymbolBits) - 1));
  };
  if (n == 1) lengths[symbol(0)] = 1;
  if (n < 2) return;
  std::sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(n));

  std::array<uint64_t, 2 * kMaxSymbols> weight;
  std::array<uint32_t, 2 * kMaxSymbols> depth;
  for (size_t i = 0; i < n; ++i) weight[i] = order[i] >> kSymbolBits;
  find_depths(weight, n, depth);
  std::array<uint32_t, kMaxSymbols> count{};
  for (size_t i = 0; i < n; ++i) ++count[depth[i]];
  limit_depths(count, limit);

  size_t i = n;  // the commonest has the shortest code
  for (unsigned bits = 1; bits <= limit; ++bits) {
    for (uint32_t k = 0; k < count[bits]; ++k)
      lengths[symbol(--i)] = static_cast<uint8_t>(bits);
  }
}

void make_codes(std::span<const uint8_t> lengths, std::span<PrefixCode> codes) {
  std::array<uint32_t, kMaxBits + 2> next{};
  for (const uint8_t bits : lengths) ++next[bits + 1u];
  next[1] = 0;  // those that do not occur
  for (unsigned bits = 1; bits <= kMaxBits; ++bits)
    next[bits] = (next[bits - 1] + next[bits]) << 1;
  // next[bits] now is the first code of so many bits.
  for (size_t i = 0; i < lengths.size(); ++i) {
    const unsigned bits = lengths[i];
    codes[i] = {};
    if (bits > 0)
      codes[i] = {reversed(next[bits]++, bits), static_cast<uint16_t>(bits)};
  }
}

}  // namespace tblog::internal
