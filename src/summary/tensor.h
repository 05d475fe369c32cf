// SPDX-License-Identifier: Apache-2.0
//
// Tensors: the numbers themselves. TensorBoard has no page for them, so the
// plugin's name is our own; its data class makes both readers list them.

#ifndef TBLOG_SRC_SUMMARY_TENSOR_H_
#define TBLOG_SRC_SUMMARY_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/elements.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

inline constexpr Kind kTensorKind{"tblog_tensor", DataClass::kTensor};

// How TensorBoard names a dtype; bfloat16, which it cannot decode, is written
// as float32. None for 8-bit floats, which it cannot decode either.
inline std::optional<DataType> data_type_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return DataType::kHalf;
    case DType::kBFloat16:
    case DType::kFloat32:
      return DataType::kFloat;
    case DType::kFloat64:
      return DataType::kDouble;
    case DType::kInt8:
      return DataType::kInt8;
    case DType::kInt16:
      return DataType::kInt16;
    case DType::kInt32:
      return DataType::kInt32;
    case DType::kInt64:
      return DataType::kInt64;
    case DType::kUint8:
      return DataType::kUint8;
    case DType::kUint16:
      return DataType::kUint16;
    case DType::kUint32:
      return DataType::kUint32;
    case DType::kUint64:
      return DataType::kUint64;
    case DType::kBool:
      return DataType::kBool;
    case DType::kComplex64:
      return DataType::kComplex64;
    case DType::kComplex128:
      return DataType::kComplex128;
    case DType::kFloat8E4M3:
    case DType::kFloat8E5M2:
      break;
  }
  return std::nullopt;
}

// `raw`, little-endian bfloat16, as little-endian float32: each gets 16 zero
// bits below.
inline std::string widen_bfloat16(std::string_view raw) {
  std::string wide(raw.size() * 2, '\0');
  for (size_t i = 0; i < raw.size(); i += 2) {
    wide[2 * i + 2] = raw[i];
    wide[2 * i + 3] = raw[i + 1];
  }
  return wide;
}

// A TensorProto. Errors: InvalidArgument for what the CPU cannot read, 8-bit
// floats, and content of 2^31 bytes or more.
inline absl::StatusOr<std::string> encode_tensor(const TensorView& view) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  const std::optional<DataType> dtype = data_type_of(view.dtype());
  if (!dtype)
    return absl::InvalidArgumentError(
        "TensorBoard cannot decode floats of 8 bits");
  const bool widen = view.dtype() == DType::kBFloat16;
  if (view.size_bytes() >= (size_t{1} << 31) / (widen ? 2 : 1))
    return absl::InvalidArgumentError(
        "the tensor has 2^31 bytes or more, which no reader takes");
  std::string content;
  content.reserve(view.size_bytes());
  if (absl::Status status = append_little_endian(view, content); !status.ok())
    return status;
  if (widen) content = widen_bfloat16(content);
  int64_t shape[TensorView::kMaxRank];
  for (size_t axis = 0; axis < view.rank(); ++axis)
    shape[axis] = view.dim(axis);
  return encode_numeric_tensor(*dtype, {shape, view.rank()}, content);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_TENSOR_H_
