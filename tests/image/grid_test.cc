// SPDX-License-Identifier: Apache-2.0
//
// A batch as one image.

#include "src/image/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "src/image/encode.h"
#include "tests/image/decode_png.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using testing::DecodedPng;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr uint8_t kLine = kGridLevel;

DecodedPng shown(const TensorView& view, const TileOptions& options) {
  const auto image = encode_image_grid(view, options);
  EXPECT_THAT(image, testing::IsOk());
  if (!image.ok()) return {};
  const DecodedPng png = decode_png(image->png);
  EXPECT_TRUE(png.ok);
  EXPECT_EQ(png.width, static_cast<uint32_t>(image->width));
  EXPECT_EQ(png.height, static_cast<uint32_t>(image->height));
  EXPECT_EQ(png.channels, image->channels);
  return png;
}

TEST(GridTest, TilesStandInRowsWithGrayBetweenThem) {
  const uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
  const DecodedPng png =
      shown(TensorView(pixels, {3, 1, 2}), {.layout = Layout::kNHW});
  EXPECT_EQ(png.width, 5u);
  EXPECT_EQ(png.height, 3u);
  EXPECT_THAT(png.pixels, ElementsAre(1, 2, kLine, 3, 4,                  //
                                      kLine, kLine, kLine, kLine, kLine,  //
                                      5, 6, kLine, kLine, kLine));
}

TEST(GridTest, ColumnsMayBeGiven) {
  const uint8_t pixels[] = {1, 2, 3};
  const TensorView three(pixels, {3, 1, 1});
  EXPECT_THAT(shown(three, {.layout = Layout::kNHW, .columns = 1}).pixels,
              ElementsAre(1, kLine, 2, kLine, 3));
  EXPECT_THAT(shown(three, {.layout = Layout::kNHW, .columns = 3}).pixels,
              ElementsAre(1, kLine, 2, kLine, 3));
  const DecodedPng many = shown(
      three,
      {.layout = Layout::kNHW, .columns = std::numeric_limits<int64_t>::max()});
  EXPECT_EQ(many.width, 5u);
}

TEST(GridTest, OneTileHasNoLines) {
  const uint8_t pixels[] = {1, 2};
  EXPECT_THAT(shown(TensorView(pixels, {1, 1, 2, 1}), {}).pixels,
              ElementsAre(1, 2));
}

TEST(GridTest, TheFirstOnesAreShown) {
  const std::vector<uint8_t> pixels(100, 7);
  EXPECT_EQ(
      shown(TensorView(pixels.data(), {100, 1, 1}), {.layout = Layout::kNHW})
          .width,
      15u);
  EXPECT_EQ(shown(TensorView(pixels.data(), {100, 1, 1}),
                  {.layout = Layout::kNHW, .max_images = 4})
                .width,
            3u);
}

TEST(GridTest, AlphaOfLinesIsOpaque) {
  const uint8_t pixels[] = {10, 20, 30, 40};  // gray and alpha
  EXPECT_THAT(shown(TensorView(pixels, {2, 1, 1, 2}), {}).pixels,
              ElementsAre(10, 20, kLine, 255, 30, 40));
}

TEST(GridTest, ATileWithNanMakesAllColor) {
  const float pixels[] = {1, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT(
      shown(TensorView(pixels, {2, 1, 1}), {.layout = Layout::kNHW}).pixels,
      ElementsAre(255, 255, 255, kLine, kLine, kLine, 255, 0, 255));
}

TEST(GridTest, AutoIsTheRangeOfAllTiles) {
  const float pixels[] = {0, 1, 2};
  EXPECT_THAT(
      shown(TensorView(pixels, {3, 1, 1}),
            {.layout = Layout::kNHW, .range = Range::kAuto, .columns = 3})
          .pixels,
      ElementsAre(0, kLine, 128, kLine, 255));
}

TEST(GridTest, BoxesStayInTheirTile) {
  const std::vector<uint8_t> pixels(2 * 3 * 3);
  const DecodedPng png = shown(TensorView(pixels.data(), {2, 3, 3}),
                               {.layout = Layout::kNHW,
                                .boxes = {{.left = -9,
                                           .top = -9,
                                           .right = 9,
                                           .bottom = 2,
                                           .color = {1, 2, 3},
                                           .image = 1}}});
  ASSERT_EQ(png.channels, 3);
  const auto pixel = [&](int y, int x) {
    const uint8_t* p = png.pixels.data() + (y * 7 + x) * 3;
    return std::vector<uint8_t>(p, p + 3);
  };
  EXPECT_THAT(pixel(1, 3), ElementsAre(kLine, kLine, kLine));
  EXPECT_THAT(pixel(1, 4), ElementsAre(1, 2, 3));
  EXPECT_THAT(pixel(1, 6), ElementsAre(1, 2, 3));
  EXPECT_THAT(pixel(2, 5), ElementsAre(0, 0, 0));
  EXPECT_THAT(pixel(1, 2), ElementsAre(0, 0, 0));
}

TEST(GridTest, RefusesWhatIsNoGrid) {
  const uint8_t pixels[4] = {};
  const auto refuses = [&](const TensorView& view, const TileOptions& options,
                           const char* why) {
    EXPECT_THAT(encode_image_grid(view, options),
                StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses(TensorView(pixels, {0, 2, 2, 1}), {}, "no images");
  refuses(TensorView(pixels, {1, 1, 1, 1}), {.columns = -1}, "columns is -1");
  refuses(TensorView(pixels, {1, 1, 1, 1}), {.max_images = -1},
          "max_images is -1");
  refuses(TensorView(pixels, {2, 1, 1, 1}), {.boxes = {{.image = -1}}},
          "image -1 of 2");
  refuses(TensorView(pixels, {70'000, 1, 1, 1}, {0, 0, 0, 0}),
          {.max_images = 70'000, .columns = 1},
          "1 pixels wide and 139999 high");
  constexpr int64_t kHuge = int64_t{1} << 50;
  refuses(TensorView(pixels, {kHuge, 1, 1, 1}, {0, 0, 0, 0}),
          {.max_images = kHuge}, "can be shown");
}

}  // namespace
}  // namespace tblog::internal
