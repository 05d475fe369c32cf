// SPDX-License-Identifier: Apache-2.0

#include "src/image/deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "src/image/huffman.h"

namespace tblog::internal {
namespace {

using Bytes = std::vector<uint8_t>;
using Effort = Deflater::Effort;

// `bytes` in blocks of `block`, through a window as an encoder has it.
std::string deflated(const Bytes& bytes, size_t block, Effort effort,
                     size_t row_bytes = 1000) {
  std::string out;
  Deflater deflater(out, row_bytes);
  for (size_t i = 0; i < bytes.size(); i += block) {
    const size_t history = std::min(i, Deflater::kWindowBytes);
    const size_t n = std::min(block, bytes.size() - i);
    // A copy, so that a sanitizer sees reads outside of what is promised.
    const Bytes window(bytes.begin() + static_cast<ptrdiff_t>(i - history),
                       bytes.begin() + static_cast<ptrdiff_t>(i + n));
    deflater.add(window.data() + history, n, effort);
  }
  deflater.finish();
  return out;
}

// As zlib reads it, whole and with nothing behind it; empty if it is damaged.
Bytes inflated(const std::string& stream, size_t size) {
  Bytes bytes(size + 1);
  uLongf n = bytes.size();
  uLong used = stream.size();
  const int outcome = uncompress2(
      bytes.data(), &n, reinterpret_cast<const Bytef*>(stream.data()), &used);
  EXPECT_EQ(outcome, Z_OK);
  EXPECT_EQ(used, stream.size());
  bytes.resize(outcome == Z_OK ? n : 0);
  return bytes;
}

void expect_back(const Bytes& bytes, size_t block) {
  for (const Effort effort : {Effort::kLong, Effort::kAll}) {
    const std::string stream = deflated(bytes, block, effort);
    EXPECT_EQ(inflated(stream, bytes.size()), bytes)
        << bytes.size() << " bytes in blocks of " << block;
    const size_t blocks =
        (bytes.size() + block - 1) / std::max<size_t>(block, 1);
    EXPECT_LE(stream.size(),
              bytes.size() + bytes.size() / 10'000 + 16 * (blocks + 1));
  }
}

Bytes random_bytes(size_t n, uint32_t values, uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(n);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() % values);
  return bytes;
}

TEST(DeflateTest, EverySmallSizeComesBack) {
  for (size_t n = 0; n < 300; ++n) {
    for (const uint32_t values : {1u, 2u, 256u})
      expect_back(random_bytes(n, values, static_cast<uint32_t>(n)), 1000);
  }
}

TEST(DeflateTest, EveryAlphabetComesBack) {
  for (uint32_t values = 1; values <= 256; values += 5)
    expect_back(random_bytes(3000, values, values), 1000);
}

TEST(DeflateTest, NoiseIsStored) {
  const Bytes noise = random_bytes(200'000, 256, 1);
  expect_back(noise, 200'000);
  expect_back(noise, 65'535);
  expect_back(noise, 65'536);
}

// Of all lengths that a repetition can have, at all kinds of distances, up to
// the oldest byte that there is.
TEST(DeflateTest, RepetitionsOfEveryLengthAndDistanceComeBack) {
  std::mt19937 random(2);
  Bytes bytes = random_bytes(50'000, 256, 3);
  for (size_t length = 3; length <= 600; ++length) {
    const size_t powers = random() % 16;
    const size_t distance =
        std::min<size_t>((size_t{1} << powers) + random() % 3, 32'770);
    for (size_t i = 0; i < length; ++i)
      bytes.push_back(bytes[bytes.size() - distance]);
    for (size_t i = 0; i < 1 + length % 3; ++i)
      bytes.push_back(static_cast<uint8_t>(random()));
  }
  expect_back(bytes, 7'000);
  expect_back(bytes, 64'000);
  expect_back(bytes, bytes.size());
}

TEST(DeflateTest, AWindowIsAllThatIsReachedFor) {
  Bytes bytes = random_bytes(32'768 + 3, 256, 4);
  const Bytes start = bytes;
  for (const size_t shift : {0, 1, 2, 3}) {
    bytes = start;
    bytes.insert(bytes.end(), start.begin() + static_cast<ptrdiff_t>(shift),
                 start.begin() + 300);
    expect_back(bytes, 32'768 + 3);
  }
}

TEST(DeflateTest, RunsCostNextToNothing) {
  const Bytes zeros(1'000'000, 0);
  EXPECT_LT(deflated(zeros, 65'536, Effort::kAll).size(), 2'500u);
  EXPECT_LT(deflated(zeros, 65'536, Effort::kLong).size(), 2'500u);
  expect_back(zeros, 65'536);
}

// A row that is 200 KiB long is never within the window.
TEST(DeflateTest, RowsLongerThanTheWindowComeBack) {
  const Bytes row = random_bytes(200'000, 4, 5);
  Bytes bytes = row;
  bytes.insert(bytes.end(), row.begin(), row.end());
  const std::string stream =
      deflated(bytes, row.size(), Effort::kAll, row.size());
  EXPECT_EQ(inflated(stream, bytes.size()), bytes);
}

TEST(DeflateTest, AnythingComesBack) {
  std::mt19937 random(6);
  for (int round = 0; round < 60; ++round) {
    Bytes bytes;
    while (bytes.size() < 40'000) {
      const Bytes piece = random_bytes(
          random() % 3'000, 1 + random() % (1 + random() % 256), random());
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      const size_t again = std::min<size_t>(bytes.size(), random() % 2'000);
      const size_t from = random() % (bytes.size() - again + 1);
      for (size_t i = 0; i < again; ++i) bytes.push_back(bytes[from + i]);
    }
    expect_back(bytes, 1 + random() % 50'000);
  }
}

// ---- Codes ----

// How much of a decoder's table they fill, of 2^15.
uint32_t filled(const std::vector<uint8_t>& lengths) {
  uint32_t sum = 0;
  for (const uint8_t length : lengths)
    sum += length > 0 ? 1u << (15 - length) : 0;
  return sum;
}

uint64_t cost(const std::vector<uint32_t>& counts,
              const std::vector<uint8_t>& lengths) {
  uint64_t sum = 0;
  for (size_t i = 0; i < counts.size(); ++i)
    sum += uint64_t{counts[i]} * lengths[i];
  return sum;
}

std::vector<uint8_t> lengths_of(const std::vector<uint32_t>& counts,
                                unsigned limit) {
  std::vector<uint8_t> lengths(counts.size());
  make_lengths(counts, limit, lengths);
  return lengths;
}

TEST(HuffmanTest, KnownLengths) {
  // D. A. Huffman, A Method for the Construction of Minimum-Redundancy Codes,
  // 1952, table I.
  const std::vector<uint32_t> counts = {20, 18, 10, 10, 10, 6, 6,
                                        4,  4,  4,  4,  3,  1};
  const std::vector<uint8_t> lengths = lengths_of(counts, 15);
  EXPECT_EQ(cost(counts, lengths), 342u);
  EXPECT_EQ(filled(lengths), 1u << 15);
}

TEST(HuffmanTest, FewSymbols) {
  EXPECT_EQ(lengths_of({0, 0, 0}, 15), (std::vector<uint8_t>{0, 0, 0}));
  EXPECT_EQ(lengths_of({0, 7, 0}, 15), (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(lengths_of({5, 0, 7}, 15), (std::vector<uint8_t>{1, 0, 1}));
}

// Counts like Fibonacci's numbers make the deepest tree.
TEST(HuffmanTest, CodesAreNoLongerThanTheLimit) {
  std::vector<uint32_t> counts = {1, 1};
  while (counts.size() < 40)
    counts.push_back(counts.end()[-1] + counts.end()[-2]);
  for (const unsigned limit : {6u, 7u, 14u, 15u}) {
    const std::vector<uint8_t> lengths = lengths_of(counts, limit);
    EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), limit);
    EXPECT_EQ(filled(lengths), 1u << 15);
    EXPECT_TRUE(std::is_sorted(lengths.rbegin(), lengths.rend()));
  }
}

TEST(HuffmanTest, ALimitThatNeedsAllCodes) {
  std::vector<uint32_t> counts;
  for (uint32_t i = 0; i < 128; ++i) counts.push_back(1u << (i / 5));
  EXPECT_EQ(lengths_of(counts, 7), std::vector<uint8_t>(128, 7));
}

// RFC 1951, 3.2.2, its example; bits the other way round, as they are stored.
TEST(HuffmanTest, CodesAreThoseOfTheSpecification) {
  const std::vector<uint8_t> lengths = {3, 3, 3, 3, 3, 2, 4, 4};
  const char* const expected[] = {"010", "011", "100",  "101",
                                  "110", "00",  "1110", "1111"};
  std::vector<PrefixCode> codes(lengths.size());
  make_codes(lengths, codes);
  for (size_t i = 0; i < codes.size(); ++i) {
    std::string bits;
    for (unsigned k = 0; k < codes[i].bits; ++k)
      bits += (codes[i].code >> k & 1) != 0 ? '1' : '0';
    EXPECT_EQ(bits, expected[i]);
  }
}

}  // namespace
}  // namespace tblog::internal
