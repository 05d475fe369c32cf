// SPDX-License-Identifier: Apache-2.0
//
// dlib's tensors and matrices for everything that takes a TensorView, without a
// copy:
//
//   writer.histogram("fc/weights", layer.layer_details().get_layer_params(),
//   1); hooks.tap("features", features);                     // a dlib::matrix
//
// A tensor is viewed as [num_samples, k, nr, nc], a matrix as [rows, cols] in
// either layout, one that is a vector at compile time as [size]. An expression
// such as `a + b` has no elements in memory: give it the name of a matrix.
// Where dlib uses CUDA and the elements were last written there, dlib copies
// them to the host for this. Compiled with the user's own dlib, 19.24 or newer;
// tblog/dlib.h has the hooks for networks.

#ifndef TBLOG_DLIB_TENSOR_H_
#define TBLOG_DLIB_TENSOR_H_

#include <dlib/cuda/tensor.h>
#include <dlib/matrix.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

namespace tblog {

template <class T>
struct TensorSource<T, std::enable_if_t<std::is_base_of_v<dlib::tensor, T>>> {
  static constexpr bool kKnown = true;

  static TensorView view(const dlib::tensor& tensor) noexcept {
    const float* const data = tensor.size() == 0 ? nullptr : tensor.host();
    return {data, {tensor.num_samples(), tensor.k(), tensor.nr(), tensor.nc()}};
  }
};

template <class T, long kRows, long kCols, class Memory, class Layout>
struct TensorSource<dlib::matrix<T, kRows, kCols, Memory, Layout>> {
  static constexpr bool kKnown = true;

  static TensorView view(
      const dlib::matrix<T, kRows, kCols, Memory, Layout>& matrix) noexcept {
    static_assert(internal::IsElement<T>::value,
                  "tblog has no such element type: give a matrix of numbers");
    constexpr bool kIsRowMajor = std::is_same_v<Layout, dlib::row_major_layout>;
    const T* const data = matrix.size() == 0 ? nullptr : &matrix(0, 0);
    if constexpr (kRows == 1 || kCols == 1) {
      return {data, {matrix.size()}};
    } else {
      return {data,
              {matrix.nr(), matrix.nc()},
              {kIsRowMajor ? matrix.nc() : 1, kIsRowMajor ? 1 : matrix.nr()}};
    }
  }
};

}  // namespace tblog

#endif  // TBLOG_DLIB_TENSOR_H_
