// SPDX-License-Identifier: Apache-2.0
//
// Stored PNGs: whole ones whose pixels are not compressed, and whose checksums
// may still be missing. What waits to be encoded waits in this form, which
// costs a copy to make and can be made good where a process dies. Thread-safe.

#ifndef TBLOG_SRC_IMAGE_STORED_PNG_H_
#define TBLOG_SRC_IMAGE_STORED_PNG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/image/png_writer.h"

namespace tblog::internal {

// Appends what write_png() returns, but stored, and without the checksums of
// the pixels.
void append_stored_png(std::string& out, const PngShape& shape,
                       const FillRow& fill_row);

// Bytes that append_stored_png() appends.
size_t stored_png_bytes(const PngShape& shape);

// Fills in the checksums of such a PNG. Async-signal-safe.
void seal_stored_png(char* png, size_t size) noexcept;

// What write_png() makes of the pixels of such a PNG.
std::string compress_stored_png(std::string_view png);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_STORED_PNG_H_
