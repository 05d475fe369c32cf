// SPDX-License-Identifier: Apache-2.0

#include "src/image/boxes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "src/image/encode.h"
#include "src/image/font.h"
#include "tests/image/decode_png.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using testing::DecodedPng;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// What is drawn into a black image, a letter a pixel: '.' black, '#' the red of
// boxes, ' ' another colour, as of the letters, which are white on red.
std::vector<std::string> drawn(int64_t height, int64_t width,
                               const std::vector<ImageBox>& boxes) {
  Canvas canvas(height, width, 3, 0);
  draw_boxes(boxes, 0, {canvas, 0, 0, height, width});
  std::vector<std::string> rows;
  for (int64_t y = 0; y < height; ++y) {
    std::string& row = rows.emplace_back();
    for (int64_t x = 0; x < width; ++x) {
      const uint8_t* p = canvas.at(y, x);
      const bool colored = p[0] != 0 || p[1] != 0 || p[2] != 0;
      const bool red = p[0] == 255 && p[1] == 0 && p[2] == 0;
      row += red ? '#' : colored ? ' ' : '.';
    }
  }
  return rows;
}

TEST(BoxesTest, TheFrameLiesInsideOfTheEdges) {
  EXPECT_THAT(drawn(5, 6, {{1, 1, 5, 4}}), ElementsAre("......",  //
                                                       ".####.",  //
                                                       ".#..#.",  //
                                                       ".####.",  //
                                                       "......"));
  EXPECT_THAT(drawn(3, 3, {{0, 0, 3, 3}}), ElementsAre("###",  //
                                                       "#.#",  //
                                                       "###"));
}

TEST(BoxesTest, PartsOfPixelsAreCovered) {
  EXPECT_THAT(drawn(4, 5, {{0.9, 0.1, 3.1, 2.5}}), ElementsAre("####.",  //
                                                               "#..#.",  //
                                                               "####.",  //
                                                               "....."));
}

TEST(BoxesTest, EdgesMayBeExchanged) {
  EXPECT_EQ(drawn(5, 6, {{5, 4, 1, 1}}), drawn(5, 6, {{1, 1, 5, 4}}));
}

TEST(BoxesTest, APointIsAPixel) {
  EXPECT_THAT(drawn(3, 3, {{1, 1, 1, 1}}), ElementsAre("...", ".#.", "..."));
  EXPECT_THAT(drawn(3, 3, {{1, 0, 1, 2}}), ElementsAre(".#.", ".#.", "..."));
}

TEST(BoxesTest, WhatLiesOutsideIsNotDrawn) {
  EXPECT_THAT(drawn(3, 3, {{-5, 1, 2, 9}}), ElementsAre("...",  //
                                                        "##.",  //
                                                        ".#."));
  constexpr double kFar = std::numeric_limits<double>::max();
  EXPECT_THAT(drawn(2, 2, {{-kFar, -kFar, kFar, kFar, "label"}}),
              ElementsAre("##", "##"));
  for (const ImageBox& box :
       {ImageBox{5, 5, 9, 9, "x"}, ImageBox{-9, -9, -1, -1, "x"},
        ImageBox{kFar, kFar, kFar, kFar, "x"},
        ImageBox{0, -kFar, 2, -1, "x"}}) {
    EXPECT_THAT(drawn(2, 2, {box}), Each("..")) << box.left;
  }
}

TEST(BoxesTest, LabelsStandAboveTheFrame) {
  EXPECT_THAT(drawn(13, 12, {{1, 10, 11, 13, "T"}}),
              ElementsAre("............",  //
                          ".#######....",  //
                          ".#     #....",  //
                          ".### ###....",  //
                          ".### ###....",  //
                          ".### ###....",  //
                          ".### ###....",  //
                          ".### ###....",  //
                          ".### ###....",  //
                          ".#######....",  //
                          ".##########.",  //
                          ".#........#.",  //
                          ".##########."));
}

TEST(BoxesTest, LabelsStandInTheFrameWhereThereIsNoRoomAbove) {
  const auto rows = drawn(12, 9, {{1, 2, 9, 12, "I"}});
  EXPECT_EQ(rows[1], ".........");
  EXPECT_EQ(rows[2], ".########");
  EXPECT_EQ(rows[3], ".##   ###");
  EXPECT_EQ(rows[11], ".########");
}

TEST(BoxesTest, LabelsMoveLeftToBeSeen) {
  const auto rows = drawn(12, 20, {{18, 10, 20, 12, "AB"}});
  EXPECT_EQ(rows[1], ".......#############");
  // Longer than the image: from its left edge.
  EXPECT_EQ(drawn(12, 20, {{18, 10, 20, 12, std::string(10'000, 'W')}})[1],
            "####################");
}

TEST(BoxesTest, LinesAndLettersGrowWithTheImage) {
  const auto rows = drawn(20, 800, {{700, 8, 720, 20}});
  EXPECT_EQ(rows[9].substr(698, 24), "..####################..");
  EXPECT_EQ(rows[12].substr(698, 24), "..###..............###..");
  EXPECT_EQ(rows[7].substr(698, 24), "........................");
}

TEST(BoxesTest, LaterBoxesAreDrawnOverEarlierOnes) {
  const auto rows =
      drawn(3, 3, {{0, 0, 3, 3}, {0, 0, 1, 3, "", Color{0, 255, 0}}});
  EXPECT_THAT(rows, ElementsAre(" ##", " .#", " ##"));
}

TEST(BoxesTest, InkIsReadOnItsGround) {
  const auto ink = [](Color ground) {
    Canvas canvas(9, 7, 3, 0);
    const std::vector<ImageBox> boxes = {{0, 0, 7, 9, "|", ground}};
    draw_boxes(boxes, 0, {canvas, 0, 0, 9, 7});
    return *canvas.at(4, 3);
  };
  EXPECT_EQ(ink({255, 255, 0}), 0);
  EXPECT_EQ(ink({255, 255, 255}), 0);
  EXPECT_EQ(ink({0, 0, 255}), 255);
  EXPECT_EQ(ink({0, 0, 0}), 255);
}

// ---- In images ----

TEST(BoxesTest, GrayImagesBecomeColorImages) {
  const std::vector<uint8_t> pixels(9, 7);
  const auto image = encode_image(
      TensorView(pixels.data(), {3, 3}),
      {.layout = Layout::kHW, .boxes = {{1, 1, 2, 2, "", Color{1, 2, 3}}}});
  ASSERT_THAT(image, IsOk());
  const DecodedPng png = decode_png(image->png);
  EXPECT_EQ(image->channels, 3);
  EXPECT_EQ(png.channels, 3);
  EXPECT_EQ(
      std::vector<uint8_t>(png.pixels.begin() + 9, png.pixels.begin() + 18),
      (std::vector<uint8_t>{7, 7, 7, 1, 2, 3, 7, 7, 7}));
}

TEST(BoxesTest, BoxesAreOpaqueAndOtherAlphaStays) {
  const uint8_t gray_alpha[] = {10, 20, 30, 40};
  const auto image =
      encode_image(TensorView(gray_alpha, {1, 2, 2}),
                   {.boxes = {{1, 0, 2, 1, "", Color{1, 2, 3}}}});
  ASSERT_THAT(image, IsOk());
  EXPECT_THAT(decode_png(image->png).pixels,
              ElementsAre(10, 10, 10, 20, 1, 2, 3, 255));
}

TEST(BoxesTest, OnlyTheImageOfABatchIsDrawnOn) {
  const uint8_t pixels[] = {7, 8};
  const auto images = encode_images(
      TensorView(pixels, {2, 1, 1}),
      {.layout = Layout::kNHW, .boxes = {{0, 0, 1, 1, "", Color{1, 2, 3}, 1}}});
  ASSERT_THAT(images, IsOk());
  EXPECT_THAT(decode_png(images->at(0).png).pixels, ElementsAre(7));
  EXPECT_THAT(decode_png(images->at(1).png).pixels, ElementsAre(1, 2, 3));
}

// Of the batch, but beyond what is shown: no mistake.
TEST(BoxesTest, BoxesOfImagesThatAreNotShownAreLeftOut) {
  const uint8_t pixels[] = {7, 8};
  const auto images = encode_images(
      TensorView(pixels, {2, 1, 1}),
      {.layout = Layout::kNHW, .max_images = 1, .boxes = {{.image = 1}}});
  ASSERT_THAT(images, IsOk());
  EXPECT_EQ(images->size(), 1u);
  EXPECT_EQ(images->front().channels, 1);
}

TEST(BoxesTest, RefusesCoordinatesThatAreNotFiniteAndImagesThatAreNot) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [](const ImageBox& box, const char* why) {
    const std::vector<ImageBox> boxes = {{}, box};
    EXPECT_THAT(check_boxes(boxes, 2), StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses({.left = nan}, "box 1 has a coordinate that is not finite: left nan");
  refuses({.top = kInf}, "top inf");
  refuses({.right = -kInf}, "right -inf");
  refuses({.bottom = nan}, "bottom nan");
  refuses({.image = 2}, "box 1 belongs to image 2 of 2");
  refuses({.image = -1}, "image -1");
  const uint8_t pixel = 0;
  EXPECT_THAT(
      encode_image(TensorView(&pixel, {1, 1, 1}), {.boxes = {{.right = nan}}}),
      StatusIs(kInvalid, HasSubstr("not finite")));
}

// ---- The font ----

std::vector<std::string> art(const Glyph& glyph) {
  std::vector<std::string> rows;
  for (int row = 0; row < kGlyphHeight; ++row) {
    std::string& line = rows.emplace_back();
    for (int column = 0; column < kGlyphWidth; ++column)
      line += glyph.has_ink(row, column) ? '#' : '.';
  }
  return rows;
}

TEST(FontTest, PrintableAsciiHasNinetyFiveShapes) {
  std::set<std::vector<std::string>> shapes;
  for (char c = ' '; c <= '~'; ++c) {
    const auto glyphs = glyphs_of(std::string(1, c), 1);
    ASSERT_EQ(glyphs.size(), 1u);
    shapes.insert(art(glyphs[0]));
  }
  EXPECT_EQ(shapes.size(), 95u);
  EXPECT_THAT(art(glyphs_of("F", 1)[0]),
              ElementsAre("#####", "#....", "#....", "####.", "#....", "#....",
                          "#...."));
}

TEST(FontTest, OtherCharactersAreOneHollowRectangleEach) {
  const auto glyphs = glyphs_of("\xc3\xbc\t\x80\xff", 99);
  ASSERT_EQ(glyphs.size(), 3u);
  EXPECT_THAT(art(glyphs[0]), ElementsAre("#####", "#...#", "#...#", "#...#",
                                          "#...#", "#...#", "#####"));
  EXPECT_EQ(glyphs_of("abc", 2).size(), 2u);
}

}  // namespace
}  // namespace tblog::internal
