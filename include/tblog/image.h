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
// scaled to 0–255, bool is 0 and 255; other integers need kAuto. Floats are
// scaled by this. Infinities become the ends of the range; a pixel with a NaN
// becomes opaque magenta, and a gray image with one a colour image.
enum class Range : uint8_t {
  kUnit,       // [0, 1]; what lies outside is clamped, and reported once a tag
  kSymmetric,  // [-1, 1], likewise
  kAuto,       // from the finite minimum to the maximum of the image's colours,
          // which become 0 and 255, one value alone 0; for every dtype. Alpha
          // is [0, 1] for floats and [0, largest value of the type] for
          // integers
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
