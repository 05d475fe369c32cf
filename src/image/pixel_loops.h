// SPDX-License-Identifier: Apache-2.0
//
// The loops of pixel_rows.h, once for each set of instructions. Pure functions,
// thread-safe.

#ifndef TBLOG_SRC_IMAGE_PIXEL_LOOPS_H_
#define TBLOG_SRC_IMAGE_PIXEL_LOOPS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tblog::internal {

// What becomes of a number: low and what is below 0, high and what is above
// 255, and (x · factor - low · factor) / width · 255, rounded, in between.
// width > 0; `inverse` is 1 / width where that is exact, else 0.
struct LevelScale {
  double low;
  double high;
  double factor;
  double width;
  double inverse;
};

LevelScale level_scale(double low, double high, double factor, double width);

struct PixelLoops {
  bool (*any_nan_float)(const float* x, size_t n);
  bool (*any_nan_double)(const double* x, size_t n);
  bool (*store_levels_float)(const char* x, size_t n, const LevelScale& scale,
                             uint8_t* out);
  bool (*store_levels_double)(const char* x, size_t n, const LevelScale& scale,
                              uint8_t* out);
  void (*interleave_2)(const uint8_t* planes, size_t n, uint8_t* out);
  void (*interleave_3)(const uint8_t* planes, size_t n, uint8_t* out);
  void (*interleave_4)(const uint8_t* planes, size_t n, uint8_t* out);
};

extern const PixelLoops kPlainPixelLoops;
extern const PixelLoops kAvx2PixelLoops;  // where TBLOG_PIXEL_LOOPS_AVX2

// Those that this processor can run, the fastest first.
std::vector<const PixelLoops*> supported_pixel_loops();

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PIXEL_LOOPS_H_
