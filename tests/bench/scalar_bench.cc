// SPDX-License-Identifier: Apache-2.0
//
// The price of a scalar, into a file system that keeps nothing.
//
//   bound          what each scalar needs, by hand: clock, encoding, checksum,
//                  lock, append
//   scalar         SummaryWriter::scalar, one tag
//   coarse_clock   the same with WallClock::kCoarse
//   thinned        the same with thin_scalars_after = 1,000
//   drop_oldest    the same with Overflow::kDropOldest
//   many_tags      `scalar` over 1,000 tags
//   scalars        8 values in one event, time per event
//   threads        scalar from several threads on one writer, a tag each
//   latency        percentiles of single calls, a reading of the clock
//   included,
//                  while the I/O thread writes: medians of 40 times 100,000
//                  calls, and the slowest of all. The goal is 5 µs for p99.9
//   latency_disk   the same into files in the directory for temporary ones
//   ratio          blocks of `scalar` and `bound` in turn: the counter `ratio`;
//                  the goal is at most 3
//   journaled      blocks of `scalar` with kJournaled and with kBuffered in
//                  turn, into real files in TMPDIR: the counter `ratio`;
//                  `ratio_slow`: the same with a pause after each 10 calls, so
//                  that each finds an empty journal
//
//   build/dev/tests/bench/tblog_scalar_bench

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "tblog/summary_writer.h"

namespace tblog {
namespace {

using internal::crc32c;
using internal::mask_crc;
using internal::store_le32;
using internal::store_le64;

class NullFile final : public WritableFile {
 public:
  absl::Status append(std::string_view bytes, size_t* written) override {
    *written += bytes.size();
    return absl::OkStatus();
  }
  absl::Status sync() override { return absl::OkStatus(); }
  absl::Status close() override { return absl::OkStatus(); }
};

class NullFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string&) override {
    return std::make_unique<NullFile>();
  }
  absl::Status create_directories(const std::string&) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> absolute(const std::string& path) override {
    return "/" + path;
  }
};

NullFileSystem null_file_system;

SummaryWriter writer(WriterOptions options = {}) {
  options.file_system = &null_file_system;
  options.max_block = std::chrono::hours(1);
  return SummaryWriter("bench", options);
}

// The loop that nobody can do without, for the tag "loss/train" and steps of
// three bytes.
class Bound {
 public:
  Bound() : buffer_(size_t{1} << 20) {}

  void scalar(double value, int64_t step) {
    const double wall_time = Clock::real()->wall_time();
    char record[kBytes];
    store_le64(record, kPayload);
    store_le32(record + 8, mask_crc(crc32c({record, 8})));
    char* p = record + 12;
    *p++ = 0x09;
    store_le64(p, std::bit_cast<uint64_t>(wall_time));
    p += 8;
    *p++ = 0x10;
    *p++ = static_cast<char>(step | 0x80);
    *p++ = static_cast<char>((step >> 7) | 0x80);
    *p++ = static_cast<char>(step >> 14);
    std::memcpy(p, kHead, sizeof kHead - 1);
    p += sizeof kHead - 1;
    store_le32(p, std::bit_cast<uint32_t>(static_cast<float>(value)));
    p += 4;
    store_le32(p, mask_crc(crc32c({record + 12, kPayload})));
    std::lock_guard<std::mutex> lock(mutex_);
    if (used_ + kBytes > buffer_.size()) used_ = 0;
    std::memcpy(buffer_.data() + used_, record, kBytes);
    used_ += kBytes;
    benchmark::ClobberMemory();
  }

 private:
  // Event.summary, Summary.value, tag, tensor up to the number.
  static constexpr char kHead[] =
      "\x2a\x18\x0a\x16\x0a\x0aloss/train\x42\x08\x08\x01\x2a\x04";
  static constexpr size_t kPayload = 9 + 4 + (sizeof kHead - 1) + 4;
  static constexpr size_t kBytes = 12 + kPayload + 4;

  std::mutex mutex_;
  std::vector<char> buffer_;
  size_t used_ = 0;
};

// Steps of three bytes as varints, ever growing within a run of the benchmark.
constexpr int64_t kFirstStep = 1 << 14;

void bound(benchmark::State& state) {
  Bound bound;
  int64_t step = kFirstStep;
  for (auto _ : state) bound.scalar(0.5, step++);
}
BENCHMARK(bound);

void scalar(benchmark::State& state) {
  SummaryWriter out = writer();
  int64_t step = kFirstStep;
  for (auto _ : state) out.scalar("loss/train", 0.5, step++);
  if (out.stats().dropped > 0) state.SkipWithError("events were dropped");
}
BENCHMARK(scalar);

void log_scalars(benchmark::State& state, const WriterOptions& options) {
  SummaryWriter out = writer(options);
  int64_t step = kFirstStep;
  for (auto _ : state) out.scalar("loss/train", 0.5, step++);
}

void coarse_clock(benchmark::State& state) {
  WriterOptions options;
  options.wall_clock = WallClock::kCoarse;
  log_scalars(state, options);
}
BENCHMARK(coarse_clock);

void thinned(benchmark::State& state) {
  WriterOptions options;
  options.thin_scalars_after = 1000;
  log_scalars(state, options);
}
BENCHMARK(thinned);

void drop_oldest(benchmark::State& state) {
  WriterOptions options;
  options.overflow = Overflow::kDropOldest;
  log_scalars(state, options);
}
BENCHMARK(drop_oldest);

void many_tags(benchmark::State& state) {
  SummaryWriter out = writer();
  std::vector<std::string> tags;
  for (int i = 0; i < 1000; ++i)
    tags.push_back("layer" + std::to_string(i) + "/norm");
  int64_t call = 0;
  for (auto _ : state) {
    out.scalar(tags[static_cast<size_t>(call % 1000)], 0.5,
               kFirstStep + call / 1000);
    ++call;
  }
}
BENCHMARK(many_tags);

void scalars(benchmark::State& state) {
  SummaryWriter out = writer();
  const TagValue values[] = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4},
                             {"e", 5}, {"f", 6}, {"g", 7}, {"h", 8}};
  int64_t step = kFirstStep;
  for (auto _ : state) out.scalars(values, 8, step++);
}
BENCHMARK(scalars);

void threads(benchmark::State& state) {
  static SummaryWriter out = writer();
  const std::string tag = "thread" + std::to_string(state.thread_index());
  int64_t step = kFirstStep;
  for (auto _ : state) out.scalar(tag, 0.5, step++);
}
BENCHMARK(threads)->ThreadRange(1, 4)->UseRealTime();

// Of sorted `values`.
double percentile(const std::vector<double>& values, double share) {
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(share * last)];
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return percentile(values, 0.5);
}

// The machine does other things, too: medians of many windows tell of the
// writer.
void measure_latency(benchmark::State& state, SummaryWriter out) {
  constexpr size_t kWindows = 40;
  std::vector<double> nanos(100'000);
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> p999;
  double slowest = 0;
  int64_t step = kFirstStep;
  for (auto _ : state) {
    for (size_t i = 0; i < kWindows; ++i) {
      for (double& nano : nanos) {
        const auto begin = std::chrono::steady_clock::now();
        out.scalar("loss/train", 0.5, step++);
        nano = static_cast<double>(
            (std::chrono::steady_clock::now() - begin).count());
      }
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
  if (out.stats().dropped > 0) state.SkipWithError("events were dropped");
}

void latency(benchmark::State& state) { measure_latency(state, writer()); }
BENCHMARK(latency)->Iterations(1)->Unit(benchmark::kMillisecond);

void latency_disk(benchmark::State& state) {
  const auto directory =
      std::filesystem::temp_directory_path() / "tblog_scalar_bench";
  measure_latency(state, SummaryWriter(directory.string()));
  std::filesystem::remove_all(directory);
}
BENCHMARK(latency_disk)->Iterations(1)->Unit(benchmark::kMillisecond);

void ratio(benchmark::State& state) {
  using Seconds = std::chrono::duration<double>;
  SummaryWriter out = writer();
  Bound by_hand;
  constexpr int kBlock = 10'000;
  int64_t step = kFirstStep;
  std::vector<double> ratios;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kBlock; ++i) out.scalar("loss/train", 0.5, step + i);
    const auto middle = std::chrono::steady_clock::now();
    for (int i = 0; i < kBlock; ++i) by_hand.scalar(0.5, step + i);
    const auto end = std::chrono::steady_clock::now();
    step += kBlock;
    ratios.push_back(Seconds(middle - begin).count() /
                     Seconds(end - middle).count());
  }
  std::nth_element(ratios.begin(), ratios.begin() + ratios.size() / 2,
                   ratios.end());
  state.counters["ratio"] = ratios[ratios.size() / 2];
}
BENCHMARK(ratio)->Iterations(200)->Unit(benchmark::kMillisecond);

SummaryWriter real_writer(const std::filesystem::path& directory,
                          Durability durability) {
  WriterOptions options;
  options.durability = durability;
  options.max_block = std::chrono::hours(1);
  return SummaryWriter(directory.string(), options);
}

void journaled(benchmark::State& state) {
  using Seconds = std::chrono::duration<double>;
  const auto directory =
      std::filesystem::temp_directory_path() / "tblog_scalar_bench";
  std::filesystem::remove_all(directory);
  SummaryWriter safe = real_writer(directory / "j", Durability::kJournaled);
  SummaryWriter plain = real_writer(directory / "b", Durability::kBuffered);
  if (!safe.status().ok()) state.SkipWithError("there is no journal here");
  constexpr int kBlock = 10'000;
  int64_t step = kFirstStep;
  const auto seconds = [&](SummaryWriter& out, int calls) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) out.scalar("loss/train", 0.5, step + i);
    return Seconds(std::chrono::steady_clock::now() - begin).count();
  };
  std::vector<double> ratios, nanos;
  for (auto _ : state) {
    const double with = seconds(safe, kBlock);
    ratios.push_back(with / seconds(plain, kBlock));
    nanos.push_back(with / kBlock * 1e9);
    step += kBlock;
  }
  std::vector<double> slow;
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const double with = seconds(safe, 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    slow.push_back(with / seconds(plain, 10));
    step += 10;
    safe.flush().IgnoreError();
    plain.flush().IgnoreError();
  }
  state.counters["ratio"] = median(ratios);
  state.counters["ns_per_call"] = median(nanos);
  state.counters["ratio_slow"] = median(slow);
  safe.close().IgnoreError();
  plain.close().IgnoreError();
  std::filesystem::remove_all(directory);
}
BENCHMARK(journaled)->Iterations(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tblog
