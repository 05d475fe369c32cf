// SPDX-License-Identifier: Apache-2.0

#include "tblog/dlpack.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace tblog {
namespace {

class DlpackTest : public ::testing::Test {
 protected:
  DlpackTest() {
    tensor_.data = numbers_.data();
    tensor_.device = {kDLCPU, 0};
    tensor_.ndim = 2;
    tensor_.dtype = {kDLFloat, 32, 1};
    tensor_.shape = shape_.data();
    tensor_.strides = nullptr;
    tensor_.byte_offset = 0;
  }

  std::array<float, 12> numbers_ = {};
  std::array<int64_t, 2> shape_ = {3, 4};
  std::array<int64_t, 2> strides_ = {1, 3};
  DLTensor tensor_ = {};
};

TEST_F(DlpackTest, TensorsAreViewedInPlace) {
  const TensorView view(tensor_);
  ASSERT_TRUE(view.valid());
  EXPECT_EQ(view.data(), numbers_.data());
  EXPECT_EQ(view.dtype(), DType::kFloat32);
  ASSERT_EQ(view.rank(), 2u);
  EXPECT_EQ(view.dim(1), 4);
  EXPECT_TRUE(view.contiguous());
}

TEST_F(DlpackTest, StridesAndTheOffsetInBytesAreKept) {
  tensor_.strides = strides_.data();
  tensor_.byte_offset = 2 * sizeof(float);
  const TensorView view(tensor_);
  EXPECT_EQ(view.data(), numbers_.data() + 2);
  EXPECT_EQ(view.stride(0), 1);
  EXPECT_EQ(view.stride(1), 3);
  EXPECT_FALSE(view.contiguous());
}

TEST_F(DlpackTest, AScalarNeedsNoShape) {
  tensor_.ndim = 0;
  tensor_.shape = nullptr;
  EXPECT_EQ(TensorView(tensor_).size(), 1);
}

TEST_F(DlpackTest, ElementTypesAreThoseOfTheSameName) {
  const auto dtype = [&](int code, int bits) {
    tensor_.dtype = {static_cast<uint8_t>(code), static_cast<uint8_t>(bits), 1};
    return TensorView(tensor_).dtype();
  };
  EXPECT_EQ(dtype(kDLInt, 8), DType::kInt8);
  EXPECT_EQ(dtype(kDLInt, 64), DType::kInt64);
  EXPECT_EQ(dtype(kDLUInt, 16), DType::kUint16);
  EXPECT_EQ(dtype(kDLFloat, 16), DType::kFloat16);
  EXPECT_EQ(dtype(kDLFloat, 64), DType::kFloat64);
  EXPECT_EQ(dtype(kDLBfloat, 16), DType::kBFloat16);
  EXPECT_EQ(dtype(kDLComplex, 64), DType::kComplex64);
  EXPECT_EQ(dtype(6, 8), DType::kBool);
  EXPECT_EQ(dtype(10, 8), DType::kFloat8E4M3);
  EXPECT_EQ(dtype(12, 8), DType::kFloat8E5M2);
}

TEST_F(DlpackTest, WhatCannotBeViewedIsRefused) {
  tensor_.dtype.lanes = 4;
  EXPECT_FALSE(TensorView(tensor_).valid());
  tensor_.dtype = {kDLInt, 4, 1};
  EXPECT_FALSE(TensorView(tensor_).valid());
  tensor_.dtype = {kDLFloat, 32, 1};
  tensor_.device.device_type = kDLMetal;
  EXPECT_FALSE(TensorView(tensor_).valid());
  tensor_.device.device_type = kDLCPU;
  tensor_.shape = nullptr;
  EXPECT_FALSE(TensorView(tensor_).valid());
  tensor_.ndim = -1;
  EXPECT_FALSE(TensorView(tensor_).valid());
}

TEST_F(DlpackTest, MemoryOfCudaIsAViewOnItsDevice) {
  tensor_.device = {kDLCUDA, 1};
  const TensorView view(tensor_);
  EXPECT_EQ(view.device(), Device::kCuda);
  EXPECT_EQ(view.device_index(), 1);
}

TEST_F(DlpackTest, AManagedTensorIsViewedAndStaysItsOwners) {
  bool deleted = false;
  DLManagedTensor managed = {};
  managed.dl_tensor = tensor_;
  managed.manager_ctx = &deleted;
  managed.deleter = [](DLManagedTensor* self) {
    *static_cast<bool*>(self->manager_ctx) = true;
  };
  EXPECT_EQ(TensorView(managed).data(), numbers_.data());
  EXPECT_FALSE(deleted);
}

}  // namespace
}  // namespace tblog
