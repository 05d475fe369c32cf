// SPDX-License-Identifier: Apache-2.0
//
// Deflater: bytes to a zlib stream (RFC 1950 and 1951), made for images: fast
// where there is little to find, and for rows that are like the row above. One
// thread at a time.

#ifndef TBLOG_SRC_IMAGE_DEFLATE_H_
#define TBLOG_SRC_IMAGE_DEFLATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/image/deflate_symbols.h"

namespace tblog::internal {

class Deflater {
 public:
  // How hard repetitions are looked for.
  enum class Effort : uint8_t {
    kLong,  // long ones, at a few places: what a filter made of a photo
    kAll,   // a drawing
  };

  // How far back a repetition may begin.
  static constexpr size_t kWindowBytes = size_t{1} << 15;

  // Appends to `out`, which it borrows. `row_bytes`: from one row to the next.
  Deflater(std::string& out, size_t row_bytes);

  // Appends a block of the `n` bytes at `data`; before them stand as many as
  // came before, at most kWindowBytes. Fewer than 2^32 bytes in all. The block
  // has at most n + n / 10,000 + 16 bytes.
  void add(const uint8_t* data, size_t n, Effort effort);

  // Ends the stream.
  void finish();

 private:
  // So many bytes as they are, then a repetition; of length 0 at the end.
  struct Sequence {
    uint32_t literals;
    uint16_t length;
    uint16_t distance;
  };

  struct Match {
    size_t length = 0;
    size_t distance = 0;
  };

  void find_long(const uint8_t* data, size_t n);
  void find_all(const uint8_t* data, size_t n);
  // The place where bytes like those at `i` were seen last; 0: nowhere.
  size_t last_distance(const uint8_t* data, size_t i) const;
  Match best_match(const uint8_t* data, size_t i, size_t n) const;
  void remember(const uint8_t* data, size_t i);
  void count_symbols(const uint8_t* data);
  void put_block(const uint8_t* data, const CodeLengths& lengths, bool fixed,
                 uint64_t block_bits);
  void put_stored(const uint8_t* data, size_t n);

  std::string& out_;
  const size_t row_bytes_;
  uint64_t done_ = 0;                // bytes before `data`
  std::vector<uint32_t> last_seen_;  // by hash: place in the stream, plus 1
  std::vector<Sequence> sequences_;
  SymbolCounts counts_;
  uint64_t bits_ = 0;  // not yet in out_; fewer than 8
  unsigned bit_count_ = 0;
  uint32_t adler_ = 1;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_DEFLATE_H_
