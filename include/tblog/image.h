// SPDX-License-Identifier: Apache-2.0
//
// How pixels are read when a tensor is logged as an image.

#ifndef TBLOG_IMAGE_H_
#define TBLOG_IMAGE_H_

#include <cstdint>
#include <string_view>

namespace tblog {

// Order of an image's dimensions. C is 1 (gray), 2 (gray and alpha), 3 (RGB) or
// 4 (RGBA).
enum class Layout : uint8_t { kHWC, kCHW, kHW };

// What the numbers mean. Integers: uint8 is 0–255 as it is, uint16 0–65535 is
// scaled to 0–255, bool is 0 and 255. Floats are scaled by this:
enum class Range : uint8_t {
  kUnit,       // [0, 1]; what lies outside is clamped, and reported once a tag
  kSymmetric,  // [-1, 1], likewise
  kAuto,  // from the image's finite minimum to its maximum; for every dtype,
          // integers too
};

struct ImageOptions {
  Layout layout = Layout::kHWC;
  // Ignored for uint8, uint16 and bool, except kAuto.
  Range range = Range::kUnit;
};

// An image that is encoded already (PNG or JPEG; GIF and BMP are shown by
// TensorBoard too). Written as it is.
struct ImageBytes {
  std::string_view encoded;
};

}  // namespace tblog

#endif  // TBLOG_IMAGE_H_
