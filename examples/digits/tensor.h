// SPDX-License-Identifier: Apache-2.0
//
// Tensor: what the layers of this example hand to each other, float32,
// row-major. Images are [batch, channels, height, width], the rest
// [batch, features].

#ifndef EXAMPLES_DIGITS_TENSOR_H_
#define EXAMPLES_DIGITS_TENSOR_H_

#include <Eigen/Core>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace digits {

using Index = Eigen::Index;
using Shape = std::vector<Index>;
using Matrix =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class Tensor {
 public:
  Tensor() = default;
  // Filled with zeros.
  explicit Tensor(Shape shape)
      : shape_(std::move(shape)), values_(size_of(shape_), 0.0f) {}

  const Shape& shape() const { return shape_; }
  Index dim(size_t axis) const { return shape_[axis]; }
  // Elements in one item of the batch.
  Index item_size() const { return dim(0) == 0 ? 0 : size() / dim(0); }
  Index size() const { return static_cast<Index>(values_.size()); }

  float* data() { return values_.data(); }
  const float* data() const { return values_.data(); }
  float& operator[](Index i) { return values_[static_cast<size_t>(i)]; }
  float operator[](Index i) const { return values_[static_cast<size_t>(i)]; }

  // All elements as one row, for arithmetic.
  auto array() { return Eigen::Map<Eigen::ArrayXf>(data(), size()); }
  auto array() const {
    return Eigen::Map<const Eigen::ArrayXf>(data(), size());
  }

  // `rows` · `columns` elements from element `offset` on, as a matrix.
  auto matrix(Index offset, Index rows, Index columns) {
    return Eigen::Map<Matrix>(data() + offset, rows, columns);
  }
  auto matrix(Index offset, Index rows, Index columns) const {
    return Eigen::Map<const Matrix>(data() + offset, rows, columns);
  }
  // The first dimension as rows, the rest as columns.
  auto matrix() { return matrix(0, dim(0), item_size()); }
  auto matrix() const { return matrix(0, dim(0), item_size()); }

 private:
  static size_t size_of(const Shape& shape) {
    return static_cast<size_t>(std::accumulate(shape.begin(), shape.end(),
                                               Index{1}, std::multiplies<>()));
  }

  Shape shape_ = {0};
  std::vector<float> values_;
};

}  // namespace digits

#endif  // EXAMPLES_DIGITS_TENSOR_H_
