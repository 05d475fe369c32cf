// SPDX-License-Identifier: Apache-2.0
//
// Tensors: the numbers themselves. TensorBoard has no page for them, so the
// plugin's name is our own; its data class makes both readers list them.

#ifndef TBLOG_SRC_SUMMARY_TENSOR_H_
#define TBLOG_SRC_SUMMARY_TENSOR_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/elements.h"
#include "src/event/wire.h"
#include "src/summary/metadata.h"
#include "src/summary/tensor_proto.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

inline constexpr Kind kTensorKind{"tblog_tensor", DataClass::kTensor};

// How TensorBoard names a dtype; bfloat16 and floats of 8 bits, which it cannot
// decode, are written as float32.
inline DataType data_type_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return DataType::kHalf;
    case DType::kBFloat16:
    case DType::kFloat8E4M3:
    case DType::kFloat8E5M2:
    case DType::kFloat32:
      break;
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
  }
  return DataType::kFloat;
}

// Whether TensorBoard cannot decode the dtype, and float32 holds its values.
inline bool is_widened(DType dtype) {
  return dtype == DType::kBFloat16 || dtype_is_float8(dtype);
}

// All elements, row-major, as little-endian float32.
template <class T>
void append_as_float32(const TensorView& view, std::string& out) {
  for_each_block<T>(view, Order::kRowMajor, [&](const auto* values, size_t n) {
    for (size_t i = 0; i < n; ++i)
      wire::put_fixed32(out,
                        std::bit_cast<uint32_t>(static_cast<float>(values[i])));
  });
}

inline void append_widened(const TensorView& view, std::string& out) {
  switch (view.dtype()) {
    case DType::kFloat8E4M3:
      return append_as_float32<Float8E4M3>(view, out);
    case DType::kFloat8E5M2:
      return append_as_float32<Float8E5M2>(view, out);
    default:
      return append_as_float32<BFloat16>(view, out);
  }
}

// A TensorProto. Errors: InvalidArgument for what the CPU cannot read, and
// content of 2^31 bytes or more.
inline absl::StatusOr<std::string> encode_tensor(const TensorView& view) {
  if (absl::Status status = check_host_view(view); !status.ok()) return status;
  const bool widen = is_widened(view.dtype());
  const size_t element = widen ? sizeof(float) : dtype_size(view.dtype());
  const auto size = static_cast<size_t>(view.size());
  if (size >= ((size_t{1} << 31) + element - 1) / element)
    return absl::InvalidArgumentError(
        "the tensor has 2^31 bytes or more, which no reader takes");
  std::string content;
  content.reserve(size * element);
  if (widen) {
    append_widened(view, content);
  } else {
    absl::Status status = append_little_endian(view, content);
    if (!status.ok()) return status;
  }
  int64_t shape[TensorView::kMaxRank];
  for (size_t axis = 0; axis < view.rank(); ++axis)
    shape[axis] = view.dim(axis);
  return encode_numeric_tensor(data_type_of(view.dtype()), {shape, view.rank()},
                               content);
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_SUMMARY_TENSOR_H_
