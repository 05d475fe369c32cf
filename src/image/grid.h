// SPDX-License-Identifier: Apache-2.0
//
// Where the tiles of a grid stand in its image. Pure, thread-safe.

#ifndef TBLOG_SRC_IMAGE_GRID_H_
#define TBLOG_SRC_IMAGE_GRID_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tblog::internal {

// Gray of the lines of one pixel between tiles, and of places without a tile:
// neither black nor white, the two levels that tiles are most often full of, so
// that dark ones do not run together.
constexpr uint8_t kGridLevel = 96;

// `count` tiles, row by row from the upper left, near a square of tiles where
// `columns_wanted` is 0. Sizes in pixels. Numbers must be small enough that
// `count` · (tile side + 1) fits an int64_t.
struct GridGeometry {
  GridGeometry(int64_t count, int64_t columns_wanted, int64_t tile_height_in,
               int64_t tile_width_in)
      : columns(std::min(count, columns_wanted > 0
                                    ? columns_wanted
                                    : static_cast<int64_t>(std::ceil(std::sqrt(
                                          static_cast<double>(count)))))),
        rows((count + columns - 1) / columns),
        tile_height(tile_height_in),
        tile_width(tile_width_in),
        height(rows * (tile_height + 1) - 1),
        width(columns * (tile_width + 1) - 1) {}

  int64_t top(int64_t tile) const { return tile / columns * (tile_height + 1); }
  int64_t left(int64_t tile) const { return tile % columns * (tile_width + 1); }

  int64_t columns;
  int64_t rows;
  int64_t tile_height;
  int64_t tile_width;
  int64_t height;
  int64_t width;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_GRID_H_
