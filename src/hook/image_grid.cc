// SPDX-License-Identifier: Apache-2.0

#include "src/hook/image_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/strings.h"
#include "src/image/grid.h"
#include "src/image/pixel_reader.h"

namespace tblog::internal {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 24;
constexpr int64_t kAutoTileSide = 32;

// An axis of the grid's source: extent, and elements from one index to the
// next.
struct Axis {
  int64_t size = 1;
  int64_t stride = 0;
};

// The tiles are outer · inner channels of [y, x]; strides count elements.
struct Tiles {
  int64_t offset = 0;
  Axis outer, inner, y, x;

  int64_t count() const { return outer.size * inner.size; }
  int64_t at(int64_t tile, int64_t row, int64_t column) const {
    return offset + tile / inner.size * outer.stride +
           tile % inner.size * inner.stride + row * y.stride +
           column * x.stride;
  }
};

Axis axis(const TensorView& v, size_t i) { return {v.dim(i), v.stride(i)}; }

absl::StatusOr<Tiles> find_tiles(const TensorView& v,
                                 const ImageGridOptions& options,
                                 bool weights) {
  Tiles tiles;
  const size_t rank = v.rank();
  if (rank == 0 || rank > 4) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an image grid has 1 to 4 dimensions, the tensor has ", rank));
  }
  if (v.size() == 0) {
    return absl::InvalidArgumentError("the tensor has no elements");
  }
  tiles.x = axis(v, rank - 1);
  if (rank >= 2) tiles.y = axis(v, rank - 2);
  if (rank >= 3) tiles.inner = axis(v, rank - 3);
  if (rank >= 3 && !weights && options.layout == GridLayout::kChannelsLast) {
    tiles.inner = axis(v, rank - 1);
    tiles.x = axis(v, rank - 2);
    tiles.y = axis(v, rank - 3);
  }
  if (rank < 4) return tiles;
  if (weights) {
    tiles.outer = axis(v, 0);
  } else if (options.example < v.dim(0)) {
    tiles.offset = options.example * v.stride(0);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("image_grid() shall show example ", options.example,
                     ", the batch has ", v.dim(0)));
  }
  return tiles;
}

template <class T>
double value_at(const TensorView& v, int64_t element) {
  return static_cast<double>(
      load_element<T>(static_cast<const char*>(v.data()) +
                      element * static_cast<int64_t>(sizeof(T))));
}

struct Span {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -std::numeric_limits<double>::infinity();
  bool has_nan = false;
};

template <class T, class F>
void for_each_pixel(const TensorView& v, const Tiles& tiles, int64_t count,
                    F&& visit) {
  for (int64_t tile = 0; tile < count; ++tile) {
    for (int64_t row = 0; row < tiles.y.size; ++row) {
      for (int64_t column = 0; column < tiles.x.size; ++column) {
        visit(tile, row, column, value_at<T>(v, tiles.at(tile, row, column)));
      }
    }
  }
}

uint8_t gray(double value, const Span& span) {
  if (value >= span.hi && span.hi > span.lo) return 255;
  if (value <= span.lo || !(span.hi > span.lo)) {
    return value > span.hi ? 255 : 0;
  }
  // Halves, so that the width of the range cannot overflow.
  const double part = (value / 2 - span.lo / 2) / (span.hi / 2 - span.lo / 2);
  return static_cast<uint8_t>(std::lround(part * 255));
}

// Where tiles and pixels stand.
struct Geometry {
  GridGeometry grid;
  int64_t zoom;

  void fill(GridImage& image, int64_t tile, int64_t row, int64_t column,
            const uint8_t* color) const {
    const int64_t top = grid.top(tile) + row * zoom;
    const int64_t left = grid.left(tile) + column * zoom;
    for (int64_t y = top; y < top + zoom; ++y) {
      for (int64_t x = left; x < left + zoom; ++x) {
        std::copy_n(
            color, image.channels,
            image.pixels.begin() + (y * image.width + x) * image.channels);
      }
    }
  }
};

absl::StatusOr<Geometry> lay_out(const Tiles& tiles, int64_t count,
                                 const ImageGridOptions& options,
                                 GridImage& image) {
  constexpr absl::string_view kTooLarge =
      "the image grid would be larger than 65,535 pixels a side or 2^24 in all";
  if (tiles.y.size > kMaxImageSide || tiles.x.size > kMaxImageSide) {
    return absl::InvalidArgumentError(kTooLarge);
  }
  const int64_t zoom =
      options.zoom > 0
          ? options.zoom
          : std::max<int64_t>(
                1, kAutoTileSide / std::max(tiles.y.size, tiles.x.size));
  const GridGeometry grid(count, 0, tiles.y.size * zoom, tiles.x.size * zoom);
  image.height = grid.height;
  image.width = grid.width;
  if (image.height > kMaxImageSide || image.width > kMaxImageSide ||
      image.height * image.width > kMaxPixels) {
    return absl::InvalidArgumentError(kTooLarge);
  }
  return Geometry{grid, zoom};
}

template <class T>
void draw(const TensorView& v, const Tiles& tiles, int64_t count,
          const Geometry& geometry, GridImage& image) {
  Span span;
  for_each_pixel<T>(v, tiles, count,
                    [&](int64_t, int64_t, int64_t, double value) {
                      span.has_nan = span.has_nan || std::isnan(value);
                      if (!std::isfinite(value)) return;
                      span.lo = std::min(span.lo, value);
                      span.hi = std::max(span.hi, value);
                    });
  image.channels = span.has_nan ? 3 : 1;
  image.pixels.assign(
      static_cast<size_t>(image.height * image.width * image.channels),
      kGridLevel);
  for_each_pixel<T>(
      v, tiles, count,
      [&](int64_t tile, int64_t row, int64_t column, double value) {
        constexpr uint8_t kMagenta[3] = {255, 0, 255};
        const uint8_t level = std::isnan(value) ? 0 : gray(value, span);
        const uint8_t color[3] = {level, level, level};
        geometry.fill(image, tile, row, column,
                      std::isnan(value) ? kMagenta : color);
      });
}

}  // namespace

absl::StatusOr<GridImage> make_image_grid(const TensorView& values,
                                          const ImageGridOptions& options,
                                          bool weights) {
  if (absl::Status status = check_host_view(values); !status.ok()) {
    return status;
  }
  absl::StatusOr<Tiles> tiles = find_tiles(values, options, weights);
  if (!tiles.ok()) return tiles.status();
  const int64_t count = std::min<int64_t>(tiles->count(), options.max_tiles);
  GridImage image;
  absl::StatusOr<Geometry> geometry = lay_out(*tiles, count, options, image);
  if (!geometry.ok()) return geometry.status();
  const bool real =
      visit_real(values.dtype(), [&]<class T>(std::type_identity<T>) {
        draw<T>(values, *tiles, count, *geometry, image);
      });
  if (!real) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an image grid cannot show ", to_absl(dtype_name(values.dtype()))));
  }
  return image;
}

}  // namespace tblog::internal
