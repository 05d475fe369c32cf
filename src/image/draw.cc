// SPDX-License-Identifier: Apache-2.0

#include "src/image/draw.h"

#include <vector>

#include "src/image/boxes.h"

namespace tblog::internal {

int channels_to_draw(const ImageBatch& batch, const PixelReader& reader,
                     std::span<const ImageBox> boxes) {
  int channels = 1;
  for (int64_t i = 0; i < batch.count; ++i) {
    channels = common_channels(channels, reader.channels(i));
    if (has_boxes(boxes, i)) channels = common_channels(channels, 3);
  }
  return channels;
}

void draw_image(const ImageBatch& batch, int64_t image, PixelReader& reader,
                std::span<const ImageBox> boxes, Canvas& canvas, int64_t top,
                int64_t left) {
  const int channels = reader.channels(image);
  std::vector<uint8_t> row(static_cast<size_t>(batch.width * channels));
  for (int64_t y = 0; y < batch.height; ++y) {
    reader.read_row(image, y, row.data());
    widen_row(row.data(), batch.width, channels, canvas.channels,
              canvas.at(top + y, left));
  }
  draw_boxes(boxes, image, {canvas, top, left, batch.height, batch.width});
}

}  // namespace tblog::internal
