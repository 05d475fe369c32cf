// SPDX-License-Identifier: Apache-2.0
//
// Images of a tensor, with their boxes, into a canvas.

#ifndef TBLOG_SRC_IMAGE_DRAW_H_
#define TBLOG_SRC_IMAGE_DRAW_H_

#include <cstdint>
#include <span>

#include "src/image/canvas.h"
#include "src/image/pixel_reader.h"
#include "tblog/image.h"

namespace tblog::internal {

// The channels that hold all images of `batch` and their boxes.
int channels_to_draw(const ImageBatch& batch, const PixelReader& reader,
                     std::span<const ImageBox> boxes);

// Draws image number `image` so that its first pixel is that of (top, left).
// The canvas has room for it, and channels that hold it.
void draw_image(const ImageBatch& batch, int64_t image, PixelReader& reader,
                std::span<const ImageBox> boxes, Canvas& canvas, int64_t top,
                int64_t left);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_DRAW_H_
