// SPDX-License-Identifier: Apache-2.0
//
// The images in a tensor, and their pixels as rows of bytes. One thread at a
// time for a reader; all else is pure.

#ifndef TBLOG_SRC_IMAGE_PIXEL_READER_H_
#define TBLOG_SRC_IMAGE_PIXEL_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Larger images are refused: PNG could hold them, browsers could not.
constexpr int64_t kMaxImageSide = 65'535;
constexpr int64_t kMaxImagePixels = int64_t{1} << 28;

// The images of a tensor; strides in elements.
struct ImageBatch {
  const void* data = nullptr;
  DType dtype = DType::kUint8;
  int64_t count = 1;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 1;
  int64_t image_stride = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
  int64_t channel_stride = 0;

  bool has_alpha() const { return channels == 2 || channels == 4; }

  // `images` images from number `first`, of each the first `n` channels.
  TensorView part(int64_t first, int64_t images, int64_t n) const;
};

// How many images the caller has use for.
enum class Many : bool { kNo, kYes };

// The images that `view` holds by `layout`, for kNo one; see Layout for what
// stands for what. Each has 1 to 4 channels.
//
// Errors: InvalidArgument for a view that the CPU cannot read, another rank or
// number of channels, no images or pixels, several where one is needed, and a
// side above kMaxImageSide or more than kMaxImagePixels.
absl::StatusOr<ImageBatch> find_images(const TensorView& view, Layout layout,
                                       Many many);

// Reads rows of 8-bit pixels.
class PixelReader {
 public:
  virtual ~PixelReader() = default;

  // Whether the image has NaN pixels, which are opaque magenta.
  virtual bool has_nan(int64_t image) const = 0;
  // Of what read_row() stores: those of the tensor, but for an image with NaN
  // pixels RGB instead of gray, and RGBA instead of gray and alpha.
  virtual int channels(int64_t image) const = 0;
  // Stores width · channels(image) bytes.
  virtual void read_row(int64_t image, int64_t y, uint8_t* out) = 0;
  // Whether something read so far lay outside of the range.
  virtual bool clamped() const = 0;
};

// A reader of the images of `batch`, which it borrows the pixels of. Cost: one
// pass over the values for floats, and one for Range::kAuto.
// Errors: InvalidArgument for complex dtypes, and for integers without an
// agreed scale (all but uint8, uint16 and bool) unless Range::kAuto.
absl::StatusOr<std::unique_ptr<PixelReader>> make_pixel_reader(
    const ImageBatch& batch, Range range);

// The channels that hold images of `a` and of `b` channels alike.
int common_channels(int a, int b);

// `width` pixels of `from` channels as pixels of `to`, which hold them (see
// common_channels()); new alpha is opaque.
void widen_row(const uint8_t* row, int64_t width, int from, int to,
               uint8_t* out);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PIXEL_READER_H_
