// SPDX-License-Identifier: Apache-2.0
//
// What the benchmarks share: work measured beside the least that it could cost,
// in one process and in turn, since nothing else can be compared on a machine
// that does other things, too.
//
//   // 10,000 scalars a call, at most 1.25 times the bound.
//   void scalar(benchmark::State& state) {
//     measure_row(state, {.items = 10'000, .goal = 1.25},
//                 [&] { … }, [&] { … });
//   }
//   BENCHMARK(scalar)->Iterations(200)->UseManualTime();
//
// scripts/bench makes docs/performance.md from the counters that are set here:
//
//   items                the work of one call
//   ours_ns, bound_ns    medians, an item; ours_min_ns, bound_min_ns likewise
//   ratio                the median of the ratios of each two calls in turn
//   ratio_min            that of the smallest times
//   goal                 the largest ratio that is wanted; without, there is
//                        none
//   limit_ns             the longest time of an item that is wanted, likewise
//   bytes, peak_bytes    what an item takes in a file; memory of the process

#ifndef TBLOG_TESTS_BENCH_PAIRED_H_
#define TBLOG_TESTS_BENCH_PAIRED_H_

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

namespace tblog::bench {

// Of sorted `values`, which are not empty.
inline double percentile(const std::vector<double>& values, double share) {
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(share * last)];
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return percentile(values, 0.5);
}

// What `call` takes.
template <class F>
double seconds_of(F&& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  const std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - begin;
  benchmark::ClobberMemory();
  return taken.count();
}

struct Row {
  double items = 1;
  double goal = 0;      // 0: none
  double limit_ns = 0;  // likewise
};

// Calls of `ours` and of `bound`, which do `row.items` items of work each.
// Either begins every second time, so that no one always finds the cache as the
// other has left it.
class Pairs {
 public:
  template <class Ours, class Bound>
  double measure(Ours&& ours, Bound&& bound) {
    double of_bound = 0;
    const bool bound_first = ours_.size() % 2 != 0;
    if (bound_first) of_bound = seconds_of(bound);
    const double of_ours = seconds_of(ours);
    if (!bound_first) of_bound = seconds_of(bound);
    add(of_ours, of_bound);
    return of_ours;
  }
  // Seconds that were measured otherwise.
  void add(double ours, double bound) {
    ours_.push_back(ours);
    bound_.push_back(bound);
    ratios_.push_back(ours / bound);
  }

  void report(benchmark::State& state, const Row& row) const {
    const double nanos = 1e9 / row.items;
    const double ours_min = *std::min_element(ours_.begin(), ours_.end());
    const double bound_min = *std::min_element(bound_.begin(), bound_.end());
    state.counters["items"] = row.items;
    state.counters["ours_ns"] = median(ours_) * nanos;
    state.counters["ours_min_ns"] = ours_min * nanos;
    state.counters["bound_ns"] = median(bound_) * nanos;
    state.counters["bound_min_ns"] = bound_min * nanos;
    state.counters["ratio"] = median(ratios_);
    state.counters["ratio_min"] = ours_min / bound_min;
    if (row.goal > 0) state.counters["goal"] = row.goal;
    if (row.limit_ns > 0) state.counters["limit_ns"] = row.limit_ns;
  }

 private:
  std::vector<double> ours_;
  std::vector<double> bound_;
  std::vector<double> ratios_;
};

// The body of a benchmark that sets Iterations(), at least 5, and
// UseManualTime().
template <class Ours, class Bound>
void measure_row(benchmark::State& state, const Row& row, Ours&& ours,
                 Bound&& bound) {
  Pairs pairs;
  for (auto _ : state) state.SetIterationTime(pairs.measure(ours, bound));
  pairs.report(state, row);
}

// The largest amount of memory that this process has had since the last call of
// forget_peak_memory(), in bytes; 0 where the system does not tell.
inline double peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) * 1024;
  }
  return 0;
}

inline void forget_peak_memory() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_PAIRED_H_
