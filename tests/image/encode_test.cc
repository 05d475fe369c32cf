// SPDX-License-Identifier: Apache-2.0

#include "src/image/encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "tests/image/decode_png.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using testing::decode_png;
using testing::DecodedPng;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::StatusIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Result {
  EncodedImage image;
  DecodedPng png;
  const std::vector<uint8_t>& pixels() const { return png.pixels; }
};

// Encodes, decodes, and checks that both speak of the same image.
Result shown(const TensorView& view, Layout layout,
             Range range = Range::kUnit) {
  Result result;
  absl::StatusOr<EncodedImage> image = encode_image(view, {layout, range});
  EXPECT_THAT(image, testing::IsOk());
  if (!image.ok()) return result;
  result = {*image, decode_png(image->png)};
  EXPECT_TRUE(result.png.ok);
  EXPECT_EQ(result.png.bit_depth, 8);
  EXPECT_FALSE(result.png.has_color_profile);
  EXPECT_EQ(result.png.width, static_cast<uint32_t>(image->width));
  EXPECT_EQ(result.png.height, static_cast<uint32_t>(image->height));
  EXPECT_EQ(result.png.channels, image->channels);
  return result;
}

// The levels that one row of gray values becomes.
template <class T>
Result gray(const std::vector<T>& values, Range range = Range::kUnit) {
  return shown(TensorView(values.data(), {1, int64_t(values.size())}),
               Layout::kHW, range);
}

std::vector<uint8_t> random_bytes(size_t n) {
  std::mt19937 random(7);
  std::vector<uint8_t> bytes(n);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

TEST(EncodeImageTest, BytesComeBackIdenticalForEveryNumberOfChannels) {
  for (const int64_t channels : {1, 2, 3, 4}) {
    const std::vector<uint8_t> bytes =
        random_bytes(static_cast<size_t>(5 * 7 * channels));
    const Result r =
        shown(TensorView(bytes.data(), {5, 7, channels}), Layout::kHWC);
    EXPECT_EQ(r.pixels(), bytes);
    EXPECT_EQ(r.image.height, 5);
    EXPECT_EQ(r.image.width, 7);
    EXPECT_EQ(r.image.channels, channels);
    EXPECT_FALSE(r.image.clamped());
    EXPECT_FALSE(r.image.has_nan);
  }
}

TEST(EncodeImageTest, ChannelsMayComeFirst) {
  const std::vector<uint8_t> planes = {1, 2, 3, 4,  5,  6,  // [3, 2, 2]
                                       7, 8, 9, 10, 11, 12};
  const Result r = shown(TensorView(planes.data(), {3, 2, 2}), Layout::kCHW);
  EXPECT_THAT(r.pixels(), ElementsAre(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12));
}

TEST(EncodeImageTest, HeightAndWidthAloneAreGray) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6};
  const Result r = shown(TensorView(bytes.data(), {2, 3}), Layout::kHW);
  EXPECT_EQ(r.image.channels, 1);
  EXPECT_EQ(r.image.height, 2);
  EXPECT_EQ(r.pixels(), bytes);
}

TEST(EncodeImageTest, StridesAreFollowed) {
  const std::vector<uint8_t> bytes = random_bytes(400);
  const uint8_t* p = bytes.data() + 200;
  // Upside down, mirrored, BGR to RGB.
  const Result r = shown(TensorView(p, {4, 5, 3}, {-20, -3, -1}), Layout::kHWC);
  size_t i = 0;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 5; ++x) {
      for (int c = 0; c < 3; ++c) {
        EXPECT_EQ(r.pixels()[i++], p[-20 * y - 3 * x - c]);
      }
    }
  }
  const Result same = shown(TensorView(p, {2, 2, 3}, {0, 0, 0}), Layout::kHWC);
  EXPECT_THAT(same.pixels(), ::testing::Each(p[0]));
}

TEST(EncodeImageTest, UnalignedPixelsAreRead) {
  const float values[] = {0, 1, 0.5f};
  std::vector<char> memory(sizeof values + 1);
  std::memcpy(memory.data() + 1, values, sizeof values);
  const int64_t shape[] = {1, 3};
  EXPECT_THAT(shown(TensorView(memory.data() + 1, DType::kFloat32, shape, 2),
                    Layout::kHW)
                  .pixels(),
              ElementsAre(0, 255, 128));
}

TEST(EncodeImageTest, SixteenBitsAreScaledWithRounding) {
  std::vector<uint16_t> values;
  std::vector<uint8_t> expected;
  for (int v = 0; v < 65536; v += 13) {
    values.push_back(static_cast<uint16_t>(v));
    expected.push_back(static_cast<uint8_t>(std::lround(v * 255 / 65535.0)));
  }
  values.push_back(65535);
  expected.push_back(255);
  EXPECT_EQ(gray(values).pixels(), expected);
}

TEST(EncodeImageTest, BoolsAreBlackAndWhite) {
  const bool values[] = {true, false};
  EXPECT_THAT(shown(TensorView(values, {1, 2}), Layout::kHW).pixels(),
              ElementsAre(255, 0));
}

TEST(EncodeImageTest, EveryFloatTypeIsScaledFromUnit) {
  const auto levels = ElementsAre(0, 64, 128, 255);
  EXPECT_THAT(gray<float>({0, 0.25f, 0.5f, 1}).pixels(), levels);
  EXPECT_THAT(gray<double>({0, 0.25, 0.5, 1}).pixels(), levels);
  EXPECT_THAT(gray<Float16>({{0}, {0x3400}, {0x3800}, {0x3c00}}).pixels(),
              levels);
  EXPECT_THAT(gray<BFloat16>({{0}, {0x3e80}, {0x3f00}, {0x3f80}}).pixels(),
              levels);
  EXPECT_THAT(gray<Float8E4M3>({{0}, {0x28}, {0x30}, {0x38}}).pixels(), levels);
  EXPECT_THAT(gray<Float8E5M2>({{0}, {0x34}, {0x38}, {0x3c}}).pixels(), levels);
}

// A byte that was divided by 255, as everybody does.
TEST(EncodeImageTest, BytesAsFloatsComeBackIdentical) {
  std::vector<float> values;
  std::vector<uint8_t> expected;
  for (int v = 0; v < 256; ++v) {
    values.push_back(static_cast<float>(v) / 255);
    expected.push_back(static_cast<uint8_t>(v));
  }
  EXPECT_EQ(gray(values).pixels(), expected);
}

// Rows without gaps, of pixels or of planes, take another way.
template <class T>
void expect_strides_do_not_matter(Range range) {
  constexpr int64_t kHeight = 5;
  constexpr int64_t kWidth = 37;
  for (const int64_t channels : {1, 2, 3, 4}) {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> uniform(-1.5, 1.5);
    std::vector<T> pixels;
    std::vector<T> apart;  // every other value
    std::vector<T> planes(static_cast<size_t>(kHeight * kWidth * channels));
    for (int64_t i = 0; i < kHeight * kWidth * channels; ++i) {
      const T x = static_cast<T>(std::is_integral_v<T>
                                     ? static_cast<double>(random() % 256)
                                     : uniform(random));
      pixels.push_back(x);
      apart.insert(apart.end(), {x, T{}});
      planes[static_cast<size_t>(i % channels * kHeight * kWidth +
                                 i / channels)] = x;
    }
    const Result expected = shown({apart.data(),
                                   {kHeight, kWidth, channels},
                                   {2 * kWidth * channels, 2 * channels, 2}},
                                  Layout::kHWC, range);
    const Result packed = shown({pixels.data(), {kHeight, kWidth, channels}},
                                Layout::kHWC, range);
    const Result planar = shown({planes.data(), {channels, kHeight, kWidth}},
                                Layout::kCHW, range);
    EXPECT_EQ(packed.pixels(), expected.pixels());
    EXPECT_EQ(planar.pixels(), expected.pixels());
    EXPECT_EQ(packed.image.clamped(), expected.image.clamped());
    EXPECT_EQ(planar.image.clamped(), expected.image.clamped());
  }
}

TEST(EncodeImageTest, StridesDoNotMatter) {
  for (const Range range : {Range::kUnit, Range::kSymmetric, Range::kAuto}) {
    expect_strides_do_not_matter<uint8_t>(range);
    expect_strides_do_not_matter<float>(range);
    expect_strides_do_not_matter<double>(range);
  }
}

TEST(EncodeImageTest, UnitClampsAndSaysSo) {
  const Result r = gray<float>({-0.1f, 0.5f, 1.5f, -kInf, kInf});
  EXPECT_THAT(r.pixels(), ElementsAre(0, 128, 255, 0, 255));
  EXPECT_TRUE(r.image.clamped());
  EXPECT_FALSE(gray<float>({0, 1, -0.f}).image.clamped());
  EXPECT_TRUE(gray<float>({kInf}).image.clamped());
}

TEST(EncodeImageTest, SymmetricIsFromMinusOneToOne) {
  const Result r = gray<double>({-1, -0.5, 0, 1}, Range::kSymmetric);
  EXPECT_THAT(r.pixels(), ElementsAre(0, 64, 128, 255));
  EXPECT_FALSE(r.image.clamped());
  EXPECT_TRUE(gray<double>({-1.01}, Range::kSymmetric).image.clamped());
}

TEST(EncodeImageTest, RangeIsIgnoredForTypesThatHaveOne) {
  EXPECT_THAT(gray<uint8_t>({0, 7, 255}, Range::kSymmetric).pixels(),
              ElementsAre(0, 7, 255));
  EXPECT_THAT(gray<uint16_t>({0, 65535}, Range::kSymmetric).pixels(),
              ElementsAre(0, 255));
}

TEST(EncodeImageTest, AutoIsFromTheFiniteMinimumToTheMaximum) {
  const Result r = gray<float>({-3, 2, 7, kInf, -kInf}, Range::kAuto);
  EXPECT_THAT(r.pixels(), ElementsAre(0, 128, 255, 255, 0));
  EXPECT_FALSE(r.image.clamped());
}

TEST(EncodeImageTest, AutoTakesEveryType) {
  const auto levels = ElementsAre(0, 128, 255);
  EXPECT_THAT(gray<uint8_t>({10, 15, 20}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<int8_t>({-10, 0, 10}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<uint16_t>({10, 15, 20}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<int16_t>({-10, 0, 10}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<int32_t>({-10, 0, 10}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<uint32_t>({10, 15, 20}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<int64_t>({-10, 0, 10}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<uint64_t>({10, 15, 20}, Range::kAuto).pixels(), levels);
  EXPECT_THAT(gray<double>({-1.7e308, 0, 1.7e308}, Range::kAuto).pixels(),
              levels);
  EXPECT_THAT(gray<double>({0, 0x1p-1074, 0x1p-1073}, Range::kAuto).pixels(),
              levels);
}

TEST(EncodeImageTest, AutoOfOneValueIsBlack) {
  EXPECT_THAT(gray<float>({5, 5}, Range::kAuto).pixels(), ElementsAre(0, 0));
  EXPECT_THAT(gray<float>({kInf, -kInf}, Range::kAuto).pixels(),
              ElementsAre(255, 0));
}

TEST(EncodeImageTest, AutoLeavesAlphaWhatItIs) {
  const float gray_alpha[] = {10, 0.5f, 30, 1};
  EXPECT_THAT(
      shown(TensorView(gray_alpha, {1, 2, 2}), Layout::kHWC, Range::kAuto)
          .pixels(),
      ElementsAre(0, 128, 255, 255));
  const uint8_t rgba[] = {10, 20, 30, 77, 30, 20, 10, 99};
  EXPECT_THAT(
      shown(TensorView(rgba, {1, 2, 4}), Layout::kHWC, Range::kAuto).pixels(),
      ElementsAre(0, 128, 255, 77, 255, 128, 0, 99));
}

// ---- NaN ----

TEST(EncodeImageTest, NanMakesGrayAColorImageWithMagenta) {
  const Result r = gray<float>({0, kNan, 0.5f});
  EXPECT_TRUE(r.image.has_nan);
  EXPECT_EQ(r.image.channels, 3);
  EXPECT_FALSE(r.image.clamped());
  EXPECT_THAT(r.pixels(), ElementsAre(0, 0, 0, 255, 0, 255, 128, 128, 128));
}

TEST(EncodeImageTest, NanMakesGrayAndAlphaAnOpaqueColor) {
  const float values[] = {1, 0.5f, kNan, 0, 0, kNan};
  const Result r = shown(TensorView(values, {1, 3, 2}), Layout::kHWC);
  EXPECT_EQ(r.image.channels, 4);
  EXPECT_THAT(r.pixels(), ElementsAre(255, 255, 255, 128, 255, 0, 255, 255, 255,
                                      0, 255, 255));
}

TEST(EncodeImageTest, NanInAnyChannelMarksThePixel) {
  const float rgb[] = {0, kNan, 0, 0, 0, 1};
  EXPECT_THAT(shown(TensorView(rgb, {1, 2, 3}), Layout::kHWC).pixels(),
              ElementsAre(255, 0, 255, 0, 0, 255));
  const float rgba[] = {0, 0, 1, 0, 0, 0, 0, kNan};
  EXPECT_THAT(shown(TensorView(rgba, {1, 2, 4}), Layout::kHWC).pixels(),
              ElementsAre(0, 0, 255, 0, 255, 0, 255, 255));
}

TEST(EncodeImageTest, NanOfEveryFloatTypeIsSeen) {
  EXPECT_TRUE(gray<double>({std::nan("")}).image.has_nan);
  EXPECT_TRUE(gray<Float16>({{0x7e00}}).image.has_nan);
  EXPECT_TRUE(gray<BFloat16>({{0x7fc0}}).image.has_nan);
  EXPECT_TRUE(gray<Float8E4M3>({{0xff}}).image.has_nan);
  EXPECT_TRUE(gray<Float8E5M2>({{0x7d}}).image.has_nan);
  EXPECT_TRUE(gray<float>({1, kNan, 3}, Range::kAuto).image.has_nan);
  EXPECT_THAT(gray<float>({1, kNan, 3}, Range::kAuto).pixels(),
              ElementsAre(0, 0, 0, 255, 0, 255, 255, 255, 255));
}

TEST(EncodeImageTest, LargestSideIsShown) {
  const uint8_t byte = 9;
  const Result r =
      shown(TensorView(&byte, {2, kMaxImageSide}, {0, 0}), Layout::kHW);
  EXPECT_EQ(r.image.width, kMaxImageSide);
  EXPECT_EQ(r.pixels().size(), 2u * kMaxImageSide);
}

// ---- Refusals ----

void expect_refused(const TensorView& view, Layout layout, const char* why) {
  EXPECT_THAT(encode_image(view, {layout, Range::kUnit}),
              StatusIs(kInvalid, HasSubstr(why)));
}

const uint8_t kByte[64] = {};

TEST(EncodeImageRefusalTest, AnotherRankThanTheLayoutHas) {
  expect_refused(
      TensorView(kByte, {4, 4}), Layout::kHWC,
      "shape of the image is [4, 4] where [height, width, channels]");
  expect_refused(TensorView(kByte, {1, 4, 4, 1}), Layout::kCHW,
                 "[channels, height, width]");
  expect_refused(TensorView(kByte, {4, 4, 1}), Layout::kHW, "[height, width]");
  expect_refused(TensorView(kByte, {}), Layout::kHW, "[]");
}

TEST(EncodeImageRefusalTest, ChannelsThatNoImageHas) {
  expect_refused(TensorView(kByte, {2, 2, 5}), Layout::kHWC, "5 channels");
  expect_refused(TensorView(kByte, {2, 2, 0}), Layout::kHWC, "0 channels");
  expect_refused(
      TensorView(kByte, {8, 2, 2}), Layout::kCHW,
      "[8, 2, 2], read as [channels, height, width], has 8 channels");
}

TEST(EncodeImageRefusalTest, NoPixels) {
  expect_refused(TensorView(kByte, {0, 2, 3}), Layout::kHWC, "no pixels");
  expect_refused(TensorView(kByte, {2, 0}), Layout::kHW, "no pixels");
}

TEST(EncodeImageRefusalTest, TooLarge) {
  expect_refused(TensorView(kByte, {1, 65'536}, {0, 0}), Layout::kHW, "65535");
  expect_refused(TensorView(kByte, {65'536, 1}, {0, 0}), Layout::kHW, "65535");
  expect_refused(TensorView(kByte, {16'385, 16'384}, {0, 0}), Layout::kHW,
                 "268435456 pixels");
}

TEST(EncodeImageRefusalTest, IntegersWithoutAScale) {
  const int32_t ints[4] = {};
  expect_refused(TensorView(ints, {2, 2}), Layout::kHW, "kAuto");
  const int8_t bytes[4] = {};
  expect_refused(TensorView(bytes, {2, 2}), Layout::kHW, "int8");
}

TEST(EncodeImageRefusalTest, TypesThatAreNoPixels) {
  const std::complex<float> c[1] = {};
  expect_refused(TensorView(c, {1, 1}), Layout::kHW, "complex64");
}

TEST(EncodeImageRefusalTest, ViewsThatCannotBeRead) {
  expect_refused(TensorView::invalid("it is sparse"), Layout::kHWC,
                 "it is sparse");
  expect_refused(TensorView(kByte, {2, 2}).on_device(Device::kCuda, 0, nullptr),
                 Layout::kHW, "device");
}

TEST(EncodeImageRefusalTest, OptionsThatAreNone) {
  EXPECT_THAT(encode_image(TensorView(kByte, {2, 2}),
                           {static_cast<Layout>(9), Range::kUnit}),
              StatusIs(kInvalid, HasSubstr("layout")));
  EXPECT_THAT(encode_image(TensorView(kByte, {2, 2}),
                           {Layout::kHW, static_cast<Range>(9)}),
              StatusIs(kInvalid, HasSubstr("range")));
}

// ---- Batches ----

// The pixels of each image that a batch becomes.
std::vector<std::vector<uint8_t>> shown_all(const TensorView& view,
                                            const ImageOptions& options) {
  std::vector<std::vector<uint8_t>> all;
  const auto images = encode_images(view, options);
  EXPECT_THAT(images, testing::IsOk());
  if (!images.ok()) return all;
  for (const EncodedImage& image : *images) {
    const DecodedPng png = decode_png(image.png);
    EXPECT_TRUE(png.ok);
    EXPECT_EQ(png.width, static_cast<uint32_t>(image.width));
    EXPECT_EQ(png.height, static_cast<uint32_t>(image.height));
    EXPECT_EQ(png.channels, image.channels);
    all.push_back(png.pixels);
  }
  return all;
}

TEST(EncodeImagesTest, EveryLayoutOfABatch) {
  const std::vector<uint8_t> planes = {1, 2, 3, 4,  5,  6,  // [2, 3, 1, 2]
                                       7, 8, 9, 10, 11, 12};
  EXPECT_THAT(shown_all(TensorView(planes.data(), {2, 3, 1, 2}),
                        {.layout = Layout::kNCHW}),
              ElementsAre(ElementsAre(1, 3, 5, 2, 4, 6),
                          ElementsAre(7, 9, 11, 8, 10, 12)));
  EXPECT_THAT(shown_all(TensorView(planes.data(), {2, 1, 2, 3}),
                        {.layout = Layout::kNHWC}),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6),
                          ElementsAre(7, 8, 9, 10, 11, 12)));
  EXPECT_THAT(
      shown_all(TensorView(planes.data(), {2, 3, 2}), {.layout = Layout::kNHW}),
      ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6),
                  ElementsAre(7, 8, 9, 10, 11, 12)));
}

TEST(EncodeImagesTest, LayoutsOfOneImageAreABatchOfOneOrGetTheDimension) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6};
  EXPECT_THAT(shown_all(TensorView(bytes.data(), {1, 2, 3}), {}),
              ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6)));
  EXPECT_THAT(shown_all(TensorView(bytes.data(), {2, 1, 1, 3}), {}),
              ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(shown_all(TensorView(bytes.data(), {2, 3, 1, 1}),
                        {.layout = Layout::kCHW}),
              ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(
      shown_all(TensorView(bytes.data(), {3, 1, 2}), {.layout = Layout::kHW}),
      ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5, 6)));
}

TEST(EncodeImagesTest, StridesOfABatchAreFollowed) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8};
  // Backwards through the batch and the columns.
  EXPECT_THAT(shown_all(TensorView(bytes.data() + 7, {2, 2, 2}, {-1, -4, -2}),
                        {.layout = Layout::kNHW}),
              ElementsAre(ElementsAre(8, 6, 4, 2), ElementsAre(7, 5, 3, 1)));
}

TEST(EncodeImagesTest, TheFirstOnesAreShown) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5};
  const TensorView five(bytes.data(), {5, 1, 1});
  EXPECT_EQ(shown_all(five, {.layout = Layout::kNHW}).size(), 3u);
  EXPECT_THAT(shown_all(five, {.layout = Layout::kNHW, .max_images = 1}),
              ElementsAre(ElementsAre(1)));
  EXPECT_EQ(shown_all(five, {.layout = Layout::kNHW, .max_images = 9}).size(),
            5u);
}

// So that the images of a step compare.
TEST(EncodeImagesTest, AutoIsTheRangeOfAllThatAreShown) {
  const std::vector<float> values = {0, 1, 2, 4, 100, 100};
  EXPECT_THAT(shown_all(TensorView(values.data(), {3, 1, 2}),
                        {Layout::kNHW, Range::kAuto, 2}),
              ElementsAre(ElementsAre(0, 64), ElementsAre(128, 255)));
}

TEST(EncodeImagesTest, OnlyImagesWithNanTurnToColor) {
  const std::vector<float> values = {1, kNan, 0};
  EXPECT_THAT(
      shown_all(TensorView(values.data(), {3, 1, 1}), {.layout = Layout::kNHW}),
      ElementsAre(ElementsAre(255), ElementsAre(255, 0, 255), ElementsAre(0)));
}

TEST(EncodeImagesTest, ClampingInAnyIsSaid) {
  const std::vector<float> values = {0, 2, 0};
  const TensorView view(values.data(), {3, 1, 1});
  const auto images = encode_images(view, {.layout = Layout::kNHW});
  ASSERT_THAT(images, testing::IsOk());
  EXPECT_TRUE(images->back().clamped());
  const auto first =
      encode_images(view, {.layout = Layout::kNHW, .max_images = 1});
  EXPECT_FALSE(first->back().clamped());
}

TEST(EncodeImagesTest, OneImageMayHaveABatchsLayout) {
  EXPECT_THAT(shown(TensorView(kByte, {1, 2, 3, 1}), Layout::kNHWC).pixels(),
              ElementsAre(0, 0, 0, 0, 0, 0));
  expect_refused(TensorView(kByte, {2, 2, 3, 1}), Layout::kNHWC,
                 "a batch of 2 images is given where one is needed");
}

TEST(EncodeImagesTest, RefusesWhatIsNoBatch) {
  const auto refuses = [](const TensorView& view, const ImageOptions& options,
                          const char* why) {
    EXPECT_THAT(encode_images(view, options),
                StatusIs(kInvalid, HasSubstr(why)));
  };
  refuses(TensorView(kByte, {0, 2, 2}), {.layout = Layout::kNHW}, "no images");
  refuses(TensorView(kByte, {2, 0, 2}), {.layout = Layout::kNHW}, "no pixels");
  refuses(TensorView(kByte, {2, 2}), {.layout = Layout::kNHW},
          "is [2, 2] where [images, height, width] is needed");
  refuses(TensorView(kByte, {2, 2}), {}, "[height, width, channels]");
  refuses(TensorView(kByte, {1, 1, 1, 1, 1}), {}, "[1, 1, 1, 1, 1]");
  refuses(TensorView(kByte, {1, 1, 1}),
          {.layout = Layout::kNHW, .max_images = 0}, "max_images is 0");
  refuses(TensorView::invalid("it is sparse"), {}, "it is sparse");
}

}  // namespace
}  // namespace tblog::internal
