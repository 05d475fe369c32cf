// SPDX-License-Identifier: Apache-2.0
//
// OpenCV's matrices for everything that takes a TensorView, without a copy:
//
//   writer.histogram("frame/values", frame, step);        // a cv::Mat
//   writer.image("frame", frame(region), step);           // a part of it
//
// A cv::Mat is viewed by its dimensions, rows before columns, and its channels
// as one more dimension behind them where there are several: an image of three
// is [rows, cols, 3], in OpenCV's order of blue, green, red. Small matrices
// (cv::Matx) and vectors (cv::Vec) too. A cv::UMat has no memory to view: give
// its getMat(). Compiled with the user's own OpenCV, of which it needs the core
// alone; tblog/opencv.h has the hooks for networks.

#ifndef TBLOG_OPENCV_MAT_H_
#define TBLOG_OPENCV_MAT_H_

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <type_traits>

#include "tblog/dtype.h"
#include "tblog/tensor_view.h"

namespace tblog {
namespace internal {

// None where there is none.
inline std::optional<DType> dtype_of_cv(int depth) noexcept {
  switch (depth) {
    case CV_8U:
      return DType::kUint8;
    case CV_8S:
      return DType::kInt8;
    case CV_16U:
      return DType::kUint16;
    case CV_16S:
      return DType::kInt16;
    case CV_32S:
      return DType::kInt32;
    case CV_32F:
      return DType::kFloat32;
    case CV_64F:
      return DType::kFloat64;
    case CV_16F:
      return DType::kFloat16;
    default:
      return std::nullopt;
  }
}

}  // namespace internal

template <class T>
struct TensorSource<T, std::enable_if_t<std::is_base_of_v<cv::Mat, T>>> {
  static constexpr bool kKnown = true;

  static TensorView view(const cv::Mat& mat) noexcept {
    const std::optional<DType> dtype = internal::dtype_of_cv(mat.depth());
    if (!dtype) return TensorView::invalid("tblog has no such element type");
    int64_t shape[TensorView::kMaxRank + 1] = {};
    int64_t strides[TensorView::kMaxRank + 1] = {};
    const auto dims = static_cast<size_t>(mat.dims);
    if (mat.data == nullptr && dims == 0)
      return {nullptr, *dtype, shape, 1, nullptr};
    if (dims > TensorView::kMaxRank)
      return TensorView::invalid("the cv::Mat has more than 8 dimensions");
    const size_t element = dtype_size(*dtype);
    for (size_t i = 0; i < dims; ++i) {
      if (mat.step.p[i] % element != 0) {
        return TensorView::invalid(
            "the cv::Mat's rows do not begin at whole elements");
      }
      shape[i] = mat.size.p[i];
      strides[i] = static_cast<int64_t>(mat.step.p[i] / element);
    }
    size_t rank = dims;
    if (mat.channels() > 1) {
      shape[rank] = mat.channels();
      strides[rank++] = 1;
    }
    return {mat.data, *dtype, shape, rank, strides, rank};
  }
};

template <class T, int kRows, int kCols>
struct TensorSource<cv::Matx<T, kRows, kCols>> {
  static constexpr bool kKnown = true;
  static TensorView view(const cv::Matx<T, kRows, kCols>& matrix) noexcept {
    return {&matrix.val[0], {kRows, kCols}};
  }
};

template <class T, int kSize>
struct TensorSource<cv::Vec<T, kSize>> {
  static constexpr bool kKnown = true;
  static TensorView view(const cv::Vec<T, kSize>& vector) noexcept {
    return {&vector.val[0], {kSize}};
  }
};

}  // namespace tblog

#endif  // TBLOG_OPENCV_MAT_H_
