// SPDX-License-Identifier: Apache-2.0

#include "digits/picture.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace digits {
namespace {

constexpr const char* kShades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
constexpr float kDarkest = std::size(kShades) - 1;
constexpr float kGapGray = 0.4f;  // between the images of a mosaic

}  // namespace

Tensor mosaic(const Tensor& images, Index columns, Index zoom) {
  const Index count = images.dim(0);
  const Index height = images.dim(2), width = images.dim(3);
  const Index rows = (count + columns - 1) / columns;
  const Index gap = (zoom + 1) / 2;
  const Index tile_height = height * zoom + gap,
              tile_width = width * zoom + gap;
  Tensor picture({rows * tile_height + gap, columns * tile_width + gap});
  picture.array().setConstant(kGapGray);
  for (Index n = 0; n < count; ++n) {
    const Index top = n / columns * tile_height + gap;
    const Index left = n % columns * tile_width + gap;
    for (Index y = 0; y < height * zoom; ++y) {
      for (Index x = 0; x < width * zoom; ++x) {
        picture[(top + y) * picture.dim(1) + left + x] =
            images[(n * height + y / zoom) * width + x / zoom];
      }
    }
  }
  return picture;
}

std::vector<std::string> draw_channels(const Tensor& images,
                                       Index max_channels) {
  const Index height = images.dim(2), width = images.dim(3);
  std::vector<std::string> lines(static_cast<size_t>(height));
  for (Index c = 0; c < std::min(max_channels, images.dim(1)); ++c) {
    const auto channel = images.matrix(c * height * width, height, width);
    const float min = channel.minCoeff(), range = channel.maxCoeff() - min;
    for (Index y = 0; y < height; ++y) {
      std::string& line = lines[static_cast<size_t>(y)];
      if (c > 0) line += "  ";
      for (Index x = 0; x < width; ++x) {
        const float unit = range > 0 ? (channel(y, x) - min) / range : 0;
        line += kShades[std::lround(unit * kDarkest)];
      }
    }
  }
  return lines;
}

}  // namespace digits
