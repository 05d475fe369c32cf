// SPDX-License-Identifier: Apache-2.0

#include "tblog/tensor_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tblog {
namespace {

using ::testing::HasSubstr;

std::string error_of(const TensorView& view) {
  EXPECT_FALSE(view.valid());
  EXPECT_EQ(view.size(), 0);
  EXPECT_EQ(view.data(), nullptr);
  return std::string(view.error());
}

const float kValues[24] = {};

TEST(TensorViewTest, ViewsContainersAsVectors) {
  const std::vector<double> vector = {1, 2, 3};
  const TensorView view = vector;
  EXPECT_TRUE(view.valid());
  EXPECT_EQ(view.data(), vector.data());
  EXPECT_EQ(view.dtype(), DType::kFloat64);
  EXPECT_EQ(view.rank(), 1u);
  EXPECT_EQ(view.dim(0), 3);
  EXPECT_EQ(view.stride(0), 1);
  EXPECT_EQ(view.size(), 3);
  EXPECT_EQ(view.size_bytes(), 24u);

  EXPECT_EQ(TensorView(std::array<int16_t, 5>{}).dtype(), DType::kInt16);
  EXPECT_EQ(TensorView(std::span<const float>(kValues)).size(), 24);
  EXPECT_EQ(TensorView(kValues).size(), 24);
}

TEST(TensorViewTest, IntegersGoBySizeAndSign) {
  EXPECT_EQ(TensorView(std::vector<long>{1}).dtype(), DType::kInt64);
  EXPECT_EQ(TensorView(std::vector<long long>{1}).dtype(), DType::kInt64);
  EXPECT_EQ(TensorView(std::vector<unsigned long>{1}).dtype(), DType::kUint64);
  EXPECT_EQ(TensorView(std::vector<signed char>{1}).dtype(), DType::kInt8);
}

TEST(TensorViewTest, ShapeGivesRowMajorStrides) {
  const TensorView view(kValues, {2, 3, 4});
  EXPECT_EQ(view.size(), 24);
  EXPECT_EQ(view.stride(0), 12);
  EXPECT_EQ(view.stride(1), 4);
  EXPECT_EQ(view.stride(2), 1);
  EXPECT_TRUE(view.contiguous());
}

TEST(TensorViewTest, EmptyShapeIsOneValue) {
  const TensorView view(kValues, {});
  EXPECT_EQ(view.rank(), 0u);
  EXPECT_EQ(view.size(), 1);
  EXPECT_TRUE(view.contiguous());
}

TEST(TensorViewTest, ContiguousMeansRowMajorWithoutGaps) {
  EXPECT_TRUE(TensorView(kValues, {2, 3}, {3, 1}).contiguous());
  EXPECT_TRUE(TensorView(kValues, {2, 1, 3}, {3, 77, 1}).contiguous());
  EXPECT_TRUE(TensorView(kValues, {0, 3}, {9, 9}).contiguous());
  EXPECT_FALSE(TensorView(kValues, {2, 3}, {1, 2}).contiguous());
  EXPECT_FALSE(TensorView(kValues, {2, 3}, {4, 1}).contiguous());
  EXPECT_FALSE(TensorView(kValues, {2, 3}, {0, 1}).contiguous());
  EXPECT_FALSE(TensorView(kValues + 5, {3}, {-1}).contiguous());
  EXPECT_FALSE(TensorView(kValues, {3}, {2}).contiguous());
}

TEST(TensorViewTest, DefaultIsAnEmptyVector) {
  const TensorView view;
  EXPECT_TRUE(view.valid());
  EXPECT_EQ(view.size(), 0);
  EXPECT_EQ(view.rank(), 1u);
  EXPECT_EQ(view.dim(0), 0);
}

TEST(TensorViewTest, NullIsAllowedOnlyWithoutElements) {
  const float* null = nullptr;
  EXPECT_TRUE(TensorView(null, {0}).valid());
  EXPECT_TRUE(TensorView(null, {3, 0}).valid());
  EXPECT_TRUE(TensorView(std::vector<float>()).valid());
  EXPECT_THAT(error_of(TensorView(null, {1})), HasSubstr("null"));
  EXPECT_THAT(error_of(TensorView(null, {})), HasSubstr("null"));
}

TEST(TensorViewTest, RefusesMoreThanEightDimensions) {
  EXPECT_TRUE(TensorView(kValues, {1, 1, 1, 1, 1, 1, 1, 1}).valid());
  EXPECT_THAT(error_of(TensorView(kValues, {1, 1, 1, 1, 1, 1, 1, 1, 1})),
              HasSubstr("8 dimensions"));
}

TEST(TensorViewTest, RefusesNegativeDimensions) {
  EXPECT_THAT(error_of(TensorView(kValues, {2, -1})), HasSubstr("negative"));
  EXPECT_THAT(error_of(TensorView(kValues, {0, -1})), HasSubstr("negative"));
}

TEST(TensorViewTest, RefusesSizesThatOverflow) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(error_of(TensorView(kValues, {kMax})), HasSubstr("overflows"));
  EXPECT_THAT(
      error_of(TensorView(kValues, {int64_t{1} << 32, int64_t{1} << 32})),
      HasSubstr("overflows"));
  EXPECT_EQ(TensorView(kValues, {kMax, 0, kMax}).size(), 0);
}

TEST(TensorViewTest, RefusesStridesOfAnotherRank) {
  EXPECT_THAT(error_of(TensorView(kValues, {2, 3}, {1})), HasSubstr("strides"));
}

TEST(TensorViewTest, RefusesAnUnknownElementType) {
  const int64_t shape = 1;
  EXPECT_THAT(error_of(TensorView(kValues, static_cast<DType>(99), &shape, 1)),
              HasSubstr("element type"));
}

TEST(TensorViewTest, InvalidKeepsItsReason) {
  EXPECT_EQ(error_of(TensorView::invalid("it is sparse")), "it is sparse");
  EXPECT_NE(error_of(TensorView::invalid("")), "");
}

TEST(TensorViewTest, OnDeviceChangesThePlaceAlone) {
  int stream = 0;
  const TensorView view =
      TensorView(kValues, {2, 3}).on_device(Device::kCuda, 1, &stream);
  EXPECT_EQ(view.device(), Device::kCuda);
  EXPECT_EQ(view.device_index(), 1);
  EXPECT_EQ(view.stream(), &stream);
  EXPECT_EQ(view.data(), kValues);
  EXPECT_EQ(view.size(), 6);
}

}  // namespace
}  // namespace tblog
