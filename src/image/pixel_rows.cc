// SPDX-License-Identifier: Apache-2.0

#include "src/image/pixel_rows.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "src/image/pixel_loops-inl.h"

namespace tblog::internal {

const PixelLoops kPlainPixelLoops = kLoops;

namespace {

// Whether 1 / x is exact, and a factor as good as the divisor.
bool has_exact_inverse(double x) {
  int exponent;
  return std::frexp(x, &exponent) == 0.5 && std::abs(exponent) < 1000;
}

const PixelLoops& fastest() {
#if defined(TBLOG_PIXEL_LOOPS_AVX2)
  if (__builtin_cpu_supports("avx2")) return kAvx2PixelLoops;
#endif
  return kPlainPixelLoops;
}

}  // namespace

LevelScale level_scale(double low, double high, double factor, double width) {
  return {low, high, factor, width, has_exact_inverse(width) ? 1 / width : 0};
}

std::vector<const PixelLoops*> supported_pixel_loops() {
  std::vector<const PixelLoops*> loops = {&fastest()};
  if (loops[0] != &kPlainPixelLoops) loops.push_back(&kPlainPixelLoops);
  return loops;
}

bool any_nan(const float* x, size_t n) { return fastest().any_nan_float(x, n); }
bool any_nan(const double* x, size_t n) {
  return fastest().any_nan_double(x, n);
}

bool store_levels_float(const char* x, size_t n, const LevelScale& scale,
                        uint8_t* out) {
  return fastest().store_levels_float(x, n, scale, out);
}
bool store_levels_double(const char* x, size_t n, const LevelScale& scale,
                         uint8_t* out) {
  return fastest().store_levels_double(x, n, scale, out);
}

void interleave(const uint8_t* planes, size_t n, size_t count, uint8_t* out) {
  if (count == 1) std::memcpy(out, planes, n);
  if (count == 2) fastest().interleave_2(planes, n, out);
  if (count == 3) fastest().interleave_3(planes, n, out);
  if (count == 4) fastest().interleave_4(planes, n, out);
}

}  // namespace tblog::internal
