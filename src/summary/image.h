// SPDX-License-Identifier: Apache-2.0
//
// Images: DT_STRING of rank 1, [width, height, encoded image], the sizes in
// ASCII.

#ifndef TBLOG_SRC_SUMMARY_IMAGE_H_
#define TBLOG_SRC_SUMMARY_IMAGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {

inline constexpr Kind kImageKind{"images", DataClass::kBlobSequence};

// A TensorProto. TensorBoard tells the encoding from the bytes.
inline std::string encode_image_summary(int32_t width, int32_t height,
                                        std::string_view encoded) {
  return encode_string_list_tensor(
      {std::to_string(width), std::to_string(height), encoded});
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_IMAGE_H_
