// SPDX-License-Identifier: Apache-2.0

#include "src/image/sniff.h"

#include <cstdlib>
#include <limits>

namespace tblog::internal {
namespace {

using std::string_view_literals::operator""sv;

// Unsigned numbers at an offset; the caller has checked the size.
uint32_t byte_at(std::string_view s, size_t i) {
  return static_cast<unsigned char>(s[i]);
}
uint32_t be16(std::string_view s, size_t i) {
  return byte_at(s, i) << 8 | byte_at(s, i + 1);
}
uint32_t be32(std::string_view s, size_t i) {
  return be16(s, i) << 16 | be16(s, i + 2);
}
uint32_t le16(std::string_view s, size_t i) {
  return byte_at(s, i) | byte_at(s, i + 1) << 8;
}
uint32_t le32(std::string_view s, size_t i) {
  return le16(s, i) | le16(s, i + 2) << 16;
}

std::optional<ImageHeader> header_of(ImageFormat format, int64_t width,
                                     int64_t height) {
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  if (width < 1 || width > kMax || height < 1 || height > kMax) return {};
  return ImageHeader{format, static_cast<int32_t>(width),
                     static_cast<int32_t>(height)};
}

// Source: PNG specification, 5.2 and 11.2.2. IHDR is the first chunk.
std::optional<ImageHeader> sniff_png(std::string_view s) {
  if (s.size() < 24 || s.substr(8, 8) != "\0\0\0\x0dIHDR"sv) return {};
  return header_of(ImageFormat::kPng, be32(s, 16), be32(s, 20));
}

// Source: GIF89a specification, 18. Logical screen.
std::optional<ImageHeader> sniff_gif(std::string_view s) {
  if (s.size() < 10) return {};
  return header_of(ImageFormat::kGif, le16(s, 6), le16(s, 8));
}

// Source: BITMAPFILEHEADER (14 bytes), then BITMAPCOREHEADER (12) or
// BITMAPINFOHEADER (40 and more), whose height is negative for top-down rows.
std::optional<ImageHeader> sniff_bmp(std::string_view s) {
  if (s.size() < 26) return {};
  const uint32_t info_bytes = le32(s, 14);
  if (info_bytes == 12) {
    return header_of(ImageFormat::kBmp, le16(s, 18), le16(s, 20));
  }
  if (info_bytes < 40) return {};
  const int64_t height = static_cast<int32_t>(le32(s, 22));
  return header_of(ImageFormat::kBmp, static_cast<int32_t>(le32(s, 18)),
                   std::abs(height));
}

// Start of a frame: C0 to CF but DHT (C4), JPG (C8) and DAC (CC).
bool is_start_of_frame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
         marker != 0xcc;
}

// Markers without a segment: TEM and RST0 to RST7.
bool stands_alone(uint32_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

// Source: ITU-T T.81, annex B. Segments up to the first start of frame.
std::optional<ImageHeader> sniff_jpeg(std::string_view s) {
  size_t i = 2;
  while (i + 1 < s.size() && byte_at(s, i) == 0xff) {
    const uint32_t marker = byte_at(s, i + 1);
    if (marker == 0xff) {  // a fill byte
      ++i;
      continue;
    }
    i += 2;
    if (stands_alone(marker)) continue;
    const bool is_end = marker == 0xd9 || marker == 0xda;  // EOI, SOS
    if (is_end || s.size() - i < 2) return {};
    const uint32_t segment_bytes = be16(s, i);
    if (segment_bytes < 2 || segment_bytes > s.size() - i) return {};
    if (is_start_of_frame(marker)) {
      if (segment_bytes < 7) return {};
      return header_of(ImageFormat::kJpeg, be16(s, i + 5), be16(s, i + 3));
    }
    i += segment_bytes;
  }
  return {};
}

}  // namespace

std::optional<ImageHeader> sniff_image(std::string_view encoded) {
  const auto begins_with = [&](std::string_view magic) {
    return encoded.substr(0, magic.size()) == magic;
  };
  if (begins_with("\x89PNG\r\n\x1a\n"sv)) return sniff_png(encoded);
  if (begins_with("\xff\xd8\xff"sv)) return sniff_jpeg(encoded);
  if (begins_with("GIF87a"sv) || begins_with("GIF89a"sv)) {
    return sniff_gif(encoded);
  }
  if (begins_with("BM"sv)) return sniff_bmp(encoded);
  return {};
}

}  // namespace tblog::internal
