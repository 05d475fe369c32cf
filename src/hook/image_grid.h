// SPDX-License-Identifier: Apache-2.0
//
// The channels of a tensor as one image. A pure function, thread-safe.

#ifndef TBLOG_SRC_HOOK_IMAGE_GRID_H_
#define TBLOG_SRC_HOOK_IMAGE_GRID_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/rule.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// Pixels [height, width, channels], row-major; channels is 3 where a NaN is
// shown, else 1.
struct GridImage {
  std::vector<uint8_t> pixels;
  int64_t height = 0;
  int64_t width = 0;
  int64_t channels = 1;

  TensorView view() const { return {pixels.data(), {height, width, channels}}; }
};

// Black is the smallest finite value shown, white the largest, ±infinity the
// ends; all-equal values are black. Tiles stand row by row in a near-square
// grid with a gray line of one pixel between them; places without a tile are
// gray too, see kGridLevel.
//
// `weights`: four dimensions are [out, in, height, width], and all of out · in
// are tiles.
// Errors: InvalidArgument for a view that the CPU cannot read, rank 0 or above
// 4, no elements, complex dtypes, an example that is not there, and
// more than 2^24 pixels.
absl::StatusOr<GridImage> make_image_grid(const TensorView& values,
                                          const ImageGridOptions& options,
                                          bool weights);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_IMAGE_GRID_H_
