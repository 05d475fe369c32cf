// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/bars.h"

#include <algorithm>
#include <cmath>

namespace tblog::tool {
namespace {

// The nearest of 0 to `most` steps.
size_t steps_of(double share, int most) {
  return static_cast<size_t>(std::lround(within_unit(share) * most));
}

}  // namespace

double within_unit(double share) {
  return share > 0 ? std::min(share, 1.0) : 0;
}

std::string repeated(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string bar(double share, int columns, bool ascii) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const size_t eighths = steps_of(share, columns * 8);
  if (ascii) return std::string((eighths + 4) / 8, '#');
  return repeated("█", eighths / 8) + kEighths[eighths % 8];
}

std::string upright_bars(const std::vector<double>& shares, bool ascii) {
  constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr const char* kAsciiBars[] = {"_", ".", "-", "=", "+", "*", "#", "@"};
  std::string line;
  for (const double share : shares) {
    const size_t level = steps_of(share, 7);
    line += ascii ? kAsciiBars[level] : kBars[level];
  }
  return line;
}

std::string sparkline(const std::vector<double>& values, size_t columns,
                      bool ascii) {
  std::vector<double> finite;
  for (const double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.size() < 2) return "";
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  const size_t count = std::min(columns, finite.size());
  std::vector<double> shares;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * finite.size() / count;
    const size_t end = (i + 1) * finite.size() / count;
    double mean = 0;
    for (size_t j = begin; j < end; ++j)
      mean += finite[j] / static_cast<double>(end - begin);
    shares.push_back(
        *low == *high ? 0.5 : (mean / 2 - *low / 2) / (*high / 2 - *low / 2));
  }
  return upright_bars(shares, ascii);
}

}  // namespace tblog::tool
