// SPDX-License-Identifier: Apache-2.0
//
// Frames with words at them, drawn into an image. Pure, thread-safe.

#ifndef TBLOG_SRC_IMAGE_BOXES_H_
#define TBLOG_SRC_IMAGE_BOXES_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "src/image/canvas.h"
#include "tblog/image.h"

namespace tblog::internal {

// InvalidArgument where a box has a coordinate that is not finite, or belongs
// to no image of `images`.
absl::Status check_boxes(std::span<const ImageBox> boxes, int64_t images);

// Whether one of the boxes belongs to image number `image`.
bool has_boxes(std::span<const ImageBox> boxes, int64_t image);

// Draws those of image number `image` into the window that shows it. The canvas
// has colour.
void draw_boxes(std::span<const ImageBox> boxes, int64_t image,
                const Window& window);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_BOXES_H_
