// SPDX-License-Identifier: Apache-2.0
//
// Pixels to PNG: an image, several, a grid of them. Pure functions: no file, no
// thread, no state. Thread-safe.

#ifndef TBLOG_SRC_IMAGE_ENCODE_H_
#define TBLOG_SRC_IMAGE_ENCODE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/image/pixel_reader.h"
#include "src/image/png_writer.h"
#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Whether the PNGs of a call are made at once, or what they are made of is
// given to somebody else, for as long as the tensor is there.
enum class PngForm : uint8_t { kCompressed, kRows };

struct EncodedImage {
  std::string png;  // 8 bits a channel, without colour profile
  // For PngForm::kRows instead of `png`: the pixels, which may be read again.
  PngShape shape = {};
  FillRow fill_row = {};
  int32_t width = 0;
  int32_t height = 0;
  // Of the PNG: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. More than the tensor's
  // where NaN pixels or boxes made gray to colour.
  int32_t channels = 0;
  // Whether something, maybe an infinity, lay outside the range in what was
  // read, also of an image before this one.
  bool clamped() const { return reader != nullptr && reader->clamped(); }
  std::shared_ptr<const PixelReader> reader = {};
  bool has_nan = false;  // there are NaN pixels; they are opaque magenta
};

// Shape: as options.layout says, see Layout; one image of 1 to 4 channels,
//   strided without a copy.
// Values: see Range. ±inf becomes the end of the range. A pixel with a NaN in
//   any of its channels becomes opaque magenta (255, 0, 255); gray images turn
//   into RGB, gray and alpha into RGBA, where there is one.
// Cost: one pass over the values, another one before it for floats and for
//   Range::kAuto, and the compression; with boxes, the image's pixels in
//   memory.
// Errors: InvalidArgument as of find_images(), make_pixel_reader() and
//   check_boxes().
absl::StatusOr<EncodedImage> encode_image(const TensorView& pixels,
                                          const ImageOptions& options,
                                          PngForm form = PngForm::kCompressed);

// The first options.max_images of a batch; at least one. Range::kAuto is that
// of all of these. Errors: also for max_images below 1.
absl::StatusOr<std::vector<EncodedImage>> encode_images(
    const TensorView& pixels, const ImageOptions& options,
    PngForm form = PngForm::kCompressed);

// The first options.max_images of a batch as one image, side by side on gray,
// with lines of it between them (see kGridLevel). Errors: as encode_images(),
// for columns below 0, and for a grid larger than an image may be.
absl::StatusOr<EncodedImage> encode_image_grid(
    const TensorView& pixels, const TileOptions& options,
    PngForm form = PngForm::kCompressed);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_ENCODE_H_
