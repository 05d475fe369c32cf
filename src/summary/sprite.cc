// SPDX-License-Identifier: Apache-2.0

#include "src/summary/sprite.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/image/encode.h"
#include "src/summary/embedding.h"

namespace tblog::internal {
namespace {

// Sizes and strides of a batch, in elements, whatever its layout.
struct Batch {
  int64_t height, width, channels;
  int64_t image_stride, row_stride, column_stride, channel_stride;
};

absl::StatusOr<Batch> batch_of(const TensorView& images, Layout layout) {
  const bool has_channels = layout != Layout::kHW && layout != Layout::kNHW;
  const bool planes = layout == Layout::kCHW || layout == Layout::kNCHW;
  if (images.rank() != (has_channels ? 4u : 3u))
    return absl::InvalidArgumentError(
        absl::StrCat("the sprite has ", images.rank(), " dimensions, not ",
                     has_channels ? "4" : "3"));
  const size_t row = planes ? 2 : 1;
  const size_t channel = planes ? 1 : 3;
  return Batch{images.dim(row),
               images.dim(row + 1),
               has_channels ? images.dim(channel) : 1,
               images.stride(0),
               images.stride(row),
               images.stride(row + 1),
               has_channels ? images.stride(channel) : 0};
}

// The smallest square of images that holds `count` of them.
int64_t side_of(int64_t count) {
  int64_t side = 1;
  while (side * side < count) ++side;
  return side;
}

}  // namespace

absl::StatusOr<Sprite> encode_sprite(const TensorView& images, Layout layout,
                                     Range range, int64_t count) {
  const auto bad = [](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("sprite: ", why));
  };
  if (absl::Status status = check_host_view(images); !status.ok())
    return bad(status.message());
  const absl::StatusOr<Batch> batch = batch_of(images, layout);
  if (!batch.ok()) return batch.status();
  if (images.dim(0) != count)
    return bad(absl::StrCat(images.dim(0), " images for ", count, " points"));
  if (images.size() == 0) return bad("the images have no pixels");
  if (batch->channels > 4)
    return bad(absl::StrCat("the images have ", batch->channels,
                            " channels, not 1 to 4"));
  const int64_t columns = side_of(count);
  const int64_t rows = (count + columns - 1) / columns;
  if (batch->width > kMaxSpriteSide / columns ||
      batch->height > kMaxSpriteSide / columns)
    return bad(absl::StrCat(count, " images of ", batch->width, " by ",
                            batch->height, " pixels do not fit into ",
                            kMaxSpriteSide, " by ", kMaxSpriteSide));

  // What follows the last image repeats it, so that Range::kAuto sees no
  // values that are not the user's.
  const size_t bytes = dtype_size(images.dtype());
  std::vector<char> pixels(static_cast<size_t>(rows * batch->height * columns *
                                               batch->width * batch->channels) *
                           bytes);
  const char* const source = static_cast<const char*>(images.data());
  char* out = pixels.data();
  for (int64_t y = 0; y < rows * batch->height; ++y) {
    for (int64_t x = 0; x < columns * batch->width; ++x) {
      const int64_t image =
          std::min(count - 1, y / batch->height * columns + x / batch->width);
      const int64_t pixel = image * batch->image_stride +
                            y % batch->height * batch->row_stride +
                            x % batch->width * batch->column_stride;
      for (int64_t c = 0; c < batch->channels; ++c) {
        const int64_t offset =
            (pixel + c * batch->channel_stride) * static_cast<int64_t>(bytes);
        std::memcpy(out, source + offset, bytes);
        out += bytes;
      }
    }
  }
  const int64_t shape[] = {rows * batch->height, columns * batch->width,
                           batch->channels};
  ImageOptions options;
  options.layout = Layout::kHWC;
  options.range = range;
  absl::StatusOr<EncodedImage> encoded = encode_image(
      TensorView(pixels.data(), images.dtype(), shape, 3), options);
  if (!encoded.ok()) return bad(encoded.status().message());
  Sprite sprite;
  sprite.png = std::move(encoded->png);
  sprite.image_width = batch->width;
  sprite.image_height = batch->height;
  sprite.clamped = encoded->clamped();
  return sprite;
}

}  // namespace tblog::internal
