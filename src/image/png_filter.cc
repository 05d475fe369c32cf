// SPDX-License-Identifier: Apache-2.0

#include "src/image/png_filter.h"

#include <cstring>

namespace tblog::internal {
namespace {

// In the order of their numbers. `a` is the byte of the pixel before, `b` that
// above, `c` the one before that; all of them ints, so that loops are vectors'.

int none(int, int, int) { return 0; }
int sub(int a, int, int) { return a; }
int up(int, int b, int) { return b; }
int average(int a, int b, int) { return (a + b) / 2; }

int absolute(int x) { return x < 0 ? -x : x; }

int paeth(int a, int b, int c) {
  const int to_a = absolute(b - c);
  const int to_b = absolute(a - c);
  const int to_c = absolute(a + b - 2 * c);
  const int b_or_c = to_b <= to_c ? b : c;
  return to_a <= to_b && to_a <= to_c ? a : b_or_c;
}

// Stores the differences from what `predict` says, and returns the sum of their
// sizes, as of signed bytes.
template <int (*predict)(int, int, int)>
uint64_t apply(const uint8_t* row, const uint8_t* above, size_t pixel_bytes,
               size_t n, uint8_t* __restrict out) {
  // Sums of 16 bits are a vector's of 8 or 16.
  constexpr size_t kBlock = 256;
  uint64_t total = 0;
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t end = begin + kBlock < n ? begin + kBlock : n;
    uint16_t sum = 0;
    for (size_t i = begin; i < end; ++i) {
      const int predicted =
          predict(row[i - pixel_bytes], above[i], above[i - pixel_bytes]);
      const auto difference = static_cast<uint8_t>(row[i] - predicted);
      out[i] = difference;
      const auto negative = static_cast<uint8_t>(-difference);
      sum = static_cast<uint16_t>(
          sum + (difference < negative ? difference : negative));
    }
    total += sum;
  }
  return total;
}

size_t count_different(const uint8_t* a, const uint8_t* b, size_t n) {
  constexpr size_t kBlock = 128;  // a byte counts them
  size_t total = 0;
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t end = begin + kBlock < n ? begin + kBlock : n;
    uint8_t count = 0;
    for (size_t i = begin; i < end; ++i)
      count = static_cast<uint8_t>(count + (a[i] != b[i] ? 1 : 0));
    total += count;
  }
  return total;
}

}  // namespace

void PngFilter::filter(const uint8_t* row, const uint8_t* above, uint8_t* out) {
  constexpr decltype(&apply<none>) kApply[kFilters] = {
      apply<none>, apply<sub>, apply<up>, apply<average>, apply<paeth>};
  size_t best = 0;
  uint64_t least = 0;
  for (size_t i = 0; i < kFilters; ++i) {
    const uint64_t sum =
        kApply[i](row, above, pixel_bytes_, row_bytes_, candidates_[i].data());
    if (i > 0 && sum >= least) continue;
    best = i;
    least = sum;
  }
  out[0] = static_cast<uint8_t>(best);
  std::memcpy(out + 1, candidates_[best].data(), row_bytes_);
}

size_t count_breaks(const uint8_t* row, size_t row_bytes, size_t pixel_bytes) {
  return count_different(row, row - pixel_bytes, row_bytes);
}

void PngFilter::filter_drawing(const uint8_t* row, const uint8_t* above,
                               uint8_t* out) {
  constexpr uint8_t kNone = 0;
  constexpr uint8_t kUp = 2;
  uint8_t* const difference = candidates_[kUp].data();
  apply<up>(row, above, pixel_bytes_, row_bytes_, difference);
  const size_t breaks = count_breaks(row, row_bytes_, pixel_bytes_);
  const size_t breaks_up = count_different(
      difference + pixel_bytes_, difference, row_bytes_ - pixel_bytes_);
  const bool takes_up = 2 * breaks_up < breaks;
  out[0] = takes_up ? kUp : kNone;
  std::memcpy(out + 1, takes_up ? difference : row, row_bytes_);
}

}  // namespace tblog::internal
