// SPDX-License-Identifier: Apache-2.0

#include "src/hook/owned_tensor.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/elements.h"

namespace tblog::internal {
OwnedTensor::OwnedTensor(const TensorView& values)
    : dtype_(values.dtype()), rank_(values.rank()) {
  for (size_t i = 0; i < rank_; ++i) shape_[i] = values.dim(i);
  append_elements(values, false, bytes_);
}

OwnedTensor without_small_floats(const TensorView& values) {
  const bool e4m3 = values.dtype() == DType::kFloat8E4M3;
  if (!e4m3 && values.dtype() != DType::kFloat8E5M2) return OwnedTensor(values);
  std::string bytes;
  append_elements(values, false, bytes);
  std::vector<float> floats;
  floats.reserve(bytes.size());
  for (const char c : bytes) {
    const auto bits = static_cast<uint8_t>(c);
    floats.push_back(e4m3 ? to_float(Float8E4M3{bits})
                          : to_float(Float8E5M2{bits}));
  }
  int64_t shape[TensorView::kMaxRank] = {};
  for (size_t i = 0; i < values.rank(); ++i) shape[i] = values.dim(i);
  return OwnedTensor(
      TensorView(floats.data(), DType::kFloat32, shape, values.rank()));
}

std::string describe_shape(const TensorView& values) {
  std::string text(dtype_name(values.dtype()));
  text += " [";
  for (size_t i = 0; i < values.rank(); ++i) {
    if (i > 0) text += ", ";
    absl::StrAppend(&text, values.dim(i));
  }
  return text + "]";
}

}  // namespace tblog::internal
