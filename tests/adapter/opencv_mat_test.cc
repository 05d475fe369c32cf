// SPDX-License-Identifier: Apache-2.0

#include "tblog/opencv_mat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace tblog {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> shape_of(const TensorView& view) {
  std::vector<int64_t> shape;
  for (size_t i = 0; i < view.rank(); ++i) shape.push_back(view.dim(i));
  return shape;
}

TEST(OpencvMatTest, EveryDepthHasItsType) {
  const std::vector<std::pair<int, DType>> types = {
      {CV_8U, DType::kUint8},    {CV_8S, DType::kInt8},
      {CV_16U, DType::kUint16},  {CV_16S, DType::kInt16},
      {CV_32S, DType::kInt32},   {CV_32F, DType::kFloat32},
      {CV_64F, DType::kFloat64}, {CV_16F, DType::kFloat16}};
  for (const auto& [depth, dtype] : types) {
    const cv::Mat mat(2, 3, depth);
    const TensorView view(mat);
    ASSERT_TRUE(view.valid()) << depth;
    EXPECT_EQ(view.dtype(), dtype);
    EXPECT_EQ(view.data(), mat.data);
    EXPECT_THAT(shape_of(view), ElementsAre(2, 3));
    EXPECT_TRUE(view.contiguous());
  }
}

TEST(OpencvMatTest, ChannelsAreTheLastDimension) {
  const cv::Mat image(4, 5, CV_8UC3);
  const TensorView view(image);
  EXPECT_THAT(shape_of(view), ElementsAre(4, 5, 3));
  EXPECT_TRUE(view.contiguous());
  const auto* const data = static_cast<const uint8_t*>(view.data());
  EXPECT_EQ(data + 2 * view.stride(0) + 3 * view.stride(1) + view.stride(2),
            &image.at<cv::Vec3b>(2, 3)[1]);
}

TEST(OpencvMatTest, PartsAreViewedInPlace) {
  const cv::Mat image(6, 7, CV_32FC2);
  const cv::Mat part = image(cv::Rect(1, 2, 3, 4));
  const TensorView view(part);
  ASSERT_TRUE(view.valid());
  EXPECT_THAT(shape_of(view), ElementsAre(4, 3, 2));
  EXPECT_FALSE(view.contiguous());
  const auto* const data = static_cast<const float*>(view.data());
  for (int r = 0; r < part.rows; ++r) {
    for (int c = 0; c < part.cols; ++c)
      EXPECT_EQ(data + r * view.stride(0) + c * view.stride(1),
                &image.at<cv::Vec2f>(r + 2, c + 1)[0]);
  }
  const cv::Mat column = image.col(3);
  EXPECT_THAT(shape_of(TensorView(column)), ElementsAre(6, 1, 2));
}

TEST(OpencvMatTest, BlobsHaveAllTheirDimensions) {
  const std::vector<int> sizes = {2, 3, 4, 5};
  const cv::Mat blob(sizes, CV_32F);
  EXPECT_THAT(shape_of(TensorView(blob)), ElementsAre(2, 3, 4, 5));
  EXPECT_TRUE(TensorView(blob).contiguous());
  const std::vector<cv::Range> ranges = {
      cv::Range::all(), {1, 3}, cv::Range::all(), {2, 4}};
  const cv::Mat part = blob(ranges);
  const TensorView view(part);
  EXPECT_THAT(shape_of(view), ElementsAre(2, 2, 4, 2));
  const int index[] = {1, 0, 3, 1};
  EXPECT_EQ(static_cast<const float*>(view.data()) + view.stride(0) +
                3 * view.stride(2) + view.stride(3),
            part.ptr<float>(index));
}

TEST(OpencvMatTest, EmptyOnesHaveNoElements) {
  const TensorView view{cv::Mat()};
  EXPECT_TRUE(view.valid());
  EXPECT_EQ(view.size(), 0);
  const TensorView rows(cv::Mat(0, 5, CV_64F));
  EXPECT_TRUE(rows.valid());
  EXPECT_EQ(rows.size(), 0);
}

TEST(OpencvMatTest, TooManyDimensionsAreRefused) {
  const std::vector<int> eight(8, 1);
  EXPECT_TRUE(TensorView(cv::Mat(eight, CV_32F)).valid());
  EXPECT_FALSE(TensorView(cv::Mat(eight, CV_32FC2)).valid());
  const std::vector<int> nine(9, 1);
  EXPECT_FALSE(TensorView(cv::Mat(nine, CV_32F)).valid());
}

TEST(OpencvMatTest, RowsThatBeginAtNoElementAreRefused) {
  std::vector<uint8_t> memory(64);
  const cv::Mat odd(2, 2, CV_8UC1, memory.data(), 3);
  EXPECT_TRUE(TensorView(odd).valid());
  cv::Mat shorts(2, 2, CV_16U, memory.data(), 6);
  EXPECT_TRUE(TensorView(shorts).valid());
  shorts.step.p[0] = 5;
  EXPECT_FALSE(TensorView(shorts).valid());
}

TEST(OpencvMatTest, TypedAndSmallOnesToo) {
  const cv::Mat_<double> typed(2, 3);
  EXPECT_EQ(TensorView(typed).data(), typed.data);
  EXPECT_EQ(TensorView(typed).dtype(), DType::kFloat64);
  const cv::Matx23f small(1, 2, 3, 4, 5, 6);
  const TensorView view(small);
  EXPECT_EQ(view.data(), &small.val[0]);
  EXPECT_THAT(shape_of(view), ElementsAre(2, 3));
  const cv::Vec3i vector(1, 2, 3);
  EXPECT_THAT(shape_of(TensorView(vector)), ElementsAre(3));
}

}  // namespace
}  // namespace tblog
