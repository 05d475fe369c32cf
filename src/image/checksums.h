// SPDX-License-Identifier: Apache-2.0
//
// The checksums of PNG and of zlib. Pure functions, thread-safe and
// async-signal-safe.

#ifndef TBLOG_SRC_IMAGE_CHECKSUMS_H_
#define TBLOG_SRC_IMAGE_CHECKSUMS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tblog::internal {

// Of what `adler` is the checksum of, with `n` bytes more. That of nothing is
// 1. RFC 1950, 8.2.
uint32_t extend_adler32(uint32_t adler, const uint8_t* data, size_t n);

// PNG (third edition), 5.5.
uint32_t png_crc(std::string_view bytes);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_CHECKSUMS_H_
