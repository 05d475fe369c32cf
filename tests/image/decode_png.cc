// SPDX-License-Identifier: Apache-2.0

#include "tests/image/decode_png.h"

#include <png.h>

#include <cstring>

namespace tblog::testing {
namespace {

void read_from_view(png_structp png, png_bytep out, size_t n) {
  auto* rest = static_cast<std::string_view*>(png_get_io_ptr(png));
  if (n > rest->size()) png_error(png, "cut off");
  std::memcpy(out, rest->data(), n);
  rest->remove_prefix(n);
}

}  // namespace

DecodedPng decode_png(std::string_view bytes) {
  DecodedPng decoded;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) == 0) {
    png_set_read_fn(png, &bytes, read_from_view);
    png_read_info(png, info);
    decoded.width = png_get_image_width(png, info);
    decoded.height = png_get_image_height(png, info);
    decoded.channels = png_get_channels(png, info);
    decoded.bit_depth = png_get_bit_depth(png, info);
    for (const png_uint_32 chunk :
         {PNG_INFO_sRGB, PNG_INFO_gAMA, PNG_INFO_cHRM, PNG_INFO_iCCP}) {
      decoded.has_color_profile |= png_get_valid(png, info, chunk) != 0;
    }
    const size_t row_bytes = png_get_rowbytes(png, info);
    decoded.pixels.resize(row_bytes * decoded.height);
    for (uint32_t y = 0; y < decoded.height; ++y) {
      png_read_row(png, decoded.pixels.data() + y * row_bytes, nullptr);
    }
    png_read_end(png, nullptr);
    decoded.ok = true;
  }
  png_destroy_read_struct(&png, &info, nullptr);
  return decoded;
}

}  // namespace tblog::testing
