// SPDX-License-Identifier: Apache-2.0
//
// The loops over contiguous pixels that a vector's instructions do, by the
// fastest that the processor has. Pure functions, thread-safe.

#ifndef TBLOG_SRC_IMAGE_PIXEL_ROWS_H_
#define TBLOG_SRC_IMAGE_PIXEL_ROWS_H_

#include <cstddef>
#include <cstdint>

#include "src/image/pixel_loops.h"

namespace tblog::internal {

bool any_nan(const float* x, size_t n);
bool any_nan(const double* x, size_t n);

// Stores the levels of `n` floats or doubles, unaligned and none of them NaN.
// Whether some were below or above.
bool store_levels_float(const char* x, size_t n, const LevelScale& scale,
                        uint8_t* out);
bool store_levels_double(const char* x, size_t n, const LevelScale& scale,
                         uint8_t* out);

// Stores planes of `n` bytes, one behind the other, as pixels of `count` bytes,
// 1 to 4.
void interleave(const uint8_t* planes, size_t n, size_t count, uint8_t* out);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PIXEL_ROWS_H_
