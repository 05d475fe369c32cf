// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/picture.h"

#include <gtest/gtest.h>
#include <png.h>
#include <zlib.h>

#include <sstream>
#include <string>
#include <vector>

namespace tblog::tool {
namespace {

std::string encode_png(uint32_t width, uint32_t height, uint32_t format,
                       const std::vector<uint8_t>& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t bytes = 0;
  png_image_write_to_memory(&image, nullptr, &bytes, 0, pixels.data(), 0,
                            nullptr);
  std::string out(bytes, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, out.data(), &bytes, 0,
                                      pixels.data(), 0, nullptr),
            0);
  out.resize(bytes);
  return out;
}

TEST(PictureTest, DecodesColorAndGray) {
  const auto color =
      decode_png(encode_png(2, 1, PNG_FORMAT_RGB, {1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(color.has_value());
  EXPECT_EQ(color->width, 2);
  EXPECT_EQ(color->rgb, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
  const auto gray = decode_png(encode_png(1, 1, PNG_FORMAT_GRAY, {9}));
  ASSERT_TRUE(gray.has_value());
  EXPECT_EQ(gray->rgb, (std::vector<uint8_t>{9, 9, 9}));
}

TEST(PictureTest, EveryCutAndFlippedFileIsRefusedOrDecoded) {
  const std::string png =
      encode_png(3, 2, PNG_FORMAT_RGB, std::vector<uint8_t>(18, 200));
  for (size_t size = 0; size < png.size() - 12; ++size)  // 12: the IEND chunk
    EXPECT_FALSE(decode_png(png.substr(0, size)).has_value()) << size;
  for (size_t i = 0; i < png.size(); ++i) {
    std::string flipped = png;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    if (const auto picture = decode_png(flipped)) {
      EXPECT_EQ(picture->rgb.size(), static_cast<size_t>(picture->width) *
                                         static_cast<size_t>(picture->height) *
                                         3);
    }
  }
}

TEST(PictureTest, AHeaderThatClaimsManyPixelsAllocatesNothing) {
  std::string png = encode_png(1, 1, PNG_FORMAT_GRAY, {0});
  // Width and height stand at offset 16; the chunk's CRC follows at 29.
  png.replace(16, 8, std::string("\x00\x0f\x00\x00\x00\x0f\x00\x00", 8));
  const uint32_t crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(png.data() + 12), 17));
  for (size_t i = 0; i < 4; ++i)
    png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  EXPECT_FALSE(decode_png(png).has_value());
}

TEST(PictureTest, NamesTheFormat) {
  EXPECT_EQ(image_format("\x89PNG\r\n\x1a\n"), "png");
  EXPECT_EQ(image_format("\xff\xd8\xff\xe0"), "jpeg");
  EXPECT_EQ(image_format("GIF89a"), "gif");
  EXPECT_EQ(image_format(""), "unknown");
}

TEST(HalfBlocksTest, ACharacterShowsTwoPixels) {
  std::ostringstream out;
  Picture picture{.width = 1, .height = 3, .rgb = {1, 1, 1, 2, 2, 2, 3, 3, 3}};
  print_half_blocks(out, picture, 1, " ");
  EXPECT_EQ(out.str(),
            " \x1b[38;2;1;1;1m\x1b[48;2;2;2;2m▀\x1b[0m\n"
            " \x1b[38;2;3;3;3m▀\x1b[0m\n");
}

TEST(HalfBlocksTest, AColorIsSetWhereItChanges) {
  std::ostringstream out;
  Picture picture{.width = 2, .height = 1, .rgb = {1, 1, 1, 1, 1, 1}};
  print_half_blocks(out, picture, 2, "");
  EXPECT_EQ(out.str(), "\x1b[38;2;1;1;1m▀▀\x1b[0m\n");
}

TEST(ShadesTest, LightIsDense) {
  std::ostringstream out;
  const Picture picture{.width = 3,
                        .height = 2,
                        .rgb = {255, 255, 255, 0, 0, 0, 0, 0, 0,  //
                                255, 255, 255, 255, 255, 255, 0, 0, 0}};
  print_shades(out, picture, 3, " ");
  EXPECT_EQ(out.str(), " @=\n");
}

TEST(HalfBlocksTest, ALargePictureIsAveraged) {
  std::ostringstream out;
  Picture picture{.width = 2, .height = 1, .rgb = {0, 0, 0, 10, 20, 30}};
  print_half_blocks(out, picture, 1, "");
  EXPECT_EQ(out.str(), "\x1b[38;2;5;10;15m▀\x1b[0m\n");
}

}  // namespace
}  // namespace tblog::tool
