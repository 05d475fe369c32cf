// SPDX-License-Identifier: Apache-2.0
//
// Histograms and statistics, in time per value.
//
//   read_once      the bound: one reading of the array with a sum, no more
//   stats          compute_stats
//   linear         compute_histogram, 30 buckets: range and moments, counts
//   tensorflow     compute_histogram on TensorFlow's grid
//   inputs         normal: as weights; rectified: half zeros; constant;
//                  transposed, every_other: strides; nan: one in ten
//
//   build/dev/tests/bench/tblog_histogram_bench

#include <benchmark/benchmark.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "tblog/histogram.h"

namespace tblog {
namespace {

// 4 MiB of float32: beyond the second level cache, as a layer's weights are.
constexpr int64_t kSide = 1024;
constexpr int64_t kValues = kSide * kSide;

template <class T>
std::vector<T> normal() {
  std::mt19937 random(1);
  std::normal_distribution<double> distribution(0, 20);
  std::vector<T> values(kValues);
  for (T& x : values) x = static_cast<T>(distribution(random));
  return values;
}

std::vector<float> rectified() {
  std::vector<float> values = normal<float>();
  for (float& x : values) x = x < 0 ? 0 : x;
  return values;
}

std::vector<float> one_nan_in_ten() {
  std::vector<float> values = normal<float>();
  for (size_t i = 0; i < values.size(); i += 10) {
    values[i] = std::numeric_limits<float>::quiet_NaN();
  }
  return values;
}

// The upper halves of the same values.
std::vector<BFloat16> normal_bfloat16() {
  std::vector<BFloat16> values;
  for (const float x : normal<float>()) {
    values.push_back({static_cast<uint16_t>(std::bit_cast<uint32_t>(x) >> 16)});
  }
  return values;
}

void set_counters(benchmark::State& state) {
  state.counters["per_value"] = benchmark::Counter(
      static_cast<double>(kValues) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void read_once(benchmark::State& state) {
  const std::vector<float> values = normal<float>();
  for (auto _ : state) {
    float sums[8] = {};
    for (size_t i = 0; i < values.size(); i += 8) {
      for (size_t lane = 0; lane < 8; ++lane) sums[lane] += values[i + lane];
    }
    benchmark::DoNotOptimize(sums);
  }
  set_counters(state);
}
BENCHMARK(read_once);

template <class T>
void stats(benchmark::State& state, const std::vector<T>& values) {
  for (auto _ : state) benchmark::DoNotOptimize(compute_stats(values));
  set_counters(state);
}
BENCHMARK_CAPTURE(stats, float32_normal, normal<float>());
BENCHMARK_CAPTURE(stats, float64_normal, normal<double>());
BENCHMARK_CAPTURE(stats, float32_nan, one_nan_in_ten());

void run_histogram(benchmark::State& state, const TensorView& view,
                   Scale scale) {
  HistogramOptions options;
  options.scale = scale;
  for (auto _ : state) {
    benchmark::DoNotOptimize(compute_histogram(view, options));
  }
  set_counters(state);
}

template <class T>
void linear(benchmark::State& state, const std::vector<T>& values) {
  run_histogram(state, values, Scale::kLinear);
}
BENCHMARK_CAPTURE(linear, float32_normal, normal<float>());
BENCHMARK_CAPTURE(linear, float32_rectified, rectified());
BENCHMARK_CAPTURE(linear, float32_constant, std::vector<float>(kValues, 1.5f));
BENCHMARK_CAPTURE(linear, float32_nan, one_nan_in_ten());
BENCHMARK_CAPTURE(linear, float64_normal, normal<double>());
BENCHMARK_CAPTURE(linear, int32_normal, normal<int32_t>());
BENCHMARK_CAPTURE(linear, bfloat16_normal, normal_bfloat16());

void linear_transposed(benchmark::State& state) {
  const std::vector<float> values = normal<float>();
  run_histogram(state, TensorView(values.data(), {kSide, kSide}, {1, kSide}),
                Scale::kLinear);
}
BENCHMARK(linear_transposed);

void linear_every_other(benchmark::State& state) {
  std::vector<float> values = normal<float>();
  const std::vector<float> copy = values;
  values.insert(values.end(), copy.begin(), copy.end());
  run_histogram(state, TensorView(values.data(), {kValues}, {2}),
                Scale::kLinear);
}
BENCHMARK(linear_every_other);

void tensorflow(benchmark::State& state) {
  run_histogram(state, normal<float>(), Scale::kTensorFlow);
}
BENCHMARK(tensorflow);

}  // namespace
}  // namespace tblog
