// SPDX-License-Identifier: Apache-2.0
//
// How pixels are read when a tensor is logged as an image, as several, as a
// grid of them or as an animation.

#ifndef TBLOG_IMAGE_H_
#define TBLOG_IMAGE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tblog {

// Order of the dimensions. C is 1 (gray), 2 (gray and alpha), 3 (RGB) or 4
// (RGBA); H the height, W the width, N the number of images.
//
// What logs several images adds the N to a layout without one where the tensor
// has one dimension more, so that kHWC reads [H, W, C] as one image and
// [N, H, W, C] as N. What logs one image takes N = 1.
enum class Layout : uint8_t { kHWC, kCHW, kHW, kNHWC, kNCHW, kNHW };

// What the numbers mean. Integers: uint8 is 0–255 as it is, uint16 0–65535 is
// scaled to 0–255, bool is 0 and 255; other integers need kAuto. Floats are
// scaled by this. Infinities become the ends of the range; a pixel with a NaN
// becomes opaque magenta, and a gray image with one a colour image.
enum class Range : uint8_t {
  kUnit,       // [0, 1]; what lies outside is clamped, and reported once a tag
  kSymmetric,  // [-1, 1], likewise
  kAuto,       // from the finite minimum to the maximum of the colours of all
          // images that are shown, which become 0 and 255, one value alone 0;
          // for every dtype. Alpha is [0, 1] for floats and [0, largest value
          // of the type] for integers
};

struct Color {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};

// A frame around a part of an image, and words at it.
struct ImageBox {
  // In pixels from the image's upper left corner, which is {0, 0}: all of an
  // image is {0, 0, width, height}. The frame is drawn inside of the edges. In
  // any order; what lies outside of the image is not drawn. Refused: NaN and
  // infinities.
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  // Above the frame, in it where there is no room above. Printable ASCII; what
  // is not is shown as a hollow rectangle. Empty: none.
  std::string label = {};
  Color color = {255, 0, 0};
  // The image of a batch, or frame of an animation, that it belongs to. Valid:
  // 0 to N - 1.
  int64_t image = 0;
};

// How image() and images() read a tensor.
struct ImageOptions {
  Layout layout = Layout::kHWC;
  // Ignored for uint8, uint16 and bool, except kAuto.
  Range range = Range::kUnit;
  // Of images(): the first ones are logged, as many as these. Valid: 1 and up.
  // Default: as TensorFlow.
  int64_t max_images = 3;
  // Drawn in this order. Gray images become colour images by them. Lines are a
  // pixel wide, and a pixel more for each 400 pixels of the longer side.
  std::vector<ImageBox> boxes = {};
};

// How image_grid() reads a tensor, and where the images stand.
struct TileOptions {
  Layout layout = Layout::kNHWC;
  Range range = Range::kUnit;  // as of ImageOptions
  // The first ones are shown, as many as these. Valid: 1 and up.
  int64_t max_images = 64;
  // Images side by side. 0: about as many as one below the other. Valid: 0 and
  // up; more than there are images is as many as there are.
  int64_t columns = 0;
  std::vector<ImageBox> boxes = {};  // as of ImageOptions
};

// How animation() reads a tensor, N being the frames.
struct AnimationOptions {
  Layout layout = Layout::kNHWC;
  Range range = Range::kUnit;  // as of ImageOptions
  // Valid: 0.001 to 1,000.
  double frames_per_second = 10;
  // How often it is played. 0: for ever. Valid: 0 to 2^31 - 1.
  int64_t plays = 0;
  std::vector<ImageBox> boxes = {};  // as of ImageOptions
};

// An image that is encoded already (PNG or JPEG; GIF and BMP are shown by
// TensorBoard too). Written as it is.
struct ImageBytes {
  std::string_view encoded;
};

}  // namespace tblog

#endif  // TBLOG_IMAGE_H_
