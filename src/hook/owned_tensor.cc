// SPDX-License-Identifier: Apache-2.0

#include "src/hook/owned_tensor.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "src/base/elements.h"

namespace tblog::internal {
namespace {

// Source: "FP8 Formats for Deep Learning", arXiv:2209.05433. E4M3 has no
// infinities, and NaN where all other bits are set.
float float8(uint8_t bits, int mantissa_bits, int bias, bool has_infinity) {
  const int exponent = (bits & 0x7f) >> mantissa_bits;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const int top = 0x7f >> mantissa_bits;
  const int all_ones = (1 << mantissa_bits) - 1;
  float value = 0;
  if (exponent == top && has_infinity) {
    value = mantissa == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == top && mantissa == all_ones) {
    value = std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(mantissa), 1 - bias - mantissa_bits);
  } else {
    value = std::ldexp(static_cast<float>(mantissa + all_ones + 1),
                       exponent - bias - mantissa_bits);
  }
  return (bits & 0x80) != 0 ? -value : value;
}

}  // namespace

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
    floats.push_back(e4m3 ? float8(bits, 3, 7, false)
                          : float8(bits, 2, 15, true));
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
    text += std::to_string(values.dim(i));
  }
  return text + "]";
}

}  // namespace tblog::internal
