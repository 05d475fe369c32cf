// SPDX-License-Identifier: Apache-2.0

#include "src/image/png_writer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>

#include "src/image/checksums.h"
#include "tests/image/decode_png.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using testing::DecodedPng;

void expect_back(const Canvas& canvas) {
  const DecodedPng png = decode_png(write_png(canvas));
  ASSERT_TRUE(png.ok) << canvas.width << " by " << canvas.height;
  EXPECT_EQ(png.width, static_cast<uint32_t>(canvas.width));
  EXPECT_EQ(png.height, static_cast<uint32_t>(canvas.height));
  EXPECT_EQ(png.channels, canvas.channels);
  EXPECT_EQ(png.bit_depth, 8);
  EXPECT_EQ(png.pixels, canvas.pixels);
}

// Walks with steps of at most `step`, from pixel to pixel and from row to row;
// 0: of one level, 255: noise.
Canvas walk(int64_t height, int64_t width, int channels, uint32_t step,
            uint32_t seed) {
  std::mt19937 random(seed);
  Canvas canvas(height, width, channels, 255);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const uint8_t* from = x > 0   ? canvas.at(y, x - 1)
                            : y > 0 ? canvas.at(y - 1, x)
                                    : canvas.at(y, x);
      for (int c = 0; c < channels; ++c) {
        canvas.at(y, x)[c] =
            static_cast<uint8_t>(from[c] + random() % (2 * step + 1) - step);
      }
    }
  }
  return canvas;
}

TEST(PngWriterTest, EveryNumberOfChannelsAndSmallSizeComesBack) {
  for (int channels = 1; channels <= 4; ++channels) {
    for (int64_t height = 1; height <= 5; ++height) {
      for (int64_t width = 1; width <= 40; ++width) {
        for (const uint32_t step : {0u, 1u, 255u})
          expect_back(walk(height, width, channels, step,
                           static_cast<uint32_t>(width)));
      }
    }
  }
}

TEST(PngWriterTest, ContentOfEveryKindComesBack) {
  for (const uint32_t step : {0u, 1u, 2u, 5u, 20u, 127u, 255u}) {
    for (int channels = 1; channels <= 4; ++channels)
      expect_back(walk(200, 301, channels, step, step));
  }
}

// The rows of one strip are filtered, those of the next are not, and
// repetitions reach from one into the other.
TEST(PngWriterTest, ContentThatChangesWithinAnImageComesBack) {
  Canvas canvas(900, 300, 3, 255);
  for (int64_t top = 0; top < canvas.height; top += 75) {
    const uint32_t step = static_cast<uint32_t>(top / 75 % 4);
    const Canvas part = walk(75, 300, 3, step * step * 10, 1);
    std::copy(part.pixels.begin(), part.pixels.end(), canvas.at(top, 0));
  }
  expect_back(canvas);
}

TEST(PngWriterTest, RowsLongerThanAStripComeBack) {
  expect_back(walk(3, 65'535, 4, 3, 1));
  expect_back(walk(3, 65'535, 4, 0, 2));
  expect_back(walk(2, 65'535, 1, 255, 3));
}

TEST(PngWriterTest, RowsAreAskedForInOrderAndOnce) {
  uint32_t next = 0;
  write_png({2, 50'000, 1}, [&](uint32_t y, uint8_t* row) {
    EXPECT_EQ(y, next++);
    row[0] = row[1] = 0;
  });
  EXPECT_EQ(next, 50'000u);
}

// ---- Sizes; goals of tests/bench/image_bench.cc without its clock ----

TEST(PngWriterTest, NoiseIsAsLargeAsItsPixelsWithin1Percent) {
  const Canvas noise = walk(256, 256, 3, 127, 1);
  EXPECT_LT(write_png(noise).size(), noise.pixels.size() * 101 / 100);
}

TEST(PngWriterTest, PhotosTakeNoMoreThanTheirDifferences) {
  // Steps of -3 to 3, seven that are as common, and some rare ones take 3 bits
  // of Huffman's code each: 0.375 of the pixels.
  const Canvas photo = walk(256, 256, 3, 3, 2);
  EXPECT_LT(write_png(photo).size(), photo.pixels.size() * 38 / 100);
}

TEST(PngWriterTest, DrawingsAreSmall) {
  Canvas drawing(1024, 1024, 3, 255);
  const Window all{drawing, 0, 0, 1024, 1024};
  for (int64_t i = 0; i < 1000; i += 100) {
    all.fill(i, 0, i + 1, 1024, {200, 200, 200});
    all.fill(0, i, 1024, i + 1, {200, 200, 200});
    all.fill(i + 20, i + 7, i + 40, i + 50, {31, 119, 180});
  }
  expect_back(drawing);
  EXPECT_LT(write_png(drawing).size(), 8'000u);
}

// ---- Checksums ----

TEST(ChecksumTest, AreThoseOfZlib) {
  std::mt19937 random(1);
  std::string bytes(20'000, '\xff');
  for (size_t n = 0; n < bytes.size(); n += 1 + n / 3) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    const uint32_t start = static_cast<uint32_t>(adler32(1, data, 100));
    EXPECT_EQ(extend_adler32(start, data, n),
              adler32(start, data, static_cast<uInt>(n)));
    EXPECT_EQ(png_crc(std::string_view(bytes).substr(0, n)),
              crc32(0, data, static_cast<uInt>(n)));
    for (char& c : bytes) c = static_cast<char>(c + random() % 3);
  }
  // RFC 1950's sum and ISO 3309's, as their users check them.
  EXPECT_EQ(extend_adler32(1, reinterpret_cast<const uint8_t*>("Wikipedia"), 9),
            0x11e60398u);
  EXPECT_EQ(png_crc("123456789"), 0xcbf43926u);
}

}  // namespace
}  // namespace tblog::internal
