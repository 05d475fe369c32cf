// SPDX-License-Identifier: Apache-2.0
//
// The picture of the conformance suite; picture() in image.py is the same.

#ifndef TBLOG_TESTS_INTEROP_CASES_PICTURE_H_
#define TBLOG_TESTS_INTEROP_CASES_PICTURE_H_

#include <functional>
#include <vector>

namespace cases {

// The value of channel `c` of the pixel in row `y`, column `x`: 0–255.
inline int pixel(int y, int x, int c) {
  return (7 * y + 13 * x + 50 * c) % 256;
}

inline constexpr int kHeight = 12;
inline constexpr int kWidth = 20;

// The picture in [height, width, channels], each value through `convert`.
template <class T>
std::vector<T> picture(
    int channels, const std::function<T(int)>& convert = [](int v) {
      return static_cast<T>(v);
    }) {
  std::vector<T> values;
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < channels; ++c)
        values.push_back(convert(pixel(y, x, c)));
  return values;
}

}  // namespace cases

#endif  // TBLOG_TESTS_INTEROP_CASES_PICTURE_H_
