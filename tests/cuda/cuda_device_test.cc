// SPDX-License-Identifier: Apache-2.0
//
// The kernels on a device, against the CPU. Built with TBLOG_CUDA; skipped
// where there is no device.

#include <cuda_runtime_api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tblog/cuda.h"
#include "tblog/histogram.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

// Deviations below it have squares that are too small for a double.
constexpr double kTinyStd = 1e-150;

using testing::IsOk;
using testing::StatusIs;

class CudaDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0)
      GTEST_SKIP() << "there is no CUDA device";
    ASSERT_EQ(cudaStreamCreate(&stream_), cudaSuccess);
  }
  void TearDown() override {
    for (void* memory : memory_) cudaFree(memory);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }

  // A copy on the device, `offset` elements into its memory.
  template <class T>
  TensorView on_device(const std::vector<T>& values, size_t offset = 0) {
    void* memory = nullptr;
    EXPECT_EQ(cudaMalloc(&memory, (values.size() + offset + 1) * sizeof(T)),
              cudaSuccess);
    memory_.push_back(memory);
    T* const data = static_cast<T*>(memory) + offset;
    EXPECT_EQ(cudaMemcpyAsync(data, values.data(), values.size() * sizeof(T),
                              cudaMemcpyHostToDevice, stream_),
              cudaSuccess);
    return TensorView(data, {static_cast<int64_t>(values.size())})
        .on_device(Device::kCuda, 0, stream_);
  }

  template <class T>
  static absl::StatusOr<T> come(
      absl::StatusOr<std::unique_ptr<DeviceResult<T>>> result) {
    if (!result.ok()) return result.status();
    while (!(*result)->ready())
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    return (*result)->take();
  }

  template <class T>
  void expect_as_on_the_cpu(const std::vector<T>& values,
                            const HistogramOptions& options, size_t offset) {
    const auto h =
        come(cuda_device()->histogram(on_device(values, offset), options));
    ASSERT_THAT(h, IsOk());
    const Histogram expected = *compute_histogram(values, options);
    EXPECT_EQ(h->edges, expected.edges);
    EXPECT_EQ(h->counts, expected.counts);
    EXPECT_EQ(h->num, expected.num);
    EXPECT_EQ(h->nan, expected.nan);
    EXPECT_EQ(h->pos_inf, expected.pos_inf);
    EXPECT_EQ(h->neg_inf, expected.neg_inf);
    EXPECT_EQ(h->min, expected.min);
    EXPECT_EQ(h->max, expected.max);
    const auto stats = come(cuda_device()->stats(on_device(values, offset)));
    ASSERT_THAT(stats, IsOk());
    const TensorStats truth = *compute_stats(values);
    if (std::isfinite(truth.l1)) {
      EXPECT_NEAR(stats->sum, truth.sum, 1e-12 * truth.l1);
    }
    if (std::isfinite(truth.sum_squares)) {
      EXPECT_NEAR(stats->std, truth.std, 1e-6 * truth.std + kTinyStd);
    }
    EXPECT_EQ(stats->zeros, truth.zeros);
  }

  cudaStream_t stream_ = nullptr;
  std::vector<void*> memory_;
};

std::vector<HistogramOptions> kinds_of_histogram() {
  std::vector<HistogramOptions> kinds(6);
  kinds[1].buckets = 1;
  kinds[2].buckets = 319;
  kinds[3].buckets = 2048;
  kinds[4].scale = Scale::kTensorFlow;
  kinds[5].scale = Scale::kExplicit;
  kinds[5].edges = {-10, -0.5, 0, 3, 1e5};
  return kinds;
}

template <class T>
std::vector<std::vector<T>> kinds_of_data(size_t n) {
  std::mt19937_64 random(n);
  std::normal_distribution<double> normal(0, 20);
  std::vector<T> values(n);
  for (T& x : values) x = static_cast<T>(normal(random));
  std::vector<std::vector<T>> kinds = {values, std::vector<T>(n, T(7))};
  std::sort(values.begin(), values.end());
  kinds.push_back(values);
  for (size_t i = 0; i < n; i += 3)
    values[i] = i % 2 == 0 ? std::numeric_limits<T>::quiet_NaN()
                           : std::numeric_limits<T>::infinity();
  kinds.push_back(values);
  for (T& x : values)
    x = std::numeric_limits<T>::denorm_min() * T(random() % 9);
  kinds.push_back(values);
  return kinds;
}

TEST_F(CudaDeviceTest, CountsAreThoseOfTheCpu) {
  for (const size_t n : {0, 1, 5, 31, 1000, 4099, 1 << 20}) {
    for (const size_t offset : {0, 1, 3}) {
      for (const HistogramOptions& options : kinds_of_histogram()) {
        for (const auto& values : kinds_of_data<float>(n))
          expect_as_on_the_cpu(values, options, offset);
        for (const auto& values : kinds_of_data<double>(n))
          expect_as_on_the_cpu(values, options, offset);
      }
    }
  }
}

// Any bits are some number.
TEST_F(CudaDeviceTest, CountsOfNarrowFloatsAreThoseOfTheCpu) {
  std::mt19937 random(1);
  std::vector<Float16> halves(100'003);
  for (Float16& x : halves) x = {static_cast<uint16_t>(random())};
  std::vector<BFloat16> brains(100'003);
  for (BFloat16& x : brains) x = {static_cast<uint16_t>(random())};
  for (const HistogramOptions& options : kinds_of_histogram()) {
    expect_as_on_the_cpu(halves, options, 1);
    expect_as_on_the_cpu(brains, options, 5);
  }
}

TEST_F(CudaDeviceTest, AScalarComesBack) {
  EXPECT_EQ(*come(cuda_device()->value(on_device(std::vector<float>{2.5f}))),
            2.5);
  EXPECT_EQ(*come(cuda_device()->value(on_device(std::vector<double>{-1e300}))),
            -1e300);
  EXPECT_EQ(
      *come(cuda_device()->value(on_device(std::vector<Float16>{{0x3c00}}))),
      1.0);
}

TEST_F(CudaDeviceTest, SumsAreTheSameEachTime) {
  const TensorView view = on_device(kinds_of_data<float>(1 << 20)[0]);
  const double first = come(cuda_device()->stats(view))->sum;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(come(cuda_device()->stats(view))->sum, first);
}

TEST_F(CudaDeviceTest, ACapturedStreamIsRefused) {
  const TensorView view = on_device(std::vector<float>(10));
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal),
            cudaSuccess);
  EXPECT_THAT(cuda_device()->histogram(view, {}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
  cudaGraphDestroy(graph);
  EXPECT_THAT(come(cuda_device()->histogram(view, {})), IsOk());
}

TEST_F(CudaDeviceTest, ResultsThatNobodyTakesAreUsedAgain) {
  const TensorView view = on_device(std::vector<float>(1 << 20));
  for (int i = 0; i < 2000; ++i) {
    const auto result = cuda_device()->histogram(view, {});
    if (!result.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(result.status()));
    }
  }
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_THAT(come(cuda_device()->histogram(view, {})), IsOk());
}

// Needs no device.
TEST(CudaRefusalTest, WhatIsNotReadIsRefused) {
  const float x[16] = {};
  const TensorView host(x, {16});
  EXPECT_THAT(cuda_device()->stats(host).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const TensorView gaps =
      TensorView(x, {4, 2}, {4, 1}).on_device(Device::kCuda, 0, nullptr);
  EXPECT_THAT(cuda_device()->histogram(gaps, {}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const int32_t ints[4] = {};
  EXPECT_THAT(
      cuda_device()
          ->value(TensorView(ints, {1}).on_device(Device::kCuda, 0, nullptr))
          .status(),
      StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tblog
