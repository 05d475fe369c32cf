// SPDX-License-Identifier: Apache-2.0

#include "digits/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace digits {
namespace {

using ::testing::ElementsAre;

TEST(MosaicTest, PutsImagesIntoRowsWithGapsAround) {
  Tensor images({3, 1, 1, 1});
  images.array() << 0.5f, 1, 0;
  const Tensor picture = mosaic(images, 2, 2);
  ASSERT_EQ(picture.shape(), (Shape{7, 7}));
  const float g = 0.4f;
  EXPECT_THAT(picture.matrix().row(0).array(),
              ElementsAre(g, g, g, g, g, g, g));
  for (const Index y : {1, 2}) {
    EXPECT_THAT(picture.matrix().row(y).array(),
                ElementsAre(g, 0.5f, 0.5f, g, 1, 1, g));
  }
  EXPECT_THAT(picture.matrix().row(4).array(),
              ElementsAre(g, 0, 0, g, g, g, g));
}

TEST(DrawChannelsTest, ScalesEachChannelFromBlankToSolid) {
  Tensor images({1, 3, 1, 2});
  images.array() << -1, 3, 5, 4, 7, 7;
  EXPECT_THAT(draw_channels(images, 2), ElementsAre("  ██  ██  "));
  EXPECT_THAT(draw_channels(images, 9), ElementsAre("  ██  ██        "));
}

}  // namespace
}  // namespace digits
