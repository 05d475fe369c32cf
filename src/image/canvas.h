// SPDX-License-Identifier: Apache-2.0
//
// Pixels in memory to draw on, and a window on a part of them. One thread at a
// time.

#ifndef TBLOG_SRC_IMAGE_CANVAS_H_
#define TBLOG_SRC_IMAGE_CANVAS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tblog/image.h"

namespace tblog::internal {

// [height, width, channels], row-major, of one level; channels as in a PNG of
// 8 bits, alpha opaque.
struct Canvas {
  Canvas(int64_t height_in, int64_t width_in, int channels_in, uint8_t level)
      : height(height_in),
        width(width_in),
        channels(channels_in),
        pixels(static_cast<size_t>(height * width * channels), level) {
    if (channels % 2 != 0 || level == 255) return;
    const auto step = static_cast<size_t>(channels);
    for (size_t i = step - 1; i < pixels.size(); i += step) pixels[i] = 255;
  }

  uint8_t* at(int64_t y, int64_t x) {
    return pixels.data() + (y * width + x) * channels;
  }

  int64_t height;
  int64_t width;
  int channels;
  std::vector<uint8_t> pixels;
};

// A rectangle of a canvas; what is drawn through it and lies outside is left
// out. Lies inside of the canvas.
struct Window {
  Canvas& canvas;
  int64_t top;
  int64_t left;
  int64_t height;
  int64_t width;

  // The pixels from (top, left) to before (bottom, right), of this window. The
  // canvas has colour.
  void fill(int64_t y0, int64_t x0, int64_t y1, int64_t x1, Color color) const {
    y0 = std::max<int64_t>(y0, 0);
    x0 = std::max<int64_t>(x0, 0);
    y1 = std::min(y1, height);
    x1 = std::min(x1, width);
    for (int64_t y = y0; y < y1; ++y) {
      for (int64_t x = x0; x < x1; ++x) {
        uint8_t* pixel = canvas.at(top + y, left + x);
        pixel[0] = color.red;
        pixel[1] = color.green;
        pixel[2] = color.blue;
        if (canvas.channels == 4) pixel[3] = 255;
      }
    }
  }
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_CANVAS_H_
