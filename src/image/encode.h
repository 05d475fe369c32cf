// SPDX-License-Identifier: Apache-2.0
//
// Pixels to PNG. A pure function: no file, no thread, no state. Thread-safe.

#ifndef TBLOG_SRC_IMAGE_ENCODE_H_
#define TBLOG_SRC_IMAGE_ENCODE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Larger images are refused: PNG could hold them, browsers could not.
constexpr int64_t kMaxImageSide = 65'535;
constexpr int64_t kMaxImagePixels = int64_t{1} << 28;

struct EncodedImage {
  std::string png;  // 8 bits a channel, without colour profile
  int32_t width = 0;
  int32_t height = 0;
  // Of the PNG: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. More than the tensor's
  // where NaN pixels made gray to colour.
  int32_t channels = 0;
  bool clamped = false;  // something, maybe an infinity, lay outside the range
  bool has_nan = false;  // there are NaN pixels; they are opaque magenta
};

// Shape: [height, width, channels], [channels, height, width] or [height,
//   width] as options.layout says, 1 to 4 channels, strided without a copy.
// Values: see Range. ±inf becomes the end of the range. A pixel with a NaN in
//   any of its channels becomes opaque magenta (255, 0, 255); gray images turn
//   into RGB, gray and alpha into RGBA, where there is one.
// Cost: one pass over the values, another one before it for floats and for
//   Range::kAuto, and the compression.
// Errors: InvalidArgument for a view that the CPU cannot read, another rank or
//   number of channels, no pixels, more than kMaxImageSide or kMaxImagePixels,
//   complex and 8-bit floats, and integers without an agreed scale (all but
//   uint8, uint16 and bool) unless Range::kAuto. Internal if libpng fails.
absl::StatusOr<EncodedImage> encode_image(const TensorView& pixels,
                                          const ImageOptions& options);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_ENCODE_H_
