// SPDX-License-Identifier: Apache-2.0

#include "src/image/sniff.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/image/encode.h"

namespace tblog::internal {
namespace {

using std::string_literals::operator""s;

std::string be16(int v) { return {char(v >> 8), char(v)}; }
std::string le16(int v) { return {char(v), char(v >> 8)}; }
std::string le32(int64_t v) { return le16(int(v)) + le16(int(v >> 16)); }

std::string segment(int marker, const std::string& body) {
  return "\xff"s + char(marker) + be16(int(body.size()) + 2) + body;
}
std::string frame(int marker, int width, int height) {
  return segment(marker, "\x08" + be16(height) + be16(width) + "\x03");
}
std::string jpeg(const std::string& rest) { return "\xff\xd8" + rest; }
std::string gif(int width, int height) {
  return "GIF89a" + le16(width) + le16(height) + "\x80\0\0"s;
}
std::string bmp(int64_t width, int64_t height) {
  return "BM" + std::string(12, '\0') + le32(40) + le32(width) + le32(height);
}
std::string png() {
  const std::vector<uint8_t> pixels(12 * 34);
  return encode_image(TensorView(pixels.data(), {34, 12}),
                      {Layout::kHW, Range::kUnit})
      ->png;
}

void expect_header(const std::string& bytes, ImageFormat format, int width,
                   int height) {
  const std::optional<ImageHeader> header = sniff_image(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->format, format);
  EXPECT_EQ(header->width, width);
  EXPECT_EQ(header->height, height);
}

TEST(SniffImageTest, Png) { expect_header(png(), ImageFormat::kPng, 12, 34); }

TEST(SniffImageTest, Gif) {
  expect_header(gif(300, 2), ImageFormat::kGif, 300, 2);
  expect_header("GIF87a" + gif(300, 2).substr(6), ImageFormat::kGif, 300, 2);
}

TEST(SniffImageTest, Bmp) {
  expect_header(bmp(640, 480), ImageFormat::kBmp, 640, 480);
  expect_header(bmp(640, -480), ImageFormat::kBmp, 640, 480);
  expect_header("BM" + std::string(12, '\0') + le32(12) + le16(640) +
                    le16(480) + std::string(4, '\0'),
                ImageFormat::kBmp, 640, 480);
}

TEST(SniffImageTest, JpegOfEveryFrame) {
  for (const int marker : {0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xcf}) {
    expect_header(jpeg(frame(marker, 1000, 70)), ImageFormat::kJpeg, 1000, 70);
  }
}

TEST(SniffImageTest, JpegSegmentsBeforeTheFrameAreSkipped) {
  expect_header(jpeg(segment(0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0"s) +
                     segment(0xc4, frame(0xc0, 1, 1)) +  // tables, no frame
                     segment(0xfe, std::string(60'000, '\xff')) +
                     "\xff\x01\xff\xff\xff" + frame(0xc0, 8, 9)),
                ImageFormat::kJpeg, 8, 9);
}

TEST(SniffImageTest, NothingWhereThereIsNoSize) {
  EXPECT_FALSE(sniff_image(jpeg("\xff\xd9")));
  EXPECT_FALSE(sniff_image(jpeg("\xff\xda" + frame(0xc0, 8, 9))));
  EXPECT_FALSE(sniff_image(jpeg(frame(0xc0, 8, 0))));  // height comes later
  EXPECT_FALSE(sniff_image(jpeg(segment(0xe0, "") + "xx")));
  EXPECT_FALSE(sniff_image(jpeg("\xff\xe0\0\1"s)));
  EXPECT_FALSE(sniff_image(jpeg("\xff\xc0\0\3\x08"s)));
  EXPECT_FALSE(sniff_image(gif(0, 5)));
  EXPECT_FALSE(sniff_image(bmp(-5, 5)));
  EXPECT_FALSE(sniff_image(bmp(5, 0)));
  EXPECT_FALSE(sniff_image("BM" + std::string(12, '\0') + le32(39) +
                           std::string(40, '\1')));
}

TEST(SniffImageTest, LowestHeightOfABmpHasNoPositive) {
  EXPECT_FALSE(sniff_image(bmp(5, int64_t{-2147483647} - 1)));
  expect_header(bmp(5, -2147483647), ImageFormat::kBmp, 5, 2147483647);
}

TEST(SniffImageTest, PngSizesBeyondTheFormatAreRefused) {
  std::string bytes = png();
  bytes[16] = '\x80';  // 2^31 and more
  EXPECT_FALSE(sniff_image(bytes));
  bytes = png();
  bytes[11] = 14;  // IHDR of another length
  EXPECT_FALSE(sniff_image(bytes));
}

TEST(SniffImageTest, NothingForOtherBytes) {
  EXPECT_FALSE(sniff_image(""));
  EXPECT_FALSE(sniff_image("RIFF....WEBP"));
  EXPECT_FALSE(sniff_image("<svg width='1' height='1'/>"));
}

std::vector<std::string> seeds() {
  return {png().substr(0, 40), gif(300, 2), bmp(640, -480),
          jpeg(segment(0xe0, "JFIF") + segment(0xdb, std::string(64, '\1')) +
               frame(0xc2, 1000, 70))};
}

// The bytes in memory of their own, so that a sanitizer sees one read too far.
std::optional<ImageHeader> sniff_exact(const std::string& bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return sniff_image({copy.get(), bytes.size()});
}

TEST(SniffImageTest, CutHeadersGiveNothing) {
  const size_t needed[] = {24, 10, 26, seeds()[3].size()};
  for (size_t s = 0; s < 4; ++s) {
    const std::string seed = seeds()[s];
    for (size_t n = 0; n <= seed.size(); ++n) {
      EXPECT_EQ(sniff_exact(seed.substr(0, n)).has_value(), n >= needed[s])
          << "seed " << s << ", " << n << " bytes";
    }
  }
}

TEST(SniffImageTest, MutatedBytesAreSafe) {
  std::mt19937 random(2);
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = seeds()[random() % 4];
    for (unsigned k = random() % 6; k > 0; --k) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] ^= static_cast<char>(1u << random() % 8);
          break;
        case 2:
          bytes.resize(std::max<size_t>(at, 1));
          break;
        default:
          bytes.insert(at, random() % 9, random() % 2 ? '\xff' : '\0');
      }
    }
    if (const auto header = sniff_exact(bytes)) {
      ASSERT_GE(header->width, 1);
      ASSERT_GE(header->height, 1);
    }
  }
}

}  // namespace
}  // namespace tblog::internal
