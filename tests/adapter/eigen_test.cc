// SPDX-License-Identifier: Apache-2.0

#include "tblog/eigen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <string>
#include <unsupported/Eigen/CXX11/Tensor>
#include <vector>

#include "tblog/leaves.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using RowMajor =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::vector<int64_t> shape_of(const TensorView& view) {
  std::vector<int64_t> shape;
  for (size_t i = 0; i < view.rank(); ++i) shape.push_back(view.dim(i));
  return shape;
}

// Each element is where the view says, whatever the order.
template <class T>
void expect_same_elements(const T& matrix, const TensorView& view) {
  ASSERT_TRUE(view.valid()) << view.error();
  ASSERT_THAT(shape_of(view), ElementsAre(matrix.rows(), matrix.cols()));
  const auto* const data = static_cast<const typename T::Scalar*>(view.data());
  for (int64_t r = 0; r < matrix.rows(); ++r) {
    for (int64_t c = 0; c < matrix.cols(); ++c)
      EXPECT_EQ(data + r * view.stride(0) + c * view.stride(1),
                &matrix.coeffRef(r, c));
  }
}

TEST(EigenTest, MatricesAreViewedInPlaceInEitherOrder) {
  const Eigen::MatrixXf column_major = Eigen::MatrixXf::Random(3, 5);
  expect_same_elements(column_major, column_major);
  EXPECT_FALSE(TensorView(column_major).contiguous());
  const RowMajor row_major = RowMajor::Random(3, 5);
  expect_same_elements(row_major, row_major);
  EXPECT_TRUE(TensorView(row_major).contiguous());
  const Eigen::Array<double, 2, 3> fixed = Eigen::Array<double, 2, 3>::Random();
  expect_same_elements(fixed, fixed);
  EXPECT_EQ(TensorView(fixed).dtype(), DType::kFloat64);
}

TEST(EigenTest, PartsAreViewedInPlace) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Random(6, 7);
  const auto block = matrix.block(1, 2, 3, 4);
  expect_same_elements(block, block);
  const auto transposed = matrix.transpose();
  expect_same_elements(transposed, transposed);
  const Eigen::Ref<const Eigen::MatrixXd, 0, Eigen::OuterStride<>> ref = block;
  expect_same_elements(ref, ref);
  EXPECT_EQ(TensorView(ref).data(), &matrix(1, 2));
  const Eigen::Map<RowMajor, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>
      map(nullptr, 0, 0, {1, 1});
  EXPECT_EQ(TensorView(map).size(), 0);
}

TEST(EigenTest, VectorsHaveOneDimension) {
  const Eigen::VectorXf vector = Eigen::VectorXf::LinSpaced(4, 0, 3);
  EXPECT_THAT(shape_of(vector), ElementsAre(4));
  EXPECT_EQ(TensorView(vector).data(), vector.data());
  const Eigen::MatrixXf matrix = Eigen::MatrixXf::Random(3, 5);
  const auto row = matrix.row(1);
  const TensorView view(row);
  EXPECT_THAT(shape_of(view), ElementsAre(5));
  EXPECT_EQ(view.stride(0), 3);
  EXPECT_EQ(view.data(), &matrix(1, 0));
}

TEST(EigenTest, ElementTypesAreThoseOfTheSameName) {
  const Eigen::MatrixXi ints = Eigen::MatrixXi::Zero(2, 2);
  const Eigen::MatrixXcf complexes = Eigen::MatrixXcf::Zero(2, 2);
  EXPECT_EQ(TensorView(ints).dtype(), DType::kInt32);
  EXPECT_EQ(TensorView(complexes).dtype(), DType::kComplex64);
  const Eigen::Matrix<bool, 2, 2> bools = Eigen::Matrix<bool, 2, 2>::Ones();
  EXPECT_EQ(TensorView(bools).dtype(), DType::kBool);
  const Eigen::Matrix<Eigen::half, 2, 1> halves(Eigen::half(1.0F),
                                                Eigen::half(2.0F));
  EXPECT_EQ(TensorView(halves).dtype(), DType::kFloat16);
  const Eigen::Matrix<Eigen::bfloat16, 2, 1> brains(Eigen::bfloat16(1.0F),
                                                    Eigen::bfloat16(2.0F));
  EXPECT_EQ(TensorView(brains).dtype(), DType::kBFloat16);
}

TEST(EigenTest, TensorsAreViewedInPlaceInEitherOrder) {
  Eigen::Tensor<float, 3> column_major(2, 3, 4);
  column_major.setZero();
  const TensorView columns(column_major);
  EXPECT_EQ(columns.data(), column_major.data());
  EXPECT_THAT(shape_of(columns), ElementsAre(2, 3, 4));
  EXPECT_EQ(columns.stride(0), 1);
  EXPECT_EQ(columns.stride(2), 6);
  Eigen::Tensor<double, 3, Eigen::RowMajor> row_major(2, 3, 4);
  row_major.setZero();
  EXPECT_TRUE(TensorView(row_major).contiguous());
  EXPECT_THAT(shape_of(row_major), ElementsAre(2, 3, 4));
  Eigen::Tensor<float, 0> scalar;
  scalar.setZero();
  EXPECT_EQ(TensorView(scalar).rank(), 0u);
}

// Eigen's vectors can be iterated over, which must not make them lists.
TEST(EigenTest, AVectorIsOneLeaf) {
  struct Counter final : internal::LeafVisitor {
    void leaf(std::string_view path, const TensorView& view) override {
      paths.emplace_back(path);
      size += view.size();
    }
    std::vector<std::string> paths;
    int64_t size = 0;
  } counter;
  std::string path = "fc1";
  internal::visit_leaves(Eigen::VectorXf(Eigen::VectorXf::Zero(7)), path,
                         counter);
  EXPECT_THAT(counter.paths, ElementsAre("fc1"));
  EXPECT_EQ(counter.size, 7);
}

}  // namespace
}  // namespace tblog
