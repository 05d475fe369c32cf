// SPDX-License-Identifier: Apache-2.0
//
// Each frame is put back into a plain PNG, chunk by chunk, for libpng to read.
// That a browser and Pillow play the animation is a test in tests/interop.

#include "src/image/animation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

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

struct Chunk {
  std::string type;
  std::string body;
};

uint32_t be32(const std::string& s, size_t i) {
  uint32_t v = 0;
  for (size_t k = 0; k < 4; ++k)
    v = v << 8 | static_cast<unsigned char>(s.at(i + k));
  return v;
}
uint32_t be16(const std::string& s, size_t i) {
  return be32(s, i - 2) & 0xffff;
}

std::string be32_text(uint32_t v) {
  std::string s;
  for (int shift = 24; shift >= 0; shift -= 8)
    s += static_cast<char>(v >> shift);
  return s;
}

uint32_t crc_of(const std::string& s) {
  return static_cast<uint32_t>(crc32(0,
                                     reinterpret_cast<const Bytef*>(s.data()),
                                     static_cast<uInt>(s.size())));
}

// All chunks, whose checksums must be right.
std::vector<Chunk> chunks_of(const std::string& png) {
  std::vector<Chunk> chunks;
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  for (size_t i = 8; i < png.size();) {
    const size_t size = be32(png, i);
    chunks.push_back({png.substr(i + 4, 4), png.substr(i + 8, size)});
    EXPECT_EQ(be32(png, i + 8 + size), crc_of(png.substr(i + 4, 4 + size)));
    i += 12 + size;
  }
  return chunks;
}

std::string chunk_text(const std::string& type, const std::string& body) {
  return be32_text(static_cast<uint32_t>(body.size())) + type + body +
         be32_text(crc_of(type + body));
}

struct Animation {
  uint32_t frames = 0;
  uint32_t plays = 0;
  std::vector<std::string> controls;  // bodies of fcTL
  std::vector<DecodedPng> images;
};

// Checks that sequence numbers count from 0 over fcTL and fdAT.
Animation read(const std::string& apng) {
  Animation animation;
  uint32_t sequence = 0;
  std::string head;
  std::string data;
  const auto finish = [&] {
    if (data.empty()) return;
    animation.images.push_back(decode_png("\x89PNG\r\n\x1a\n" + head +
                                          chunk_text("IDAT", data) +
                                          chunk_text("IEND", "")));
    data.clear();
  };
  for (const Chunk& chunk : chunks_of(apng)) {
    if (chunk.type == "IHDR") head = chunk_text("IHDR", chunk.body);
    if (chunk.type == "acTL") {
      animation.frames = be32(chunk.body, 0);
      animation.plays = be32(chunk.body, 4);
    }
    if (chunk.type == "fcTL" || chunk.type == "fdAT") {
      EXPECT_EQ(be32(chunk.body, 0), sequence++);
    }
    if (chunk.type == "fcTL") {
      finish();
      animation.controls.push_back(chunk.body);
    }
    if (chunk.type == "IDAT") data += chunk.body;
    if (chunk.type == "fdAT") data += chunk.body.substr(4);
  }
  finish();
  return animation;
}

Animation played(const TensorView& frames,
                 const AnimationOptions& options = {}) {
  const auto encoded = encode_animation(frames, options);
  EXPECT_THAT(encoded, testing::IsOk());
  return encoded.ok() ? read(encoded->png) : Animation();
}

TEST(AnimationTest, EveryFrameComesBackIdentical) {
  std::vector<uint8_t> pixels(7 * 5 * 4 * 4);
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<uint8_t>(i * i);
  const Animation animation = played(TensorView(pixels.data(), {7, 5, 4, 4}));
  EXPECT_EQ(animation.frames, 7u);
  EXPECT_EQ(animation.plays, 0u);
  ASSERT_EQ(animation.images.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    const DecodedPng& image = animation.images[i];
    EXPECT_TRUE(image.ok);
    EXPECT_EQ(image.width, 4u);
    EXPECT_EQ(image.height, 5u);
    EXPECT_EQ(image.channels, 4);
    EXPECT_EQ(
        image.pixels,
        std::vector<uint8_t>(pixels.begin() + static_cast<int>(i) * 80,
                             pixels.begin() + static_cast<int>(i) * 80 + 80));
    const std::string& control = animation.controls[i];
    EXPECT_EQ(control.size(), 26u);
    EXPECT_EQ(be32(control, 4), 4u);
    EXPECT_EQ(be32(control, 8), 5u);
    EXPECT_EQ(control.substr(12, 8), std::string(8, '\0'));
    EXPECT_EQ(control.substr(24), std::string(2, '\0'));
  }
}

TEST(AnimationTest, PlainReadersSeeTheFirstFrame) {
  const uint8_t pixels[] = {1, 2, 3, 4};
  const auto encoded =
      encode_animation(TensorView(pixels, {2, 1, 2}), {.layout = Layout::kNHW});
  ASSERT_THAT(encoded, testing::IsOk());
  EXPECT_THAT(decode_png(encoded->png).pixels, ElementsAre(1, 2));
}

// Large enough that libpng writes several IDAT a frame.
TEST(AnimationTest, FramesMayHaveSeveralChunks) {
  std::vector<uint8_t> pixels(2 * 200 * 200);
  uint32_t noise = 1;
  for (uint8_t& pixel : pixels) {
    noise = noise * 1'664'525 + 1'013'904'223;
    pixel = static_cast<uint8_t>(noise >> 24);
  }
  const Animation animation = played(TensorView(pixels.data(), {2, 200, 200}),
                                     {.layout = Layout::kNHW});
  ASSERT_EQ(animation.images.size(), 2u);
  EXPECT_EQ(animation.images[1].pixels,
            std::vector<uint8_t>(pixels.begin() + 40'000, pixels.end()));
}

TEST(AnimationTest, RatesAreFractionsOfSeconds) {
  const uint8_t pixel = 0;
  const auto rate = [&](double frames_per_second) {
    const Animation animation = played(
        TensorView(&pixel, {1, 1, 1}),
        {.layout = Layout::kNHW, .frames_per_second = frames_per_second});
    const std::string& control = animation.controls.at(0);
    EXPECT_GT(be16(control, 20), 0u);
    return double{static_cast<double>(be16(control, 22))} / be16(control, 20);
  };
  for (const double exact : {1.0, 10.0, 25.0, 60.0, 144.0, 1000.0})
    EXPECT_EQ(rate(exact), exact);
  for (double near = 0.001; near < 1000; near *= 1.37)
    EXPECT_NEAR(rate(near) / near, 1, 1.6e-5) << near;
  EXPECT_NEAR(rate(29.97), 29.97, 0.0005);
}

TEST(AnimationTest, PlaysAreCounted) {
  const uint8_t pixel = 0;
  EXPECT_EQ(played(TensorView(&pixel, {1, 1, 1}),
                   {.layout = Layout::kNHW, .plays = 0x7fffffff})
                .plays,
            0x7fffffffu);
}

TEST(AnimationTest, FramesShareTheirRangeAndTheirChannels) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {0, 2, 4, kNan};
  const Animation animation =
      played(TensorView(values, {2, 1, 2}),
             {.layout = Layout::kNHW, .range = Range::kAuto});
  ASSERT_EQ(animation.images.size(), 2u);
  EXPECT_THAT(animation.images[0].pixels, ElementsAre(0, 0, 0, 128, 128, 128));
  EXPECT_THAT(animation.images[1].pixels,
              ElementsAre(255, 255, 255, 255, 0, 255));
}

TEST(AnimationTest, BoxesBelongToTheirFrame) {
  const uint8_t pixels[] = {1, 2, 3};
  const Animation animation = played(
      TensorView(pixels, {3, 1, 1}),
      {.layout = Layout::kNHW, .boxes = {{0, 0, 1, 1, "", Color{7, 8, 9}, 1}}});
  ASSERT_EQ(animation.images.size(), 3u);
  EXPECT_THAT(animation.images[0].pixels, ElementsAre(1, 1, 1));
  EXPECT_THAT(animation.images[1].pixels, ElementsAre(7, 8, 9));
  EXPECT_THAT(animation.images[2].pixels, ElementsAre(3, 3, 3));
}

TEST(AnimationTest, RefusesWhatIsNoAnimation) {
  const uint8_t pixel = 0;
  const TensorView one(&pixel, {1, 1, 1, 1});
  const auto refuses = [](const TensorView& view,
                          const AnimationOptions& options, const char* why) {
    EXPECT_THAT(encode_animation(view, options),
                StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses(TensorView(&pixel, {0, 1, 1, 1}), {}, "no images");
  for (const double rate : {0.0, -1.0, 0.0009, 1000.1, std::nan(""),
                            std::numeric_limits<double>::infinity()})
    refuses(one, {.frames_per_second = rate}, "must be 0.001 to 1000");
  refuses(one, {.plays = -1}, "plays is -1");
  refuses(one, {.plays = int64_t{1} << 31}, "0 to 2^31 - 1");
  refuses(one, {.boxes = {{.image = 1}}}, "image 1 of 1");
  refuses(TensorView(&pixel, {int64_t{1} << 28, 1, 2, 1}, {0, 0, 0, 0}), {},
          "more than 268435456 pixels in 268435456 frames");
}

}  // namespace
}  // namespace tblog::internal
