// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/font.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "tools/tblog/picture.h"

namespace tblog::tool {
namespace {

struct Entry {
  char32_t code;
  int advance;
};

// By code points.
constexpr Entry kEntries[] = {
#include "tools/tblog/font.inc"
};

// The bytes of font.png, which CMake wrote out.
constexpr unsigned char kPng[] = {
#include "font_png.inc"
};

constexpr size_t kColumns = 32;
constexpr char32_t kBox = 0x25a1;

const Entry* find(char32_t code) {
  const Entry* entry = std::lower_bound(
      std::begin(kEntries), std::end(kEntries), code,
      [](const Entry& one, char32_t wanted) { return one.code < wanted; });
  return entry != std::end(kEntries) && entry->code == code ? entry : nullptr;
}

}  // namespace

const Font& Font::get() {
  static const Font font;
  return font;
}

Font::Font() {
  const auto picture =
      decode_png({reinterpret_cast<const char*>(kPng), sizeof kPng});
  if (!picture) return;  // it is our own
  row_bytes_ = static_cast<size_t>(picture->width);
  for (size_t i = 0; i < picture->rgb.size(); i += 3)
    atlas_.push_back(picture->rgb[i]);
}

Font::Glyph Font::glyph(char32_t code) const {
  const Entry* entry = find(code);
  if (entry == nullptr) entry = find(kBox);
  const auto index = static_cast<size_t>(entry - kEntries);
  const size_t offset =
      (index / kColumns * row_bytes_ + index % kColumns) * kCell;
  return {entry->advance, atlas_.data() + offset};
}

int Font::width(std::string_view text) const {
  int width = 0;
  for (const char32_t code : code_points(text)) width += glyph(code).advance;
  return width;
}

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> codes;
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i]);
    const size_t length = first < 0x80   ? 1
                          : first < 0xc2 ? 0
                          : first < 0xe0 ? 2
                          : first < 0xf0 ? 3
                          : first < 0xf5 ? 4
                                         : 0;
    char32_t code = length == 1   ? first
                    : length == 2 ? first & 0x1f
                    : length == 3 ? first & 0x0f
                                  : first & 0x07;
    bool good = length > 0 && i + length <= text.size();
    for (size_t k = 1; good && k < length; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      good = (next & 0xc0) == 0x80;
      code = code << 6 | (next & 0x3f);
    }
    codes.push_back(good ? code : U'\ufffd');
    i += good ? length : 1;
  }
  return codes;
}

}  // namespace tblog::tool
