// SPDX-License-Identifier: Apache-2.0
//
// Rows of 8-bit pixels to a PNG in memory. Pure functions, thread-safe.

#ifndef TBLOG_SRC_IMAGE_PNG_WRITER_H_
#define TBLOG_SRC_IMAGE_PNG_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "src/image/canvas.h"

namespace tblog::internal {

// At most 2^28 pixels.
struct PngShape {
  uint32_t width;
  uint32_t height;
  int channels;  // 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA

  size_t row_bytes() const {
    return size_t{width} * static_cast<size_t>(channels);
  }
};

// Stores shape.row_bytes(); called for y = 0, 1, …
using FillRow = std::function<void(uint32_t y, uint8_t* row)>;

// No gamma, profile, time or text is written: a decoder gives back the same
// bytes.
//
// What is fast depends on the pixels: rows that repeat their pixels are left as
// they are and searched for repetitions (drawings, plots), others go through
// the filter that suits each, and only their bytes get short codes (photos);
// noise is stored.
// Cost: some 3 ns a byte; the memory of 200 KiB or three rows, and of the PNG.
std::string write_png(const PngShape& shape, const FillRow& fill_row);
std::string write_png(const Canvas& canvas);

// Of a canvas, which is borrowed.
PngShape shape_of(const Canvas& canvas);
FillRow rows_of(const Canvas& canvas);

// ---- Parts; PNG (third edition), 5 ----

std::string_view png_signature();
// What stands before the image data: the signature and the header.
void put_png_start(std::string& out, const PngShape& shape);
void put_png_chunk(std::string& out, std::string_view type,
                   std::string_view payload);
void put_png_end(std::string& out);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PNG_WRITER_H_
