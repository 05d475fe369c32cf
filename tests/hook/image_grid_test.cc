// SPDX-License-Identifier: Apache-2.0

#include "src/hook/image_grid.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImageGridOptions unscaled() {
  ImageGridOptions options;
  options.zoom = 1;
  return options;
}

TEST(ImageGridTest, TilesAreChannelsOfOneExample) {
  std::vector<float> x(2 * 3 * 1 * 2);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  ImageGridOptions options = unscaled();
  options.example = 1;
  const auto grid =
      make_image_grid(TensorView(x.data(), {2, 3, 1, 2}), options, false);
  ASSERT_TRUE(grid.ok());
  EXPECT_EQ(grid->height, 3);
  EXPECT_EQ(grid->width, 5);
  EXPECT_EQ(grid->channels, 1);
  constexpr uint8_t kLine = 96;
  EXPECT_THAT(grid->pixels, ElementsAre(0, 51, kLine, 102, 153,             //
                                        kLine, kLine, kLine, kLine, kLine,  //
                                        204, 255, kLine, kLine, kLine));
}

TEST(ImageGridTest, ChannelsMayBeLast) {
  const std::vector<float> x{0, 3, 1, 2};  // [1, 2, 2]
  ImageGridOptions options = unscaled();
  options.layout = GridLayout::kChannelsLast;
  const auto grid =
      make_image_grid(TensorView(x.data(), {1, 2, 2}), options, false);
  ASSERT_TRUE(grid.ok());
  EXPECT_THAT(grid->pixels, ElementsAre(0, 85, 96, 255, 170));
}

TEST(ImageGridTest, AllKernelsOfWeightsAreTiles) {
  const std::vector<float> x{0, 1, 2, 3};
  ImageGridOptions options = unscaled();
  EXPECT_EQ(make_image_grid(TensorView(x.data(), {4, 1, 1, 1}), options, true)
                ->pixels.size(),
            9u);
  options.max_tiles = 2;
  EXPECT_THAT(make_image_grid(TensorView(x.data(), {2, 2, 1, 1}), options, true)
                  ->pixels,
              ElementsAre(0, 96, 255));
}

// As maps after a ReLU are: black lines would join them.
TEST(ImageGridTest, DarkTilesStayApart) {
  const std::vector<float> zeros(4);
  const auto grid =
      make_image_grid(TensorView(zeros.data(), {4, 1, 1}), unscaled(), false);
  ASSERT_TRUE(grid.ok());
  EXPECT_THAT(grid->pixels, ElementsAre(0, 96, 0, 96, 96, 96, 0, 96, 0));
}

TEST(ImageGridTest, NanIsMagentaAndInfinitiesAreTheEnds) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> x{-inf, 1, 2, inf, std::nanf("")};
  const auto grid = make_image_grid(x, unscaled(), false);
  ASSERT_TRUE(grid.ok());
  EXPECT_EQ(grid->channels, 3);
  EXPECT_THAT(grid->pixels, ElementsAre(0, 0, 0, 0, 0, 0, 255, 255, 255, 255,
                                        255, 255, 255, 0, 255));
}

TEST(ImageGridTest, SmallTilesAreEnlarged) {
  const std::vector<float> x{0, 1, 2, 3};
  const auto grid =
      make_image_grid(TensorView(x.data(), {2, 2}), ImageGridOptions(), false);
  EXPECT_EQ(grid->height, 32);
  EXPECT_EQ(grid->width, 32);
  EXPECT_EQ(grid->pixels[0], 0);
  EXPECT_EQ(grid->pixels[15 * 32 + 15], 0);
  EXPECT_EQ(grid->pixels[16], 85);
  EXPECT_EQ(grid->pixels.back(), 255);
}

TEST(ImageGridTest, ExtremeRangesDoNotOverflow) {
  constexpr double kMax = std::numeric_limits<double>::max();
  const std::vector<double> x{-kMax, 0, kMax};
  EXPECT_THAT(make_image_grid(x, unscaled(), false)->pixels,
              ElementsAre(0, 128, 255));
}

TEST(ImageGridTest, RefusesWhatIsNoGrid) {
  const std::vector<float> x(8);
  const auto refuses = [&](const TensorView& view, const char* why) {
    ImageGridOptions options;
    options.example = 1;
    EXPECT_THAT(make_image_grid(view, options, false),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  refuses(TensorView(x.data(), {}), "1 to 4 dimensions");
  refuses(TensorView(x.data(), {2, 1, 2, 1, 2}), "1 to 4 dimensions");
  refuses(TensorView(x.data(), {0, 2}), "no elements");
  refuses(TensorView(x.data(), {1, 2, 2, 2}), "the batch has 1");
  refuses(TensorView(x.data(), {70'000, 1}, {0, 0}), "larger than 65,535");
  refuses(TensorView(x.data(), {int64_t{1} << 40, 1 << 10}, {0, 0}),
          "larger than 65,535");
}

}  // namespace
}  // namespace tblog::internal
