// SPDX-License-Identifier: Apache-2.0
//
// Tells tblog how to view a digits::Tensor: all that a program with a tensor of
// its own has to write. The tensor and the layers know nothing of it.

#ifndef EXAMPLES_DIGITS_TENSOR_SOURCE_H_
#define EXAMPLES_DIGITS_TENSOR_SOURCE_H_

#include "digits/tensor.h"
#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

template <>
struct tblog::TensorSource<digits::Tensor> {
  static constexpr bool kKnown = true;
  static TensorView view(const digits::Tensor& t) noexcept {
    return TensorView(t.data(), DType::kFloat32, t.shape().data(),
                      t.shape().size());
  }
};

#endif  // EXAMPLES_DIGITS_TENSOR_SOURCE_H_
