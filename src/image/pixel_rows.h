// SPDX-License-Identifier: Apache-2.0
//
// The loops over contiguous pixels that a vector's instructions do. Pure
// functions, thread-safe.

#ifndef TBLOG_SRC_IMAGE_PIXEL_ROWS_H_
#define TBLOG_SRC_IMAGE_PIXEL_ROWS_H_

#include <cstddef>
#include <cstdint>

namespace tblog::internal {

bool any_nan(const float* x, size_t n);
bool any_nan(const double* x, size_t n);

// What becomes of a number: low and what is below 0, high and what is above
// 255, and (x · factor - low · factor) / width · 255, rounded, in between.
// width > 0.
struct LevelScale {
  double low;
  double high;
  double factor;
  double width;
};

// Stores the levels of `n` floats or doubles, unaligned and none of them NaN.
// Whether some were below or above.
bool store_levels_float(const char* x, size_t n, const LevelScale& scale,
                        uint8_t* out);
bool store_levels_double(const char* x, size_t n, const LevelScale& scale,
                         uint8_t* out);

// Stores every byte of `in`, `step` bytes apart.
void store_apart(const uint8_t* in, size_t n, size_t step, uint8_t* out);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PIXEL_ROWS_H_
