// SPDX-License-Identifier: Apache-2.0
//
// Histograms of tensors on a CUDA device, 30 buckets, range and moments: built
// with TBLOG_CUDA, and nothing without a device.
//
//   device/normal, sorted, constant, nan   time on the device, by its own
//                  events; the bound: two readings of the values there
//   device_copy    the same beside a copy of the tensor to pinned memory, which
//                  is what one does without it
//   device_launch  what the caller waits: time on the host
//
// 10^9 float32, or what a quarter of the device's free memory holds.

#include <benchmark/benchmark.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tblog/cuda.h"
#include "tests/bench/cuda_values.h"
#include "tests/bench/paired.h"

namespace tblog::bench {
namespace {

constexpr size_t kMostValues = 1'000'000'000;
constexpr size_t kCopied = 16'000'000;

// What every benchmark has: values on the device, a stream, two events.
class OnDevice {
 public:
  OnDevice(size_t n, CudaKind kind) {
    size_t free = 0, total = 0;
    if (cudaMemGetInfo(&free, &total) != cudaSuccess) return;
    n_ = std::min(n, free / 4 / sizeof(float)) / 4 * 4;
    is_good_ = cudaStreamCreate(&stream_) == cudaSuccess &&
               cudaEventCreate(&begin_) == cudaSuccess &&
               cudaEventCreate(&end_) == cudaSuccess &&
               cudaMalloc(&values_, n_ * sizeof(float)) == cudaSuccess &&
               cudaMalloc(&sink_, sizeof(float)) == cudaSuccess;
    if (!is_good_) return;
    fill(values_, n_, kind, stream_);
    is_good_ = cudaStreamSynchronize(stream_) == cudaSuccess;
  }
  ~OnDevice() {
    cudaFree(sink_);
    cudaFree(values_);
    if (end_ != nullptr) cudaEventDestroy(end_);
    if (begin_ != nullptr) cudaEventDestroy(begin_);
    if (stream_ != nullptr) cudaStreamDestroy(stream_);
  }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

  bool is_good() const { return is_good_; }
  size_t count() const { return n_; }
  cudaStream_t stream() const { return stream_; }
  const float* values() const { return values_; }
  TensorView view() const {
    return TensorView(values_, {static_cast<int64_t>(n_)})
        .on_device(Device::kCuda, 0, stream_);
  }

  // Seconds that what `enqueue` enqueues takes the device.
  template <class F>
  double device_seconds(F&& enqueue) {
    cudaEventRecord(begin_, stream_);
    enqueue();
    cudaEventRecord(end_, stream_);
    cudaEventSynchronize(end_);
    float millis = 0;
    is_good_ =
        is_good_ && cudaEventElapsedTime(&millis, begin_, end_) == cudaSuccess;
    return static_cast<double>(millis) / 1e3;
  }
  // A histogram, whose result nobody takes.
  double histogram_seconds() {
    return device_seconds([&] {
      is_good_ = is_good_ && cuda_device()->histogram(view(), {}).ok();
    });
  }
  double reading_seconds() {
    return device_seconds([&] { read_once(values_, n_, sink_, stream_); });
  }

 private:
  bool is_good_ = false;
  size_t n_ = 0;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
  float* values_ = nullptr;
  float* sink_ = nullptr;
};

void device(benchmark::State& state, CudaKind kind) {
  OnDevice on_device(kMostValues, kind);
  if (!on_device.is_good()) return state.SkipWithError("no CUDA device");
  on_device.histogram_seconds();  // its memory is made at the first call
  Pairs pairs;
  for (auto _ : state) {
    const double ours = on_device.histogram_seconds();
    const double bound =
        on_device.reading_seconds() + on_device.reading_seconds();
    pairs.add(ours, bound);
    state.SetIterationTime(ours);
  }
  if (!on_device.is_good()) return state.SkipWithError("CUDA has failed");
  pairs.report(state,
               {.items = static_cast<double>(on_device.count()), .goal = 1.5});
}
BENCHMARK_CAPTURE(device, normal, CudaKind::kNormal)
    ->Iterations(20)
    ->UseManualTime();
BENCHMARK_CAPTURE(device, sorted, CudaKind::kSorted)
    ->Iterations(20)
    ->UseManualTime();
BENCHMARK_CAPTURE(device, constant, CudaKind::kConstant)
    ->Iterations(20)
    ->UseManualTime();
BENCHMARK_CAPTURE(device, nan, CudaKind::kNan)->Iterations(20)->UseManualTime();

void device_copy(benchmark::State& state) {
  OnDevice on_device(kCopied, CudaKind::kNormal);
  void* pinned = nullptr;
  if (!on_device.is_good() ||
      cudaMallocHost(&pinned, on_device.count() * sizeof(float)) != cudaSuccess)
    return state.SkipWithError("no CUDA device");
  on_device.histogram_seconds();
  Pairs pairs;
  for (auto _ : state) {
    const double ours = on_device.histogram_seconds();
    const double copy = on_device.device_seconds([&] {
      cudaMemcpyAsync(pinned, on_device.values(),
                      on_device.count() * sizeof(float), cudaMemcpyDeviceToHost,
                      on_device.stream());
    });
    pairs.add(ours, copy);
    state.SetIterationTime(ours);
  }
  cudaFreeHost(pinned);
  if (!on_device.is_good()) return state.SkipWithError("CUDA has failed");
  pairs.report(state, {.items = static_cast<double>(on_device.count())});
}
BENCHMARK(device_copy)->Iterations(50)->UseManualTime();

void device_launch(benchmark::State& state) {
  OnDevice on_device(kCopied, CudaKind::kNormal);
  if (!on_device.is_good()) return state.SkipWithError("no CUDA device");
  on_device.histogram_seconds();
  std::vector<double> seconds;
  bool is_good = true;
  for (auto _ : state) {
    seconds.push_back(seconds_of([&] {
      is_good = is_good && cuda_device()->histogram(on_device.view(), {}).ok();
    }));
    state.SetIterationTime(seconds.back());
    cudaStreamSynchronize(on_device.stream());
  }
  if (!is_good) return state.SkipWithError("CUDA has failed");
  constexpr double kNanos = 1e9;
  state.counters["ours_ns"] = median(seconds) * kNanos;
  state.counters["ours_min_ns"] =
      *std::min_element(seconds.begin(), seconds.end()) * kNanos;
  state.counters["limit_ns"] = 20'000;
}
BENCHMARK(device_launch)->Iterations(200)->UseManualTime();

}  // namespace
}  // namespace tblog::bench
