// SPDX-License-Identifier: Apache-2.0
//
// The pixels of a PNG as libpng reads them, without conversion.

#ifndef TBLOG_TESTS_IMAGE_DECODE_PNG_H_
#define TBLOG_TESTS_IMAGE_DECODE_PNG_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace tblog::testing {

struct DecodedPng {
  bool ok = false;
  uint32_t width = 0;
  uint32_t height = 0;
  int channels = 0;
  int bit_depth = 0;
  bool has_color_profile = false;  // sRGB, gAMA, cHRM or iCCP
  std::vector<uint8_t> pixels;     // [height, width, channels]
};

DecodedPng decode_png(std::string_view png);

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_IMAGE_DECODE_PNG_H_
