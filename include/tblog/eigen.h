// SPDX-License-Identifier: Apache-2.0
//
// Eigen's matrices, arrays, blocks, maps, refs and tensors for everything that
// takes a TensorView, without a copy, row- and column-major:
//
//   writer.histogram("fc1/weights", weights, step);      // an Eigen::MatrixXf
//   hooks.tap("fc1", activations.leftCols(batch));
//
// A matrix or array is viewed as [rows, cols], a vector as [size], a tensor of
// Eigen's unsupported module by its dimensions. An expression without memory of
// its own, such as `a + b`, does not compile: give its eval(). Compiled with
// the user's own Eigen, 3.3 or newer; the library itself does not know Eigen.

#ifndef TBLOG_EIGEN_H_
#define TBLOG_EIGEN_H_

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

template <class Scalar, class = void>
struct EigenDType {
  static constexpr bool kKnown = false;
};
template <class Scalar>
struct EigenDType<Scalar, std::void_t<decltype(DTypeOf<Scalar>::value)>> {
  static constexpr bool kKnown = true;
  static constexpr DType kValue = DTypeOf<Scalar>::value;
};
template <>
struct EigenDType<Eigen::half> {
  static constexpr bool kKnown = true;
  static constexpr DType kValue = DType::kFloat16;
};
#if EIGEN_VERSION_AT_LEAST(3, 3, 90)
template <>
struct EigenDType<Eigen::bfloat16> {
  static constexpr bool kKnown = true;
  static constexpr DType kValue = DType::kBFloat16;
};
#endif

template <class Scalar>
constexpr DType eigen_dtype() {
  static_assert(EigenDType<Scalar>::kKnown,
                "tblog has no such element type: give a cast<float>().eval()");
  return EigenDType<Scalar>::kValue;
}

template <class T>
using IsEigenDense = std::is_base_of<Eigen::DenseBase<T>, T>;

// Eigen::Tensor, TensorMap and TensorFixedSize, by what only they have, so that
// nobody needs to include them.
template <class T, class = void>
struct IsEigenTensor : std::false_type {};
template <class T>
struct IsEigenTensor<
    T, std::void_t<typename T::Scalar, typename T::Dimensions,
                   decltype(T::NumIndices), decltype(T::Layout),
                   decltype(std::declval<const T&>().dimensions()),
                   decltype(std::declval<const T&>().data())>>
    : std::true_type {};

}  // namespace internal

template <class T>
struct TensorSource<T, std::enable_if_t<internal::IsEigenDense<T>::value>> {
  static constexpr bool kKnown = true;

  static TensorView view(const T& tensor) noexcept {
    using Traits = Eigen::internal::traits<T>;
    static_assert((unsigned{Traits::Flags} & Eigen::DirectAccessBit) != 0,
                  "an expression of Eigen has no elements in memory: give its "
                  "eval()");
    const DType dtype = internal::eigen_dtype<typename T::Scalar>();
    if constexpr (T::IsVectorAtCompileTime) {
      const int64_t size = tensor.size();
      const int64_t stride = tensor.innerStride();
      return {tensor.data(), dtype, &size, 1, &stride, 1};
    } else {
      const int64_t shape[] = {tensor.rows(), tensor.cols()};
      const int64_t outer = tensor.outerStride();
      const int64_t inner = tensor.innerStride();
      const int64_t strides[] = {T::IsRowMajor ? outer : inner,
                                 T::IsRowMajor ? inner : outer};
      return {tensor.data(), dtype, shape, 2, strides, 2};
    }
  }
};

template <class T>
struct TensorSource<T, std::enable_if_t<internal::IsEigenTensor<T>::value &&
                                        !internal::IsEigenDense<T>::value>> {
  static constexpr bool kKnown = true;

  static TensorView view(const T& tensor) noexcept {
    constexpr size_t kRank = static_cast<size_t>(T::NumIndices);
    constexpr bool kIsRowMajor =
        static_cast<int>(T::Layout) == static_cast<int>(Eigen::RowMajor);
    const DType dtype =
        internal::eigen_dtype<std::remove_const_t<typename T::Scalar>>();
    int64_t shape[kRank + 1] = {};  // one more: of rank 0 too
    int64_t strides[kRank + 1] = {};
    int64_t stride = 1;
    for (size_t i = 0; i < kRank; ++i) {
      const size_t axis = kIsRowMajor ? kRank - 1 - i : i;
      shape[axis] = static_cast<int64_t>(tensor.dimensions()[axis]);
      strides[axis] = stride;
      stride *= shape[axis];
    }
    return {tensor.data(), dtype, shape, kRank, strides, kRank};
  }
};

}  // namespace tblog

#endif  // TBLOG_EIGEN_H_
