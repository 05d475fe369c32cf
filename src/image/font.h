// SPDX-License-Identifier: Apache-2.0
//
// Letters of 5 by 7 pixels for printable ASCII. Thread-safe.

#ifndef TBLOG_SRC_IMAGE_FONT_H_
#define TBLOG_SRC_IMAGE_FONT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tblog::internal {

constexpr int kGlyphWidth = 5;
constexpr int kGlyphHeight = 7;

struct Glyph {
  uint8_t rows[kGlyphHeight];  // from the top; the left pixel is bit 4

  // 0 <= row < kGlyphHeight, 0 <= column < kGlyphWidth.
  bool has_ink(int row, int column) const {
    return (rows[row] >> (kGlyphWidth - 1 - column) & 1) != 0;
  }
};

// Of the first `max` characters of UTF-8; those that are no printable ASCII are
// hollow rectangles.
std::vector<Glyph> glyphs_of(std::string_view text, size_t max);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_FONT_H_
