// SPDX-License-Identifier: Apache-2.0
//
// Scalars: DT_FLOAT of rank 0 in one float_val, the only form that both of
// TensorBoard's readers take. The hot path: what stands before the number is
// the same for every value of a tag, and is encoded once.

#ifndef TBLOG_SRC_SUMMARY_SCALAR_H_
#define TBLOG_SRC_SUMMARY_SCALAR_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "src/base/endian.h"
#include "src/event/wire.h"
#include "src/summary/metadata.h"
#include "src/summary/value.h"

namespace tblog::internal {

inline constexpr Kind kScalarKind{"scalars", DataClass::kScalar};

// dtype DT_FLOAT, then the key of a float_val of 4 bytes.
inline constexpr std::string_view kScalarTensorHead = "\x08\x01\x2a\x04";
inline constexpr size_t kScalarTensorBytes = kScalarTensorHead.size() + 4;

// What stands before the number in the `Summary.value` of a scalar without
// metadata.
inline std::string encode_scalar_head(std::string_view tag) {
  std::string zero(kScalarTensorHead);
  wire::put_fixed32(zero, 0);
  std::string out;
  append_value(out, tag, zero, {});
  out.resize(out.size() - 4);
  return out;
}

// A `Summary.value` without metadata: encode_scalar_head() and four bytes.
inline void append_scalar(std::string& out, std::string_view head,
                          float value) {
  out += head;
  wire::put_fixed32(out, std::bit_cast<uint32_t>(value));
}

// Copies `from` to `out` and returns its end there. Texts are short: a call of
// memcpy() costs as much as the copy.
inline char* store_text(char* out, std::string_view from) {
  const size_t bytes = from.size();
  if (bytes < 16) {
    std::memcpy(out, from.data(), bytes);
    return out + bytes;
  }
  for (size_t i = 0; i + 16 < bytes; i += 16)
    std::memcpy(out + i, from.data() + i, 16);
  std::memcpy(out + bytes - 16, from.data() + bytes - 16, 16);
  return out + bytes;
}

// append_scalar() to memory that is there; returns its end.
inline char* store_scalar(char* out, std::string_view head, float value) {
  out = store_text(out, head);
  store_le32(out, std::bit_cast<uint32_t>(value));
  return out + 4;
}

// A TensorProto, for a value with metadata.
inline std::string encode_scalar(float value) {
  std::string out(kScalarTensorHead);
  wire::put_fixed32(out, std::bit_cast<uint32_t>(value));
  return out;
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_SCALAR_H_
