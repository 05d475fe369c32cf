// SPDX-License-Identifier: Apache-2.0
//
// What an encoded image says of itself. Thread-safe.

#ifndef TBLOG_SRC_IMAGE_SNIFF_H_
#define TBLOG_SRC_IMAGE_SNIFF_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace tblog::internal {

enum class ImageFormat : uint8_t { kPng, kJpeg, kGif, kBmp };

// Both sides are at least 1.
struct ImageHeader {
  ImageFormat format;
  int32_t width;
  int32_t height;
};

// Reads the format and the size from the header of a PNG, JPEG, GIF or BMP;
// nothing where `encoded` is none of these, or its header is cut off, damaged
// or without a size. Any bytes are safe, and nothing past the header is
// checked. Cost: a look at the header; at most one pass over the segments of a
// JPEG before its frame.
std::optional<ImageHeader> sniff_image(std::string_view encoded);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_IMAGE_SNIFF_H_
