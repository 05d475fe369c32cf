// SPDX-License-Identifier: Apache-2.0

#include "src/image/deflate.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "src/image/checksums.h"

namespace tblog::internal {
namespace {

constexpr auto kLengthSymbolOf = [] {
  std::array<Symbol, kMaxRepetition + 1> table{};
  for (size_t i = kMinRepetition; i <= kMaxRepetition; ++i)
    table[i] = length_symbol(i);
  return table;
}();

// ---- Repetitions ----

constexpr unsigned kHashBits = 14;
constexpr size_t kWord = 8;
// Shorter ones cost about what they save.
constexpr size_t kMinLength = 4;
constexpr size_t kMinLong = 12;
// As good as any.
constexpr size_t kGoodLength = 32;

size_t hash_of(const uint8_t* p) {
  constexpr uint32_t kFactor = 2'654'435'761;  // 2^32 / golden ratio
  const uint32_t word = load_le32(reinterpret_cast<const char*>(p));
  return (word * kFactor) >> (32 - kHashBits);
}

uint64_t word_at(const uint8_t* p) {
  return load_le64(reinterpret_cast<const char*>(p));
}

// How many bytes are equal, of at most `max`.
size_t common_bytes(const uint8_t* a, const uint8_t* b, size_t max) {
  size_t n = 0;
  for (; n + kWord <= max; n += kWord) {
    const uint64_t different = word_at(a + n) ^ word_at(b + n);
    if (different != 0)
      return n + static_cast<size_t>(std::countr_zero(different)) / 8;
  }
  while (n < max && a[n] == b[n]) ++n;
  return n;
}

// ---- Stored blocks; 3.2.4 ----

constexpr size_t kMaxStored = 65'535;
constexpr size_t kStoredHeaderBytes = 5;

uint64_t stored_bits(size_t n) {
  const size_t blocks = (n + kMaxStored - 1) / kMaxStored;
  return 8 * (n + blocks * kStoredHeaderBytes);
}

// BTYPE; no block but the one that finish() adds is the last.
constexpr uint64_t kFixed = 1;
constexpr uint64_t kDynamic = 2;
constexpr unsigned kBlockStartBits = 3;

}  // namespace

Deflater::Deflater(std::string& out, size_t row_bytes)
    : out_(out), row_bytes_(row_bytes), last_seen_(size_t{1} << kHashBits) {
  // 32 KiB of window, and a checksum that makes a multiple of 31.
  out_ += "\x78\x01";
}

void Deflater::add(const uint8_t* data, size_t n, Effort effort) {
  adler_ = extend_adler32(adler_, data, n);
  sequences_.clear();
  if (effort == Effort::kAll) {
    find_all(data, n);
  } else {
    find_long(data, n);
  }
  count_symbols(data);
  const CodeLengths own = lengths_for(counts_);
  const uint64_t own_bits = body_bits(counts_, own);
  const uint64_t stored = stored_bits(n);
  if (own_bits >= stored) {
    put_stored(data, n);
  } else {
    const CodeLengths fixed = fixed_lengths();
    const uint64_t dynamic_bits = BlockHeader(own).bits() + own_bits;
    const uint64_t fixed_bits = body_bits(counts_, fixed);
    if (std::min(dynamic_bits, fixed_bits) >= stored) {
      put_stored(data, n);
    } else if (dynamic_bits < fixed_bits) {
      put_block(data, own, false, dynamic_bits);
    } else {
      put_block(data, fixed, true, fixed_bits);
    }
  }
  done_ += n;
}

void Deflater::finish() {
  char bytes[16];
  BitSink sink(bytes, bits_, bit_count_);
  sink.put(1 | kFixed << 1, kBlockStartBits);
  sink.put(0, 7);  // the end of the block
  sink.put(0, 7);  // to the end of the byte
  sink.flush();
  out_.append(bytes, static_cast<size_t>(sink.out() - bytes));
  for (int shift = 24; shift >= 0; shift -= 8)
    out_.push_back(static_cast<char>(adler_ >> shift));
}

// ---- Sequences ----

void Deflater::remember(const uint8_t* data, size_t i) {
  last_seen_[hash_of(data + i)] = static_cast<uint32_t>(done_ + i + 1);
}

size_t Deflater::last_distance(const uint8_t* data, size_t i) const {
  const uint64_t seen = last_seen_[hash_of(data + i)];
  const uint64_t distance = done_ + i + 1 - seen;
  return seen == 0 || distance > kWindowBytes ? 0
                                              : static_cast<size_t>(distance);
}

// The longer nothing is found, the fewer places are looked at.
void Deflater::find_long(const uint8_t* data, size_t n) {
  constexpr size_t kMaxStride = 32;
  size_t begin = 0;
  for (size_t i = 0; i + kMinLong <= n;) {
    const size_t distance = last_distance(data, i);
    remember(data, i);
    size_t length = 0;
    if (distance > 0) {
      const size_t max = std::min(n - i, kMaxRepetition);
      length = common_bytes(data + i, data + i - distance, max);
    }
    if (length < kMinLong) {
      i += std::min(kMaxStride, 1 + (i - begin) / 64);
      continue;
    }
    sequences_.push_back({static_cast<uint32_t>(i - begin),
                          static_cast<uint16_t>(length),
                          static_cast<uint16_t>(distance)});
    i += length;
    begin = i;
    if (i - 1 + kWord <= n) remember(data, i - 1);  // of a run, the nearest
  }
  sequences_.push_back({static_cast<uint32_t>(n - begin), 0, 0});
}

Deflater::Match Deflater::best_match(const uint8_t* data, size_t i,
                                     size_t n) const {
  const size_t max = std::min(n - i, kMaxRepetition);
  Match best;
  const auto consider = [&](size_t distance) {
    const size_t length = common_bytes(data + i, data + i - distance, max);
    if (length > best.length) best = {length, distance};
  };
  if (const size_t distance = last_distance(data, i); distance > 0)
    consider(distance);
  // The row above.
  if (best.length < kGoodLength && row_bytes_ <= kWindowBytes &&
      row_bytes_ <= done_ + i)
    consider(row_bytes_);
  if (best.length < kMinLength) best.length = 0;
  return best;
}

// Where the next place begins a longer one, that is taken.
void Deflater::find_all(const uint8_t* data, size_t n) {
  constexpr size_t kRemembered = 16;  // of the places inside of a repetition
  size_t begin = 0;
  size_t i = 0;
  Match next;
  bool has_next = false;
  while (i + kWord <= n) {
    Match match = has_next ? next : best_match(data, i, n);
    has_next = false;
    remember(data, i);
    if (match.length == 0) {
      ++i;
      continue;
    }
    if (match.length < kGoodLength && i + 1 + kWord <= n) {
      next = best_match(data, i + 1, n);
      if (next.length > match.length) {
        has_next = true;
        ++i;
        continue;
      }
    }
    sequences_.push_back({static_cast<uint32_t>(i - begin),
                          static_cast<uint16_t>(match.length),
                          static_cast<uint16_t>(match.distance)});
    const size_t end = i + match.length;
    const size_t last = std::min(end, n - kWord + 1);
    for (size_t k = i + 1; k < std::min(last, i + kRemembered); ++k)
      remember(data, k);
    for (size_t k = std::max(i + kRemembered, end - 4); k < last; ++k)
      remember(data, k);
    i = end;
    begin = end;
  }
  sequences_.push_back({static_cast<uint32_t>(n - begin), 0, 0});
}

void Deflater::count_symbols(const uint8_t* data) {
  counts_ = {};
  // Four tables: a count that was just stored cannot be loaded at once.
  constexpr size_t kTables = 4;
  uint32_t literals[kTables][256] = {};
  for (const Sequence& sequence : sequences_) {
    size_t i = 0;
    for (; i + kTables <= sequence.literals; i += kTables) {
      for (size_t k = 0; k < kTables; ++k) ++literals[k][data[i + k]];
    }
    for (; i < sequence.literals; ++i) ++literals[0][data[i]];
    data += sequence.literals + sequence.length;
    if (sequence.length == 0) break;
    ++counts_.lengths[kFirstLength + kLengthSymbolOf[sequence.length].symbol];
    ++counts_.distances[distance_symbol(sequence.distance).symbol];
  }
  for (const auto& table : literals) {
    for (size_t i = 0; i < 256; ++i) counts_.lengths[i] += table[i];
  }
  counts_.lengths[kEndOfBlock] = 1;
}

// ---- Blocks ----

void Deflater::put_block(const uint8_t* data, const CodeLengths& lengths,
                         bool fixed, uint64_t block_bits) {
  const size_t before = out_.size();
  out_.resize(before + (bit_count_ + kBlockStartBits + block_bits) / 8 + 9);
  BitSink sink(out_.data() + before, bits_, bit_count_);
  sink.put((fixed ? kFixed : kDynamic) << 1, kBlockStartBits);
  sink.flush();
  if (!fixed) BlockHeader(lengths).put(sink);
  const Codes codes = codes_of(lengths);
  for (const Sequence& sequence : sequences_) {
    const uint8_t* const end = data + sequence.literals;
    for (; end - data >= 4; data += 4) {
      sink.put(codes.lengths[data[0]]);
      sink.put(codes.lengths[data[1]]);
      sink.put(codes.lengths[data[2]]);
      sink.put(codes.lengths[data[3]]);
      sink.flush();
    }
    for (; data < end; ++data) sink.put(codes.lengths[*data]);
    sink.flush();
    if (sequence.length == 0) break;
    const Symbol length = kLengthSymbolOf[sequence.length];
    const Symbol distance = distance_symbol(sequence.distance);
    sink.put(codes.lengths[kFirstLength + length.symbol]);
    sink.put(length.extra, length.extra_bits);
    sink.put(codes.distances[distance.symbol]);
    sink.put(distance.extra, distance.extra_bits);
    sink.flush();
    data += sequence.length;
  }
  sink.put(codes.lengths[kEndOfBlock]);
  sink.flush();
  bits_ = sink.bits();
  bit_count_ = sink.count();
  out_.resize(static_cast<size_t>(sink.out() - out_.data()));
}

void Deflater::put_stored(const uint8_t* data, size_t n) {
  while (n > 0) {
    const size_t size = std::min(n, kMaxStored);
    char bytes[16];
    BitSink sink(bytes, bits_, bit_count_);
    sink.put(0, kBlockStartBits);
    sink.put(0, (8 - (bit_count_ + kBlockStartBits) % 8) % 8);
    sink.put(size, 16);
    sink.put(size ^ 0xffff, 16);
    sink.flush();
    out_.append(bytes, static_cast<size_t>(sink.out() - bytes));
    out_.append(reinterpret_cast<const char*>(data), size);
    bits_ = 0;
    bit_count_ = 0;
    data += size;
    n -= size;
  }
}

}  // namespace tblog::internal
