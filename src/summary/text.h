// SPDX-License-Identifier: Apache-2.0
//
// Texts: DT_STRING of rank 0, which TensorBoard renders as Markdown.

#ifndef TBLOG_SRC_SUMMARY_TEXT_H_
#define TBLOG_SRC_SUMMARY_TEXT_H_

#include <string>
#include <string_view>

#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {

inline constexpr Kind kTextKind{"text", DataClass::kTensor};

// A TensorProto. `markdown` must be UTF-8: one invalid byte fails the request
// for the whole tag.
inline std::string encode_text(std::string_view markdown) {
  return encode_string_tensor(markdown);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_TEXT_H_
