// SPDX-License-Identifier: Apache-2.0
//
// The letters of pictures that we draw: one size, made by make_font.py.

#ifndef TBLOG_TOOLS_TBLOG_FONT_H_
#define TBLOG_TOOLS_TBLOG_FONT_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace tblog::tool {

class Font {
 public:
  static constexpr int kCell = 32;      // pixels, wide and high
  static constexpr int kBaseline = 24;  // from a cell's top
  static constexpr int kOrigin = 2;     // from a cell's left

  static const Font& get();

  struct Glyph {
    int advance = 0;                    // pixels
    const uint8_t* coverage = nullptr;  // 0-255; a row is row_bytes() long
  };
  // That of a box for a character that the font does not have.
  Glyph glyph(char32_t code) const;
  size_t row_bytes() const { return row_bytes_; }
  // Pixels that a text takes.
  int width(std::string_view text) const;

 private:
  Font();
  std::vector<uint8_t> atlas_;
  size_t row_bytes_ = 0;
};

// The characters of valid UTF-8; U+FFFD for each byte that is none.
std::vector<char32_t> code_points(std::string_view text);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_FONT_H_
