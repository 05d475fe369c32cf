// SPDX-License-Identifier: Apache-2.0

#include "src/image/pixel_rows.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

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

// Whether 1 / x is exact, and a factor as good as the divisor.
bool has_exact_inverse(double x) {
  int exponent;
  return std::frexp(x, &exponent) == 0.5 && std::abs(exponent) < 1000;
}

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
bool store_levels(const char* x, size_t n, const LevelScale& scale,
                  uint8_t* out) {
  return has_exact_inverse(scale.width)
             ? store_levels_by<T>(x, n, scale, Factor{1 / scale.width}, out)
             : store_levels_by<T>(x, n, scale, Divisor{scale.width}, out);
}

}  // namespace

bool any_nan(const float* x, size_t n) { return any_nan_of(x, n); }
bool any_nan(const double* x, size_t n) { return any_nan_of(x, n); }

bool store_levels_float(const char* x, size_t n, const LevelScale& scale,
                        uint8_t* out) {
  return store_levels<float>(x, n, scale, out);
}
bool store_levels_double(const char* x, size_t n, const LevelScale& scale,
                         uint8_t* out) {
  return store_levels<double>(x, n, scale, out);
}

void store_apart(const uint8_t* in, size_t n, size_t step, uint8_t* out) {
  for (size_t i = 0; i < n; ++i) out[i * step] = in[i];
}

}  // namespace tblog::internal
