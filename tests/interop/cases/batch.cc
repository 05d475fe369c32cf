// SPDX-License-Identifier: Apache-2.0
//
// Several images in a value, as a grid and as an animation, and boxes in them.

#include <cstdint>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

using tblog::Layout;
using tblog::Range;

constexpr int64_t kImages = 5;
constexpr int64_t kHeight = 6;
constexpr int64_t kWidth = 8;

// [image, height, width, channels].
std::vector<uint8_t> pictures(int64_t channels) {
  std::vector<uint8_t> values;
  for (int64_t i = 0; i < kImages * kHeight * kWidth * channels; ++i)
    values.push_back(static_cast<uint8_t>(i * 7 % 251));
  return values;
}

void write_batches(SummaryWriter& writer) {
  const auto rgb = pictures(3);
  const tblog::TensorView nhwc{rgb.data(), {kImages, kHeight, kWidth, 3}};
  const tblog::TensorView nchw{rgb.data(),
                               {kImages, 3, kHeight, kWidth},
                               {kHeight * kWidth * 3, 1, kWidth * 3, 3}};
  writer.images("first three", nhwc, at(0));
  writer.images("all", nchw, at(0),
                {.layout = Layout::kNCHW, .max_images = kImages});
  writer.images("layout of one", nhwc, at(0), {.layout = Layout::kHWC});
  const auto gray = pictures(1);
  writer.images("gray", {gray.data(), {kImages, kHeight, kWidth}}, at(0),
                {.layout = Layout::kNHW});
  for (int64_t step = 0; step < 3; ++step)
    writer.images("other counts", {gray.data(), {step + 1, kHeight, kWidth}},
                  at(step), {.layout = Layout::kNHW});
  const int32_t numbers[] = {0, 100, 200, 1000};
  writer.images("auto", {numbers, {2, 1, 2}}, at(0),
                {.layout = Layout::kNHW, .range = Range::kAuto});
  writer.image_grid("grid", nhwc, at(0), {.columns = 3});
  writer.image_grid("near square", nchw, at(0), {.layout = Layout::kNCHW});
  writer.animation("animation", nhwc, at(0), {.frames_per_second = 4});
  const auto rgba = pictures(4);
  for (int64_t step = 0; step < 2; ++step)
    writer.animation("transparent",
                     {rgba.data(), {kImages, kHeight, kWidth, 4}}, at(step),
                     {.frames_per_second = 29.97, .plays = 2});
  const std::vector<uint8_t> dark(40 * 60);
  writer.image("boxes", {dark.data(), {40, 60}}, at(0),
               {.layout = Layout::kHW,
                .boxes = {{5, 15, 25, 35, "a"},
                          {50, 20, 90, 90, "far", tblog::Color{0, 255, 0}}}});
}

}  // namespace

Runs batch_runs() { return {{"batches", write_batches}}; }

}  // namespace cases
