// SPDX-License-Identifier: Apache-2.0
//
// The view of an Ort::Value that docs/onnx.md shows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tblog/onnx.h"
#include "tblog/tensor_view.h"
#include "tests/onnx/fake_ort.h"
// The block of docs/onnx.md.
#include "ort_value.h"

namespace tblog {
namespace {

TEST(OrtValueTest, IsViewedWhereItLies) {
  const std::array<int64_t, 6> numbers = {1, 2, 3, 4, 5, 6};
  const Ort::Value value(numbers.data(), ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64,
                         {2, 3});
  const TensorView view(value);
  ASSERT_TRUE(view.valid());
  EXPECT_EQ(view.data(), numbers.data());
  EXPECT_EQ(view.dtype(), DType::kInt64);
  ASSERT_EQ(view.rank(), 2u);
  EXPECT_EQ(view.dim(0), 2);
  EXPECT_EQ(view.dim(1), 3);
}

TEST(OrtValueTest, ABranchThatWasNotTakenHasNoElements) {
  const Ort::Value value(nullptr, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, {0});
  const TensorView view(value);
  EXPECT_TRUE(view.valid());
  EXPECT_EQ(view.size(), 0);
}

TEST(OrtValueTest, WhatHasNoNumbersIsRefused) {
  EXPECT_FALSE(TensorView(Ort::Value()).valid());
  const Ort::Value strings(nullptr, ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, {2});
  EXPECT_FALSE(TensorView(strings).valid());
}

}  // namespace
}  // namespace tblog
