// SPDX-License-Identifier: Apache-2.0

#include "src/image/encode.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/image/boxes.h"
#include "src/image/canvas.h"
#include "src/image/draw.h"
#include "src/image/grid.h"
#include "src/image/png_writer.h"

namespace tblog::internal {
namespace {

EncodedImage encode(const PngShape& shape, const FillRow& fill_row,
                    PngForm form) {
  EncodedImage image;
  image.width = static_cast<int32_t>(shape.width);
  image.height = static_cast<int32_t>(shape.height);
  image.channels = shape.channels;
  if (form == PngForm::kRows) {
    image.shape = shape;
    image.fill_row = fill_row;
  } else {
    image.png = write_png(shape, fill_row);
  }
  return image;
}

// (std::make_shared() would keep a library with this in it from being
// unloaded.)
EncodedImage encode_canvas(std::unique_ptr<const Canvas> owned, PngForm form) {
  const std::shared_ptr<const Canvas> canvas = std::move(owned);
  const auto fill_row = [canvas, rows = rows_of(*canvas)](
                            uint32_t y, uint8_t* row) { rows(y, row); };
  return encode(shape_of(*canvas), fill_row, form);
}

// Row by row, without the image in memory.
EncodedImage encode_plain(const ImageBatch& batch, int64_t i,
                          const std::shared_ptr<PixelReader>& reader,
                          PngForm form) {
  const PngShape shape = {static_cast<uint32_t>(batch.width),
                          static_cast<uint32_t>(batch.height),
                          reader->channels(i)};
  const auto fill_row = [reader, i](uint32_t y, uint8_t* row) {
    reader->read_row(i, int64_t{y}, row);
  };
  return encode(shape, fill_row, form);
}

EncodedImage encode_with_boxes(const ImageBatch& batch, int64_t i,
                               std::span<const ImageBox> boxes,
                               PixelReader& reader, PngForm form) {
  auto canvas = std::make_unique<Canvas>(
      batch.height, batch.width, common_channels(reader.channels(i), 3), 0);
  draw_image(batch, i, reader, boxes, *canvas, 0, 0);
  return encode_canvas(std::move(canvas), form);
}

absl::StatusOr<std::vector<EncodedImage>> encode_batch(
    ImageBatch batch, int64_t max_images, const ImageOptions& options,
    PngForm form) {
  if (absl::Status s = check_boxes(options.boxes, batch.count); !s.ok()) {
    return s;
  }
  batch.count = std::min(batch.count, max_images);
  absl::StatusOr<std::shared_ptr<PixelReader>> reader =
      make_pixel_reader(batch, options.range);
  if (!reader.ok()) return reader.status();
  std::vector<EncodedImage> images;
  for (int64_t i = 0; i < batch.count; ++i) {
    EncodedImage image =
        has_boxes(options.boxes, i)
            ? encode_with_boxes(batch, i, options.boxes, **reader, form)
            : encode_plain(batch, i, *reader, form);
    image.has_nan = (*reader)->has_nan(i);
    image.reader = *reader;
    images.push_back(std::move(image));
  }
  return images;
}

absl::Status check_max_images(int64_t max_images) {
  if (max_images >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("max_images is ", max_images, ", and must be 1 or more"));
}

absl::Status check_grid(const GridGeometry& grid) {
  if (grid.height <= kMaxImageSide && grid.width <= kMaxImageSide &&
      grid.height * grid.width <= kMaxImagePixels) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the grid would be ", grid.width, " pixels wide and ",
                   grid.height, " high; at most ", kMaxImageSide,
                   " a side and ", kMaxImagePixels, " in all can be shown"));
}

}  // namespace

absl::StatusOr<EncodedImage> encode_image(const TensorView& view,
                                          const ImageOptions& options,
                                          PngForm form) {
  absl::StatusOr<ImageBatch> batch =
      find_images(view, options.layout, Many::kNo);
  if (!batch.ok()) return batch.status();
  absl::StatusOr<std::vector<EncodedImage>> images =
      encode_batch(*batch, 1, options, form);
  if (!images.ok()) return images.status();
  return std::move(images->front());
}

absl::StatusOr<std::vector<EncodedImage>> encode_images(
    const TensorView& view, const ImageOptions& options, PngForm form) {
  absl::StatusOr<ImageBatch> batch =
      find_images(view, options.layout, Many::kYes);
  if (!batch.ok()) return batch.status();
  if (absl::Status s = check_max_images(options.max_images); !s.ok()) return s;
  return encode_batch(*batch, options.max_images, options, form);
}

absl::StatusOr<EncodedImage> encode_image_grid(const TensorView& view,
                                               const TileOptions& options,
                                               PngForm form) {
  absl::StatusOr<ImageBatch> batch =
      find_images(view, options.layout, Many::kYes);
  if (!batch.ok()) return batch.status();
  if (absl::Status s = check_max_images(options.max_images); !s.ok()) return s;
  if (options.columns < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "columns is ", options.columns, ", and must not be less than 0"));
  }
  if (absl::Status s = check_boxes(options.boxes, batch->count); !s.ok()) {
    return s;
  }
  // No more than could stand in an image, so that nothing overflows.
  batch->count = std::min({batch->count, options.max_images, kMaxImagePixels});
  const GridGeometry grid(batch->count, options.columns, batch->height,
                          batch->width);
  if (absl::Status s = check_grid(grid); !s.ok()) return s;
  absl::StatusOr<std::shared_ptr<PixelReader>> reader =
      make_pixel_reader(*batch, options.range);
  if (!reader.ok()) return reader.status();

  auto canvas = std::make_unique<Canvas>(
      grid.height, grid.width,
      channels_to_draw(*batch, **reader, options.boxes), kGridLevel);
  bool has_nan = false;
  for (int64_t i = 0; i < batch->count; ++i) {
    draw_image(*batch, i, **reader, options.boxes, *canvas, grid.top(i),
               grid.left(i));
    has_nan = has_nan || (*reader)->has_nan(i);
  }
  EncodedImage image = encode_canvas(std::move(canvas), form);
  image.has_nan = has_nan;
  image.reader = *std::move(reader);
  return image;
}

}  // namespace tblog::internal
