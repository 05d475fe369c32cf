// SPDX-License-Identifier: Apache-2.0
//
// Images from event files, which may hold any bytes, as characters of two
// pixels, one above the other.

#ifndef TBLOG_TOOLS_TBLOG_PICTURE_H_
#define TBLOG_TOOLS_TBLOG_PICTURE_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tblog/terminal.h"

namespace tblog::tool {

// Opaque pixels, [height, width, 3], 0-255.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

// "png", "jpeg", "gif", "bmp" by the first bytes; "unknown".
std::string_view image_format(std::string_view encoded);

// A PNG file of at most 16 million pixels, transparent ones over gray. None:
// it is damaged, larger, or no PNG.
std::optional<Picture> decode_png(std::string_view encoded);

// Throws Failure: libpng says no.
std::string encode_png(const Picture& picture);

// The picture in at most `columns` columns; a small one is magnified by a
// whole number, to at most 32 columns. Needs colour.
void print_half_blocks(std::ostream& out, const Picture& picture, int columns,
                       std::string_view indent);

// The same of ASCII characters that are as dense as the picture is light.
void print_shades(std::ostream& out, const Picture& picture, int columns,
                  std::string_view indent);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_PICTURE_H_
