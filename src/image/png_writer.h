// SPDX-License-Identifier: Apache-2.0
//
// Rows of 8-bit pixels to a PNG in memory, by libpng, whose errors end here.

#ifndef TBLOG_SRC_IMAGE_PNG_WRITER_H_
#define TBLOG_SRC_IMAGE_PNG_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "src/image/canvas.h"

namespace tblog::internal {

struct PngShape {
  uint32_t width;
  uint32_t height;
  int channels;  // 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA
};

// Calls fill_row(y, row) for y = 0, 1, …: it stores width · channels bytes and
// must not throw. No gamma, profile, time or text is written: a decoder gives
// back the same bytes. Errors: Internal with libpng's own words.
absl::StatusOr<std::string> write_png(
    const PngShape& shape,
    const std::function<void(uint32_t y, uint8_t* row)>& fill_row);

absl::StatusOr<std::string> write_png(const Canvas& canvas);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_PNG_WRITER_H_
