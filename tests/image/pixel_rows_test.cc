// SPDX-License-Identifier: Apache-2.0

#include "src/image/pixel_rows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace tblog::internal {
namespace {

// As src/image/pixel_reader.cc says what a level is.
uint8_t level(double x, const LevelScale& scale) {
  if (x < scale.low) return 0;
  if (x > scale.high) return 255;
  const double part =
      (x * scale.factor - scale.low * scale.factor) / scale.width;
  return static_cast<uint8_t>(part * 255 + 0.5);
}

// In and about the interval, and what lies halfway between two levels.
template <class T>
std::vector<T> values_for(const LevelScale& scale) {
  std::vector<T> values = {static_cast<T>(scale.low),
                           static_cast<T>(scale.high),
                           std::numeric_limits<T>::infinity(),
                           -std::numeric_limits<T>::infinity(),
                           std::numeric_limits<T>::denorm_min(),
                           std::numeric_limits<T>::max(),
                           T{0}};
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> part(-0.1, 1.1);
  for (int i = 0; i < 4'000; ++i)
    values.push_back(
        static_cast<T>(scale.low + part(random) * (scale.high - scale.low)));
  for (int i = 0; i < 510; ++i)
    values.push_back(
        static_cast<T>(scale.low + i / 510.0 * (scale.high - scale.low)));
  return values;
}

template <class T, class Store>
void expect_levels(double low, double high, Store&& store) {
  const LevelScale scale = level_scale(low, high, 1, high - low);
  const std::vector<T> values = values_for<T>(scale);
  std::vector<uint8_t> levels(values.size());
  EXPECT_TRUE(store(reinterpret_cast<const char*>(values.data()), values.size(),
                    scale, levels.data()));
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(levels[i], level(static_cast<double>(values[i]), scale))
        << values[i] << " of " << low << " to " << high;
  }
}

TEST(PixelRowsTest, LevelsAreThoseOfTheFormulaWhateverTheInterval) {
  const std::pair<double, double> intervals[] = {
      {0, 1}, {-1, 1}, {0, 3}, {0.1, 0.7}, {-4, 12}, {1e-30, 3e-30}, {0, 1e30}};
  for (const PixelLoops* loops : supported_pixel_loops()) {
    for (const auto& [low, high] : intervals) {
      expect_levels<float>(low, high, loops->store_levels_float);
      expect_levels<double>(low, high, loops->store_levels_double);
    }
  }
}

// Wherever among the vectors and behind them.
TEST(PixelRowsTest, NanIsSeenAtEachPlace) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const PixelLoops* loops : supported_pixel_loops()) {
    for (size_t n = 0; n < 70; ++n) {
      std::vector<float> floats(n, std::numeric_limits<float>::infinity());
      std::vector<double> doubles(n, -0.0);
      EXPECT_FALSE(loops->any_nan_float(floats.data(), n));
      EXPECT_FALSE(loops->any_nan_double(doubles.data(), n));
      for (size_t at = 0; at < n; ++at) {
        floats[at] = kNan;
        doubles[at] = -static_cast<double>(kNan);
        EXPECT_TRUE(loops->any_nan_float(floats.data(), n)) << at;
        EXPECT_TRUE(loops->any_nan_double(doubles.data(), n)) << at;
        floats[at] = 1;
        doubles[at] = 1;
      }
    }
  }
}

TEST(PixelRowsTest, PlanesBecomePixels) {
  for (const PixelLoops* loops : supported_pixel_loops()) {
    void (*const interleaves[])(const uint8_t*, size_t, uint8_t*) = {
        loops->interleave_2, loops->interleave_3, loops->interleave_4};
    for (size_t count = 2; count <= 4; ++count) {
      for (size_t n = 0; n < 200; ++n) {
        std::vector<uint8_t> planes(count * n);
        for (size_t i = 0; i < planes.size(); ++i)
          planes[i] = static_cast<uint8_t>(i * 7 + i / 256);
        std::vector<uint8_t> pixels(count * n + 1, 77);
        interleaves[count - 2](planes.data(), n, pixels.data());
        for (size_t i = 0; i < count * n; ++i)
          ASSERT_EQ(pixels[i], planes[i % count * n + i / count]) << i;
        ASSERT_EQ(pixels.back(), 77);
      }
    }
  }
}

TEST(PixelRowsTest, NumbersWithinAreNoRemark) {
  const float values[] = {0, 0.5f, 1};
  uint8_t levels[3];
  EXPECT_FALSE(store_levels_float(reinterpret_cast<const char*>(values), 3,
                                  level_scale(0, 1, 1, 1), levels));
  EXPECT_EQ(levels[0], 0);
  EXPECT_EQ(levels[1], 128);
  EXPECT_EQ(levels[2], 255);
}

}  // namespace
}  // namespace tblog::internal
