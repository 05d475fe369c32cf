// SPDX-License-Identifier: Apache-2.0

#include "src/image/stored_png.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "src/image/encode.h"
#include "tests/image/decode_png.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using testing::DecodedPng;

Canvas noise(int64_t height, int64_t width, int channels) {
  Canvas canvas(height, width, channels, 255);
  std::mt19937 random(1);
  for (uint8_t& byte : canvas.pixels) byte = static_cast<uint8_t>(random());
  return canvas;
}

// Around the sizes of a stored block and of several.
void for_each_size(const std::function<void(const Canvas&)>& visit) {
  for (int channels = 1; channels <= 4; ++channels) {
    for (const int64_t width : {1, 2, 65, 255, 256, 16'383, 16'384, 65'535}) {
      for (const int64_t height : {1, 2, 5})
        visit(noise(height, width, channels));
    }
  }
  visit(noise(65'535, 1, 1));
  visit(noise(255, 256, 1));
  visit(noise(256, 255, 1));
}

std::string store_png(const Canvas& canvas) {
  std::string out = "before";
  append_stored_png(out, shape_of(canvas), rows_of(canvas));
  EXPECT_EQ(out.substr(0, 6), "before");
  EXPECT_EQ(out.size(), 6 + stored_png_bytes(shape_of(canvas)));
  return out.substr(6);
}

TEST(StoredPngTest, SealedItIsAPngOfThePixels) {
  for_each_size([](const Canvas& canvas) {
    std::string stored = store_png(canvas);
    seal_stored_png(stored.data(), stored.size());
    const DecodedPng png = decode_png(stored);
    ASSERT_TRUE(png.ok) << canvas.width << " by " << canvas.height;
    EXPECT_EQ(png.width, static_cast<uint32_t>(canvas.width));
    EXPECT_EQ(png.channels, canvas.channels);
    EXPECT_EQ(png.pixels, canvas.pixels);
  });
}

TEST(StoredPngTest, CompressedItIsWhatWritePngMakes) {
  for_each_size([](const Canvas& canvas) {
    EXPECT_EQ(compress_stored_png(store_png(canvas)), write_png(canvas));
  });
}

TEST(StoredPngTest, SealingMayBeRepeated) {
  std::string once = store_png(noise(9, 9, 3));
  seal_stored_png(once.data(), once.size());
  std::string twice = once;
  seal_stored_png(twice.data(), twice.size());
  EXPECT_EQ(once, twice);
  EXPECT_EQ(compress_stored_png(once), write_png(noise(9, 9, 3)));
}

// Of images, batches and grids, with boxes and without.
TEST(StoredPngTest, EveryCallThatEncodesCanLeaveItToOthers) {
  const Canvas canvas = noise(40, 30, 3);
  const TensorView pixels(canvas.pixels.data(), {40, 30, 3});
  for (const auto& boxes : {std::vector<ImageBox>{},
                            std::vector<ImageBox>{{1, 2, 20, 30, "box"}}}) {
    ImageOptions options;
    options.boxes = boxes;
    TileOptions tiles;
    tiles.boxes = boxes;
    const auto expect_same = [](const EncodedImage& rows,
                                const EncodedImage& compressed) {
      EXPECT_EQ(rows.png, "");
      std::string stored;
      append_stored_png(stored, rows.shape, rows.fill_row);
      EXPECT_EQ(compress_stored_png(stored), compressed.png);
      EXPECT_EQ(rows.channels, compressed.channels);
    };
    expect_same(*encode_image(pixels, options, PngForm::kRows),
                *encode_image(pixels, options));
    expect_same(encode_images(pixels, options, PngForm::kRows)->front(),
                encode_images(pixels, options)->front());
    const TensorView batch(canvas.pixels.data(), {4, 10, 30, 3});
    expect_same(*encode_image_grid(batch, tiles, PngForm::kRows),
                *encode_image_grid(batch, tiles));
  }
}

}  // namespace
}  // namespace tblog::internal
