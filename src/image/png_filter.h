// SPDX-License-Identifier: Apache-2.0
//
// The filters that a PNG's rows go through before they are compressed; PNG
// (third edition), 9. One thread at a time.

#ifndef TBLOG_SRC_IMAGE_PNG_FILTER_H_
#define TBLOG_SRC_IMAGE_PNG_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tblog::internal {

class PngFilter {
 public:
  // Of rows of `row_bytes`, `pixel_bytes` a pixel.
  PngFilter(size_t row_bytes, size_t pixel_bytes)
      : row_bytes_(row_bytes), pixel_bytes_(pixel_bytes) {
    for (auto& candidate : candidates_) candidate.resize(row_bytes);
  }

  // So many bytes before a row and the one above are read, and are 0.
  static constexpr size_t kMargin = 4;

  // Stores the number of the filter whose differences are smallest together,
  // and what it makes of `row`: row_bytes + 1 bytes. `above` is the row above,
  // zeros for the first.
  void filter(const uint8_t* row, const uint8_t* above, uint8_t* out);

  // The same for drawings: nothing, or what differs from the row above where
  // that has but half of the changes from pixel to pixel.
  void filter_drawing(const uint8_t* row, const uint8_t* above, uint8_t* out);

 private:
  static constexpr size_t kFilters = 5;

  const size_t row_bytes_;
  const size_t pixel_bytes_;
  std::vector<uint8_t> candidates_[kFilters];
};

// Of the bytes of a row, with its margin, how many differ from the pixel
// before.
size_t count_breaks(const uint8_t* row, size_t row_bytes, size_t pixel_bytes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PNG_FILTER_H_
