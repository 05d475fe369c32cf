// SPDX-License-Identifier: Apache-2.0
//
// Sprites: many small images of one size as one PNG, row by row in a square of
// images, for the points of an embedding. A pure function. Thread-safe.

#ifndef TBLOG_SRC_SUMMARY_SPRITE_H_
#define TBLOG_SRC_SUMMARY_SPRITE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tblog/image.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

struct Sprite {
  std::string png;
  int64_t image_width = 0;
  int64_t image_height = 0;
  bool clamped = false;
};

// Shape: `count` images, as `layout` says of one or of all.
// Errors: InvalidArgument for another number or rank, a side of more than 8192
// pixels, and what encode_image() refuses.
absl::StatusOr<Sprite> encode_sprite(const TensorView& images, Layout layout,
                                     Range range, int64_t count);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_SPRITE_H_
