// SPDX-License-Identifier: Apache-2.0
//
// Images: DT_STRING of rank 1, [width, height, encoded image, …], the sizes in
// ASCII. All images of a value are shown at one step, side by side.

#ifndef TBLOG_SRC_SUMMARY_IMAGE_H_
#define TBLOG_SRC_SUMMARY_IMAGE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {

inline constexpr Kind kImageKind{"images", DataClass::kBlobSequence};

// A TensorProto. TensorBoard tells the encoding from the bytes.
inline std::string encode_image_summary(
    int32_t width, int32_t height, std::span<const std::string_view> encoded) {
  const std::string width_text = absl::StrCat(width);
  const std::string height_text = absl::StrCat(height);
  std::vector<std::string_view> strings = {width_text, height_text};
  strings.insert(strings.end(), encoded.begin(), encoded.end());
  return encode_string_list_tensor(strings);
}

inline std::string encode_image_summary(int32_t width, int32_t height,
                                        std::string_view encoded) {
  return encode_image_summary(width, height, {&encoded, 1});
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_IMAGE_H_
