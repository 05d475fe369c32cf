// SPDX-License-Identifier: Apache-2.0
//
// The price of a scalar. Rows beside a bound are as paired.h has them; times
// are of one value.
//
//   scalar          one tag, a step after the other, into a file system that
//                   keeps nothing; the bound reads the clock, encodes, locks
//   scalar_file     the same into files; the bound writes every 256 KiB
//   scalars/20      20 values in one event; the bound: 20 scalars
//   write_through   kWriteThrough, beside a write(2) of the same bytes
//   threads/N       N threads on one writer, a tag each; the bound: one thread
//                   that logs as much to another writer
//   coarse_clock, thinned, drop_oldest, many_tags
//                   `scalar` with what the name says; the bound: `scalar`
//   journaled       kJournaled beside kBuffered, both into files
//   events/N, tags/N   growth: N events, or one event of each of N tags, and
//                   the end of the writer; per event
//   latency, latency_disk   percentiles of single calls, a reading of the clock
//                   included, while the I/O thread writes: medians of 40 times
//                   100,000 calls, and the slowest of all
//   close           close() of a writer with one event in a file; with 64 runs

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tblog/summary_writer.h"
#include "tests/bench/null_files_writer.h"
#include "tests/bench/paired.h"
#include "tests/bench/scalar_bound.h"
#include "tests/bench/scratch_directory.h"

namespace tblog::bench {
namespace {

constexpr int64_t kBlock = 10'000;

// Logs `kBlock` scalars more at each call.
class Scalars {
 public:
  explicit Scalars(SummaryWriter writer) : writer_(std::move(writer)) {}
  void operator()() {
    for (int64_t i = 0; i < kBlock; ++i)
      writer_.scalar("loss/train", 0.5, step_++);
  }
  SummaryWriter& writer() { return writer_; }

 private:
  SummaryWriter writer_;
  int64_t step_ = kFirstStep;
};

// The same by hand.
class BoundScalars {
 public:
  BoundScalars() = default;
  explicit BoundScalars(const std::string& path) : bound_(path) {}
  void operator()() {
    for (int64_t i = 0; i < kBlock; ++i) bound_.log(0.5, bound_step(step_++));
  }

 private:
  ScalarBound bound_;
  int64_t step_ = 0;
};

void check_nothing_lost(benchmark::State& state, const SummaryWriter& writer) {
  if (!writer.status().ok())
    state.SkipWithError(writer.status().ToString().c_str());
  if (writer.stats().dropped > 0) state.SkipWithError("events were dropped");
}

SummaryWriter file_writer(const std::string& directory,
                          WriterOptions options = {}) {
  options.max_block = std::chrono::hours(1);
  return SummaryWriter(directory, options);
}

// ---- Beside the bound ----

void scalar(benchmark::State& state) {
  Scalars ours(null_files_writer());
  BoundScalars bound;
  measure_row(state, {.items = kBlock, .goal = 1.25}, ours, bound);
  check_nothing_lost(state, ours.writer());
}
BENCHMARK(scalar)->Iterations(300)->UseManualTime();

void scalar_file(benchmark::State& state) {
  const ScratchDirectory scratch;
  Scalars ours(file_writer(scratch / "ours"));
  BoundScalars bound(scratch / "bound");
  measure_row(state, {.items = kBlock, .goal = 1.25}, ours, bound);
  check_nothing_lost(state, ours.writer());
  ours.writer().close().IgnoreError();
  state.counters["bytes"] = static_cast<double>(ours.writer().stats().bytes) /
                            static_cast<double>(ours.writer().stats().events);
}
BENCHMARK(scalar_file)->Iterations(100)->UseManualTime();

void scalars(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  SummaryWriter writer = null_files_writer();
  std::vector<std::string> tags;
  for (size_t i = 0; i < count; ++i)
    tags.push_back("metric" + std::to_string(100 + i));
  std::vector<TagValue> values;
  for (const std::string& tag : tags)
    values.emplace_back(tag, static_cast<double>(values.size()));
  int64_t step = kFirstStep;
  const int64_t calls = kBlock / state.range(0);
  const auto ours = [&] {
    for (int64_t i = 0; i < calls; ++i)
      writer.scalars(values.data(), count, step++);
  };
  BoundScalars bound;
  measure_row(state, {.items = kBlock, .goal = 0.3}, ours, bound);
  check_nothing_lost(state, writer);
}
BENCHMARK(scalars)->Arg(20)->Iterations(300)->UseManualTime();

void write_through(benchmark::State& state) {
  const ScratchDirectory scratch;
  SummaryWriter writer =
      file_writer(scratch / "ours", {.durability = Durability::kWriteThrough});
  ScalarBound by_hand(scratch / "bound");
  constexpr int64_t kCalls = 2'000;
  int64_t step = kFirstStep;
  int64_t bound_calls = 0;
  const auto ours = [&] {
    for (int64_t i = 0; i < kCalls; ++i)
      writer.scalar("loss/train", 0.5, step++);
  };
  const auto bound = [&] {
    for (int64_t i = 0; i < kCalls; ++i)
      by_hand.log_through(0.5, bound_step(bound_calls++));
  };
  measure_row(state, {.items = kCalls, .goal = 1.2}, ours, bound);
  check_nothing_lost(state, writer);
}
BENCHMARK(write_through)->Iterations(300)->UseManualTime();

// `threads` threads log a block together, a tag each.
class ThreadedScalars {
 public:
  explicit ThreadedScalars(int threads) : threads_(threads) {
    for (int i = 0; i < threads; ++i)
      tags_.push_back("loss/" + std::to_string(100'000 + i));
  }
  void operator()() {
    const int64_t calls = kBlocks * kBlock / threads_;
    std::vector<std::thread> workers;
    for (int i = 1; i < threads_; ++i)
      workers.emplace_back([this, i, calls] { log(i, calls); });
    log(0, calls);
    for (std::thread& worker : workers) worker.join();
    step_ += calls;
  }
  static constexpr int64_t kBlocks = 20;
  SummaryWriter& writer() { return writer_; }

 private:
  void log(int i, int64_t calls) {
    const std::string& tag = tags_[static_cast<size_t>(i)];
    for (int64_t k = 0; k < calls; ++k) writer_.scalar(tag, 0.5, step_ + k);
  }

  const int threads_;
  SummaryWriter writer_ = null_files_writer();
  std::vector<std::string> tags_;
  int64_t step_ = kFirstStep;
};

void threads(benchmark::State& state) {
  ThreadedScalars ours(static_cast<int>(state.range(0)));
  ThreadedScalars bound(1);
  measure_row(state, {.items = ThreadedScalars::kBlocks * kBlock, .goal = 1},
              ours, bound);
  check_nothing_lost(state, ours.writer());
}
BENCHMARK(threads)
    ->RangeMultiplier(2)
    ->Range(2, 16)
    ->Iterations(20)
    ->UseManualTime();

// ---- Beside a plain scalar ----

void measure_beside_scalar(benchmark::State& state,
                           const WriterOptions& options) {
  Scalars ours(null_files_writer(options));
  Scalars bound(null_files_writer());
  measure_row(state, {.items = kBlock}, ours, bound);
}

void coarse_clock(benchmark::State& state) {
  measure_beside_scalar(state, {.wall_clock = WallClock::kCoarse});
}
BENCHMARK(coarse_clock)->Iterations(100)->UseManualTime();

void thinned(benchmark::State& state) {
  measure_beside_scalar(state, {.thin_scalars_after = 1000});
}
BENCHMARK(thinned)->Iterations(100)->UseManualTime();

void drop_oldest(benchmark::State& state) {
  measure_beside_scalar(state, {.overflow = Overflow::kDropOldest});
}
BENCHMARK(drop_oldest)->Iterations(100)->UseManualTime();

std::vector<std::string> many_names(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i)
    names.push_back("layer" + std::to_string(i) + "/norm");
  return names;
}

void many_tags(benchmark::State& state) {
  SummaryWriter writer = null_files_writer();
  const std::vector<std::string> tags = many_names(state.range(0));
  size_t next = 0;
  int64_t step = kFirstStep;
  const auto ours = [&] {
    for (int64_t i = 0; i < kBlock; ++i) {
      writer.scalar(tags[next], 0.5, step);
      if (++next < tags.size()) continue;
      next = 0;
      ++step;
    }
  };
  // The first value of each tag has metadata.
  for (size_t i = 0; i <= tags.size() / kBlock; ++i) ours();
  Scalars bound(null_files_writer());
  measure_row(state, {.items = kBlock}, ours, bound);
}
BENCHMARK(many_tags)->Arg(1000)->Arg(100'000)->Iterations(100)->UseManualTime();

void journaled(benchmark::State& state) {
  const ScratchDirectory scratch;
  Scalars ours(file_writer(scratch / "journaled",
                           {.durability = Durability::kJournaled}));
  Scalars bound(file_writer(scratch / "buffered"));
  measure_row(state, {.items = kBlock}, ours, bound);
  check_nothing_lost(state, ours.writer());
}
BENCHMARK(journaled)->Iterations(100)->UseManualTime();

// ---- Growth ----

void count_growth(benchmark::State& state, int64_t items) {
  state.counters["items"] = static_cast<double>(items);
  state.counters["per_item"] = benchmark::Counter(
      static_cast<double>(items) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void events(benchmark::State& state) {
  const ScratchDirectory scratch;
  forget_peak_memory();
  const double before = peak_memory_bytes();
  WriterStats stats;
  for (auto _ : state) {
    SummaryWriter writer = file_writer(scratch / "run");
    for (int64_t i = 0; i < state.range(0); ++i)
      writer.scalar("loss/train", 0.5, i);
    writer.close().IgnoreError();
    stats = writer.stats();
    state.PauseTiming();
    std::filesystem::remove_all(scratch / "run");
    state.ResumeTiming();
  }
  count_growth(state, state.range(0));
  state.counters["bytes"] =
      static_cast<double>(stats.bytes) / static_cast<double>(state.range(0));
  state.counters["peak_bytes"] = peak_memory_bytes() - before;
}
BENCHMARK(events)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(5)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void tags(benchmark::State& state) {
  const std::vector<std::string> names = many_names(state.range(0));
  forget_peak_memory();
  const double before = peak_memory_bytes();
  for (auto _ : state) {
    SummaryWriter writer = null_files_writer({.max_tags = names.size()});
    for (int64_t step = 0; step < 10; ++step) {
      for (const std::string& name : names) writer.scalar(name, 0.5, step);
    }
  }
  count_growth(state, 10 * state.range(0));
  state.counters["peak_bytes"] = peak_memory_bytes() - before;
}
BENCHMARK(tags)
    ->Arg(1'000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Iterations(5)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// ---- Single calls ----

// The machine does other things, too: medians of many windows tell of the
// writer.
void measure_latency(benchmark::State& state, SummaryWriter writer) {
  constexpr size_t kWindows = 40;
  std::vector<double> nanos(100'000);
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> p999;
  double slowest = 0;
  int64_t step = kFirstStep;
  for (auto _ : state) {
    for (size_t i = 0; i < kWindows; ++i) {
      for (double& nano : nanos)
        nano =
            1e9 * seconds_of([&] { writer.scalar("loss/train", 0.5, step++); });
      std::sort(nanos.begin(), nanos.end());
      p50.push_back(percentile(nanos, 0.5));
      p99.push_back(percentile(nanos, 0.99));
      p999.push_back(percentile(nanos, 0.999));
      slowest = std::max(slowest, nanos.back());
    }
  }
  state.counters["p50_ns"] = median(p50);
  state.counters["p99_ns"] = median(p99);
  state.counters["p99.9_ns"] = median(p999);
  state.counters["max_ns"] = slowest;
  check_nothing_lost(state, writer);
}

void latency(benchmark::State& state) {
  measure_latency(state, null_files_writer());
}
BENCHMARK(latency)->Iterations(1)->Unit(benchmark::kMillisecond);

void latency_disk(benchmark::State& state) {
  const ScratchDirectory scratch;
  measure_latency(state, file_writer(scratch / "run"));
}
BENCHMARK(latency_disk)->Iterations(1)->Unit(benchmark::kMillisecond);

// With an event in each of `runs` runs.
void close(benchmark::State& state) {
  const ScratchDirectory scratch;
  std::vector<double> nanos;
  for (auto _ : state) {
    SummaryWriter writer = file_writer(scratch / "run");
    for (int64_t i = 0; i < state.range(0); ++i)
      writer.child("run" + std::to_string(i)).scalar("loss", 0.5, 1);
    const double seconds = seconds_of([&] { writer.close().IgnoreError(); });
    state.SetIterationTime(seconds);
    nanos.push_back(seconds * 1e9);
    std::filesystem::remove_all(scratch / "run");
  }
  state.counters["ours_ns"] = median(nanos);
  state.counters["ours_min_ns"] = *std::min_element(nanos.begin(), nanos.end());
  state.counters["max_ns"] = *std::max_element(nanos.begin(), nanos.end());
  state.counters["limit_ns"] = 10e6;
}
BENCHMARK(close)->Arg(1)->Arg(64)->Iterations(20)->UseManualTime()->Unit(
    benchmark::kMicrosecond);

}  // namespace
}  // namespace tblog::bench
