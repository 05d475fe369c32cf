// SPDX-License-Identifier: Apache-2.0
//
// The loops of pixel_rows.h, for a compiler that makes vectors of them:
// included once by each file that is compiled for a set of instructions, which
// therefore may use nothing here that other files have, too.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/image/pixel_loops.h"

namespace tblog::internal {
namespace {

template <class T>
bool any_nan_of(const T* x, size_t n) {
  constexpr size_t kBlock = 4096;  // it is mostly at the first that one is seen
  for (size_t begin = 0; begin < n; begin += kBlock) {
    const size_t end = begin + kBlock < n ? begin + kBlock : n;
    int found = 0;
    for (size_t i = begin; i < end; ++i) found |= x[i] != x[i] ? 1 : 0;
    if (found != 0) return true;
  }
  return false;
}

// Divides, or where that is the same multiplies, which takes a fifth of the
// time.
struct Divisor {
  double width;
  double operator()(double x) const { return x / width; }
};
struct Factor {
  double inverse;
  double operator()(double x) const { return x * inverse; }
};

template <class T, class Divide>
bool store_levels_by(const char* x, size_t n, const LevelScale& scale,
                     Divide divide, uint8_t* __restrict out) {
  const double low = scale.low;
  const double high = scale.high;
  const double factor = scale.factor;
  const double begin = scale.low * scale.factor;
  int outside = 0;
  for (size_t i = 0; i < n; ++i) {
    T value;
    std::memcpy(&value, x + i * sizeof(T), sizeof(T));
    const auto v = static_cast<double>(value);
    outside |= (v < low ? 1 : 0) | (v > high ? 1 : 0);
    const double at_least = v < low ? low : v;
    const double within = at_least > high ? high : at_least;
    const double part = divide(within * factor - begin);
    out[i] = static_cast<uint8_t>(static_cast<int>(part * 255 + 0.5));
  }
  return outside != 0;
}

template <class T>
bool store_levels_of(const char* x, size_t n, const LevelScale& scale,
                     uint8_t* out) {
  return scale.inverse != 0
             ? store_levels_by<T>(x, n, scale, Factor{scale.inverse}, out)
             : store_levels_by<T>(x, n, scale, Divisor{scale.width}, out);
}

template <size_t kPlanes>
void interleave_of(const uint8_t* planes, size_t n, uint8_t* __restrict out) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t plane = 0; plane < kPlanes; ++plane)
      out[kPlanes * i + plane] = planes[plane * n + i];
  }
}

constexpr PixelLoops kLoops = {
    &any_nan_of<float>,       &any_nan_of<double>, &store_levels_of<float>,
    &store_levels_of<double>, &interleave_of<2>,   &interleave_of<3>,
    &interleave_of<4>};

}  // namespace
}  // namespace tblog::internal
