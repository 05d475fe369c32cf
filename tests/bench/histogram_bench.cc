// SPDX-License-Identifier: Apache-2.0
//
// Histograms and statistics, in time per value, beside small careful programs
// that do only the work itself. All rows of one run are comparable; TBLOG_SIMD
// names the target of the library's rows.
//
//   beside_read     linear; the bound: one reading of float32 with a sum, no
//                   more. 10^7 values of each kind, and 10^9
//   beside_table    grid; the bound: TensorFlow's grid by a table and a
//                   comparison, no more
//   beside_fresh    linear of fewer values, others at each call; the bound: one
//                   reading
//   bound_read      one reading of float32 with a sum, no more
//   bound_table     TensorFlow's grid by a table and a comparison, no more
//   linear          compute_histogram, 30 buckets: range and moments, counts
//   grid            compute_histogram on TensorFlow's grid
//   explicit        compute_histogram with 13 uneven edges
//   many            compute_histogram, 1000 buckets
//   stats           compute_stats
//   slices          linear, 10^9 values in slices of 10^7
//   …/normal        10^7 values as weights are: beyond all caches
//   …/sorted, constant, denormal, sparse (nine zeros in ten), nan (one in ten)
//   …_float64, …    other types; transposed, every_other: strides
//
//   build/dev/tests/bench/tblog_histogram_bench --benchmark_filter=…

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "src/histogram/edges.h"
#include "src/histogram/kernels.h"
#include "tblog/histogram.h"
#include "tests/bench/paired.h"

namespace tblog {
namespace {

constexpr int64_t kSide = 3162;
constexpr size_t kValues = 9'998'244;  // kSide²
static_assert(kSide * kSide == kValues);

// ---- Values ----

using Values = std::vector<float>;

Values normal(size_t n = kValues, uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> distribution(0, 20);
  Values values(n);
  for (float& x : values) x = distribution(random);
  return values;
}

Values sorted() {
  Values values = normal();
  std::sort(values.begin(), values.end());
  return values;
}

Values constant() { return Values(kValues, 1.5f); }

Values denormal() {
  Values values = normal();
  for (float& x : values) x = std::round(x * 1000) * 0x1p-149f;
  return values;
}

Values sparse() {
  Values values = normal();
  for (size_t i = 0; i < values.size(); ++i) {
    if (i * 2654435761u % 10 != 0) values[i] = 0;
  }
  return values;
}

Values one_nan_in_ten() {
  Values values = normal();
  for (size_t i = 0; i < values.size(); i += 10) {
    values[i] = std::numeric_limits<float>::quiet_NaN();
  }
  return values;
}

template <class T>
std::vector<T> as() {
  std::vector<T> values;
  for (const float x : normal()) values.push_back(static_cast<T>(x));
  return values;
}

// The upper halves of the same values: bfloat16, and bits of some half.
template <class T>
std::vector<T> upper_halves() {
  std::vector<T> values;
  for (const float x : normal()) {
    const uint32_t bits = std::bit_cast<uint32_t>(x);
    values.push_back({static_cast<decltype(T::bits)>(bits >> 16)});
  }
  return values;
}

// Bits of small floats without the upper exponents, so that all are finite.
template <class T>
std::vector<T> finite_bits() {
  std::vector<T> values;
  std::mt19937_64 random(1);
  for (size_t i = 0; i < kValues; ++i) {
    constexpr int kUnused = 64 - 8 * static_cast<int>(sizeof(T));
    const auto bits = static_cast<decltype(T::bits)>(random() >> kUnused);
    values.push_back({static_cast<decltype(T::bits)>(
        bits & ~(1u << (6 + 8 * (sizeof(T) - 1))))});
  }
  return values;
}

void count_values(benchmark::State& state, size_t n) {
  state.counters["per_value"] = benchmark::Counter(
      static_cast<double>(n) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.SetLabel(internal::kernels().name);
}

// ---- Bounds ----

void read_all(const float* values, size_t n) {
  typedef float Vector __attribute__((vector_size(32)));
  Vector sums[8] = {};
  for (size_t i = 0; i + 64 <= n; i += 64) {
#pragma GCC unroll 8
    for (size_t k = 0; k < 8; ++k) {
      Vector x;
      __builtin_memcpy(&x, values + i + 8 * k, sizeof x);
      sums[k] += x;
    }
  }
  benchmark::DoNotOptimize(sums);
}

void bound_read(benchmark::State& state, const Values& values) {
  for (auto _ : state) read_all(values.data(), values.size());
  count_values(state, values.size());
}
BENCHMARK_CAPTURE(bound_read, normal, normal());

// By the upper 13 bits, the bucket in which a float with only these lies, and
// one comparison with the edge after it.
class GridByTable {
 public:
  GridByTable() : bucket_at_(1 << 13), counts_(grid_.size() + 1) {
    for (const double edge : grid_) next_.push_back(static_cast<float>(edge));
    next_.push_back(std::numeric_limits<float>::infinity());
    for (uint32_t cell = 0; cell < bucket_at_.size(); ++cell) {
      const bool negative = cell >= bucket_at_.size() / 2;
      const uint32_t bits = negative ? (cell << 19) | 0x7ffff : cell << 19;
      const double x = std::bit_cast<float>(bits);
      bucket_at_[cell] = static_cast<uint16_t>(
          std::isnan(x) ? 0
                        : std::upper_bound(grid_.begin(), grid_.end(), x) -
                              grid_.begin());
    }
  }

  void count(const Values& values) {
    for (const float x : values) {
      const uint32_t bits = std::bit_cast<uint32_t>(x);
      const uint32_t bucket = bucket_at_[bits >> 19];
      ++counts_[bucket + (x >= next_[bucket])];
    }
    benchmark::DoNotOptimize(counts_.data());
    benchmark::ClobberMemory();
  }

 private:
  const std::vector<double> grid_{internal::tensorflow_grid().begin(),
                                  internal::tensorflow_grid().end()};
  std::vector<uint16_t> bucket_at_;
  std::vector<float> next_;
  std::vector<uint64_t> counts_;
};

void bound_table(benchmark::State& state, const Values& values) {
  GridByTable table;
  for (auto _ : state) table.count(values);
  count_values(state, values.size());
}
BENCHMARK_CAPTURE(bound_table, normal, normal());

// ---- Beside the bounds ----

// Two readings are the least; a target without AVX-512 needs more work a value.
double goal_beside_read() {
  const bool is_widest = std::string_view(internal::kernels().name) == "avx512";
  return is_widest ? 5 : 8;
}

void measure_beside_read(benchmark::State& state, const Values& values) {
  bench::measure_row(
      state,
      {.items = static_cast<double>(values.size()), .goal = goal_beside_read()},
      [&] { benchmark::DoNotOptimize(compute_histogram(values)); },
      [&] { read_all(values.data(), values.size()); });
  state.SetLabel(internal::kernels().name);
}

void measure_beside_table(benchmark::State& state, const Values& values) {
  GridByTable table;
  const HistogramOptions options = {30, Scale::kTensorFlow, {}};
  bench::measure_row(
      state, {.items = static_cast<double>(values.size()), .goal = 1.3},
      [&] { benchmark::DoNotOptimize(compute_histogram(values, options)); },
      [&] { table.count(values); });
  state.SetLabel(internal::kernels().name);
}

// Of `make`, which is called only where the row is run: all together are too
// many values.
void beside_read(benchmark::State& state, Values (*make)()) {
  measure_beside_read(state, make());
}
void beside_table(benchmark::State& state, Values (*make)()) {
  measure_beside_table(state, make());
}
Values normal_values() { return normal(); }

using benchmark::internal::Benchmark;
void as_row(Benchmark* row) {
  row->Iterations(15)->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(beside_read, normal, normal_values)->Apply(as_row);
BENCHMARK_CAPTURE(beside_read, sorted, sorted)->Apply(as_row);
BENCHMARK_CAPTURE(beside_read, constant, constant)->Apply(as_row);
BENCHMARK_CAPTURE(beside_read, denormal, denormal)->Apply(as_row);
BENCHMARK_CAPTURE(beside_read, sparse, sparse)->Apply(as_row);
BENCHMARK_CAPTURE(beside_read, nan, one_nan_in_ten)->Apply(as_row);
BENCHMARK_CAPTURE(beside_table, normal, normal_values)->Apply(as_row);
BENCHMARK_CAPTURE(beside_table, sorted, sorted)->Apply(as_row);
BENCHMARK_CAPTURE(beside_table, constant, constant)->Apply(as_row);
BENCHMARK_CAPTURE(beside_table, denormal, denormal)->Apply(as_row);
BENCHMARK_CAPTURE(beside_table, sparse, sparse)->Apply(as_row);

void beside_read_1e9(benchmark::State& state) {
  const Values some = normal();
  Values values;
  values.reserve(100 * some.size());
  for (int i = 0; i < 100; ++i)
    values.insert(values.end(), some.begin(), some.end());
  measure_beside_read(state, values);
}
BENCHMARK(beside_read_1e9)
    ->Iterations(5)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// Values that no branch predictor has seen: each call the next of many.
void beside_fresh(benchmark::State& state) {
  const int64_t n = state.range(0);
  const Values values = normal();
  const int64_t calls = static_cast<int64_t>(kValues) / n;
  const auto each = [&](auto&& call) {
    for (int64_t i = 0; i < calls; ++i) call(values.data() + i * n);
  };
  bench::measure_row(
      state,
      {.items = static_cast<double>(calls),
       .limit_ns = n == 1000 ? 2500.0 : 0.0},
      [&] {
        each([n](const float* some) {
          benchmark::DoNotOptimize(compute_histogram(TensorView(some, {n})));
        });
      },
      [&] {
        each(
            [n](const float* some) { read_all(some, static_cast<size_t>(n)); });
      });
  state.SetLabel(internal::kernels().name);
}
BENCHMARK(beside_fresh)->Arg(1000)->Arg(10'000)->Arg(100'000)->Apply(as_row);

// ---- The library ----

void run(benchmark::State& state, const TensorView& view,
         const HistogramOptions& options) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(compute_histogram(view, options));
  }
  count_values(state, static_cast<size_t>(view.size()));
}

void linear(benchmark::State& state, const TensorView& values) {
  run(state, values, {});
}
void grid(benchmark::State& state, const TensorView& values) {
  run(state, values, {30, Scale::kTensorFlow, {}});
}
void explicit_edges(benchmark::State& state, const TensorView& values) {
  run(state, values,
      {30,
       Scale::kExplicit,
       {-90, -50, -20, -10, -3, -1, 0, 1, 3, 10, 20, 50, 90}});
}
void many(benchmark::State& state, const TensorView& values) {
  run(state, values, {1000, Scale::kLinear, {}});
}
void stats(benchmark::State& state, const TensorView& values) {
  for (auto _ : state) benchmark::DoNotOptimize(compute_stats(values));
  count_values(state, static_cast<size_t>(values.size()));
}

BENCHMARK_CAPTURE(linear, normal, normal());
BENCHMARK_CAPTURE(linear, sorted, sorted());
BENCHMARK_CAPTURE(linear, constant, constant());
BENCHMARK_CAPTURE(linear, denormal, denormal());
BENCHMARK_CAPTURE(linear, sparse, sparse());
BENCHMARK_CAPTURE(linear, nan, one_nan_in_ten());
BENCHMARK_CAPTURE(grid, normal, normal());
BENCHMARK_CAPTURE(grid, sorted, sorted());
BENCHMARK_CAPTURE(grid, constant, constant());
BENCHMARK_CAPTURE(grid, denormal, denormal());
BENCHMARK_CAPTURE(grid, sparse, sparse());
BENCHMARK_CAPTURE(explicit_edges, normal, normal());
BENCHMARK_CAPTURE(many, normal, normal());
BENCHMARK_CAPTURE(many, constant, constant());
BENCHMARK_CAPTURE(stats, normal, normal());
BENCHMARK_CAPTURE(stats, nan, one_nan_in_ten());
BENCHMARK_CAPTURE(stats, float64, as<double>());

BENCHMARK_CAPTURE(linear, float64, as<double>());
BENCHMARK_CAPTURE(linear, float16, finite_bits<Float16>());
BENCHMARK_CAPTURE(linear, bfloat16, upper_halves<BFloat16>());
BENCHMARK_CAPTURE(linear, float8e4m3, finite_bits<Float8E4M3>());
BENCHMARK_CAPTURE(linear, int8, as<int8_t>());
BENCHMARK_CAPTURE(linear, int16, as<int16_t>());
BENCHMARK_CAPTURE(linear, int32, as<int32_t>());
BENCHMARK_CAPTURE(linear, int64, as<int64_t>());
BENCHMARK_CAPTURE(grid, float64, as<double>());
BENCHMARK_CAPTURE(grid, bfloat16, upper_halves<BFloat16>());

void linear_transposed(benchmark::State& state) {
  const Values values = normal();
  linear(state, TensorView(values.data(), {kSide, kSide}, {1, kSide}));
}
BENCHMARK(linear_transposed);

void linear_every_other(benchmark::State& state) {
  const Values values = normal();
  linear(state, TensorView(values.data(), {kSide * kSide / 2}, {2}));
}
BENCHMARK(linear_every_other);

void slices(benchmark::State& state) {
  const Values values = normal();
  constexpr int64_t kSlices = 100;
  const HistogramOptions options = {30, Scale::kExplicit,
                                    compute_histogram(values)->edges};
  for (auto _ : state) {
    Histogram all;
    for (int64_t i = 0; i < kSlices; ++i) {
      all = *merge(all, *compute_histogram(values, options));
    }
    benchmark::DoNotOptimize(all);
  }
  count_values(state, values.size() * kSlices);
}
BENCHMARK(slices)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tblog
