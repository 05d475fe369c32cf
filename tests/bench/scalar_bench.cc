// SPDX-License-Identifier: Apache-2.0
//
// The price of a scalar, into a file system that keeps nothing.
//
//   bound          what each scalar needs, by hand: clock, encoding, checksum,
//                  lock, append
//   scalar         SummaryWriter::scalar, one tag
//   many_tags      the same over 1,000 tags
//   scalars        8 values in one event, time per event
//   threads        scalar from several threads on one writer, a tag each
//   latency        percentiles of single calls, a reading of the clock included
//   ratio          blocks of `scalar` and `bound` in turn: the counter `ratio`;
//                  the goal is at most 3
//
//   build/dev/tests/bench/tblog_scalar_bench

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
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

SummaryWriter writer() {
  WriterOptions options;
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

void latency(benchmark::State& state) {
  SummaryWriter out = writer();
  constexpr size_t kCalls = 1'000'000;
  std::vector<int64_t> nanos(kCalls);
  int64_t step = kFirstStep;
  for (auto _ : state) {
    for (int64_t& nano : nanos) {
      const auto begin = std::chrono::steady_clock::now();
      out.scalar("loss/train", 0.5, step++);
      nano = (std::chrono::steady_clock::now() - begin).count();
    }
  }
  std::sort(nanos.begin(), nanos.end());
  state.counters["p50_ns"] = static_cast<double>(nanos[kCalls / 2]);
  state.counters["p99_ns"] = static_cast<double>(nanos[kCalls / 100 * 99]);
  state.counters["p99.9_ns"] = static_cast<double>(nanos[kCalls / 1000 * 999]);
}
BENCHMARK(latency)->Iterations(1)->Unit(benchmark::kMillisecond);

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

}  // namespace
}  // namespace tblog
