// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/color_ramp.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tools/tblog/bars.h"

namespace tblog::tool {
namespace {

// Five points of viridis (Smith and van der Walt, 2015, CC0).
constexpr RgbColor kViridis[] = {
    {68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
constexpr RgbColor kPaper[] = {{255, 255, 255},
                               {253, 224, 178},
                               {244, 161, 66},
                               {196, 78, 10},
                               {92, 26, 2}};
constexpr int kRidgeColors[] = {24, 25, 31, 32, 38, 39, 45};

template <size_t N>
RgbColor between(const RgbColor (&points)[N], double share) {
  const double at = within_unit(share) * (N - 1);
  const size_t below = std::min(static_cast<size_t>(at), N - 2);
  const double rest = at - static_cast<double>(below);
  const auto mix = [&](int a, int b) {
    return static_cast<int>(std::lround(a + (b - a) * rest));
  };
  const RgbColor& a = points[below];
  const RgbColor& b = points[below + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

}  // namespace

RgbColor heat_color(double share) { return between(kViridis, share); }

RgbColor paper_heat_color(double share) { return between(kPaper, share); }

std::string hex_color(const RgbColor& color) {
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x",
                static_cast<unsigned>(color.red) & 0xff,
                static_cast<unsigned>(color.green) & 0xff,
                static_cast<unsigned>(color.blue) & 0xff);
  return text;
}

std::string sgr_color(int what, const RgbColor& color) {
  return "\x1b[" + std::to_string(what) + ";2;" + std::to_string(color.red) +
         ";" + std::to_string(color.green) + ";" + std::to_string(color.blue) +
         "m";
}

std::vector<int> ridge_colors(size_t count) {
  constexpr size_t n = std::size(kRidgeColors);
  std::vector<int> colors;
  for (size_t i = 0; i < count; ++i)
    colors.push_back(
        kRidgeColors[count == 1 ? n - 1 : i * (n - 1) / (count - 1)]);
  return colors;
}

RgbColor paper_ridge_color(size_t index, size_t count) {
  constexpr RgbColor kRidges[] = {{190, 214, 232}, {0, 84, 140}};
  return between(kRidges, count < 2 ? 1
                                    : static_cast<double>(index) /
                                          static_cast<double>(count - 1));
}

}  // namespace tblog::tool
