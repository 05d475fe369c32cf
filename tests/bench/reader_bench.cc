// SPDX-License-Identifier: Apache-2.0
//
// The price of reading, files in the page cache, each row beside its bound, a
// small program that does only the work that nobody can do without (paired.h).
//
//   crc/N        crc32c() of N bytes; bound: three streams of the instruction,
//                not put together; of 40 bytes one stream
//   scalars      10^6 scalars of 10 tags in one file by LogReader, one thread;
//                bound: framing and both checksums, the fields of the event,
//                the tag by a hash table, three columns. `peak_bytes` is ours
//                alone
//   scalars_events  the same by EventReader
//   tags/N       N tags of two scalars each by LogReader; the same bound. The
//                goal is 64 MiB and 200 bytes a tag in `peak_bytes`
//   files/N      the same scalars in 8 files of one run by N threads; bound: by
//                one
//   histograms   2,000 histograms of 30 buckets by LogReader and
//                Series::histograms(); bound: framing, checksums, fields, the
//                buckets copied out, once
//   histograms_events  the same by EventReader
//   ls/KIND      a log of 256 MB, KIND 0: scalars, 1: histograms, 2: images of
//                100 kB, by LogReader with max_points, as `tblog ls` does it;
//                bound: cat(1) to nowhere. An item is a byte
//   verify/KIND  the same by verify(); the goal is 0.5 ns a byte
//   read, read_1m, mmap, mmap_populate   256 MiB by pieces of 256 KiB, of 1
//   MiB,
//                and mapped, checksum included; `cold`: dropped from the page
//                cache before
//
//   build/dev/tests/bench/tblog_reader_bench

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tblog/verify.h"
#include "tests/bench/paired.h"
#include "tests/bench/reader_bound.h"
#include "tests/bench/reader_logs.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tblog {
namespace {

using namespace bench;  // NOLINT: reader_bound.h, reader_logs.h, paired.h

// ---- CRC-32C ----

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) uint64_t least_crc(std::string_view bytes) {
  const char* p = bytes.data();
  uint64_t a = 0, b = 0, c = 0;
  if (bytes.size() == 40) {
    for (int i = 0; i < 40; i += 8) a = _mm_crc32_u64(a, load_le64(p + i));
    return a;
  }
  const size_t third = bytes.size() / 24 * 8;
  for (size_t i = 0; i < third; i += 8) {
    a = _mm_crc32_u64(a, load_le64(p + i));
    b = _mm_crc32_u64(b, load_le64(p + third + i));
    c = _mm_crc32_u64(c, load_le64(p + 2 * third + i));
  }
  return a ^ b ^ c;
}

void crc(benchmark::State& state) {
  const std::string bytes = noise(static_cast<size_t>(state.range(0)));
  const int64_t calls = 4'000'000 / state.range(0) + 1;
  measure_row(
      state, {.items = static_cast<double>(calls), .goal = 1 / 0.9},
      [&] {
        for (int64_t i = 0; i < calls; ++i)
          benchmark::DoNotOptimize(internal::crc32c(bytes));
      },
      [&] {
        for (int64_t i = 0; i < calls; ++i)
          benchmark::DoNotOptimize(least_crc(bytes));
      });
}
BENCHMARK(crc)
    ->Arg(40)
    ->Arg(1000)
    ->Arg(16'000)
    ->Arg(250'000)
    ->Arg(16'000'000)
    ->Iterations(51)
    ->UseManualTime();

#endif

// ---- Series ----

size_t scalars_by_reader(const std::string& path, int threads) {
  LogReaderOptions options;
  options.threads = threads;
  const absl::StatusOr<LogReader> log = LogReader::open(path, options);
  size_t values = 0;
  for (const Series& series : log->runs()[0].series())
    values += series.values().size();
  return values;
}

size_t histograms_by_reader(const std::string& path) {
  LogReaderOptions options;
  options.threads = 1;
  const absl::StatusOr<LogReader> log = LogReader::open(path, options);
  size_t values = 0;
  for (const Series& series : log->runs()[0].series())
    values += series.histograms()->size();
  return values;
}

size_t values_by_events(const std::string& path) {
  absl::StatusOr<EventReader> reader = EventReader::open(path);
  size_t values = 0;
  while (true) {
    const absl::StatusOr<std::optional<Event>> event = reader->next();
    if (!event.ok() || !event->has_value()) return values;
    values += (*event)->values.size();
  }
}

// Rows of `items` values that `ours` and `bound` count.
template <class F, class G>
void measure(benchmark::State& state, int64_t items, double goal, F&& ours,
             G&& bound) {
  const auto expect = [&](size_t read) {
    if (read != static_cast<size_t>(items)) state.SkipWithError("lost some");
  };
  forget_peak_memory();
  expect(ours());
  const double peak = peak_memory_bytes();
  expect(bound());
  measure_row(state, {.items = static_cast<double>(items), .goal = goal}, ours,
              bound);
  state.counters["peak_bytes"] = peak;
}

void scalars(benchmark::State& state) {
  const std::string& path = scalars_path();
  measure(
      state, kScalars, 1.2, [&] { return scalars_by_reader(path, 1); },
      [&] { return scalars_by_hand(path); });
}
BENCHMARK(scalars)->Iterations(15)->UseManualTime();

void scalars_events(benchmark::State& state) {
  const std::string& path = scalars_path();
  measure(
      state, kScalars, 0, [&] { return values_by_events(path); },
      [&] { return scalars_by_hand(path); });
}
BENCHMARK(scalars_events)->Iterations(9)->UseManualTime();

void files(benchmark::State& state) {
  const std::string& path = scalar_files_path();
  measure(
      state, kScalars, 0,
      [&] { return scalars_by_reader(path, static_cast<int>(state.range(0))); },
      [&] { return scalars_by_reader(path, 1); });
}
BENCHMARK(files)->Arg(2)->Arg(4)->Arg(8)->Iterations(15)->UseManualTime();

void histograms(benchmark::State& state) {
  const std::string& path = histograms_path();
  measure(
      state, kHistograms, 1.5, [&] { return histograms_by_reader(path); },
      [&] { return histograms_by_hand(path); });
}
BENCHMARK(histograms)->Iterations(101)->UseManualTime();

void histograms_events(benchmark::State& state) {
  const std::string& path = histograms_path();
  measure(
      state, kHistograms, 0, [&] { return values_by_events(path); },
      [&] { return histograms_by_hand(path); });
}
BENCHMARK(histograms_events)->Iterations(101)->UseManualTime();

// ---- Large files ----

template <class F>
void measure_log(benchmark::State& state, double goal, F&& ours) {
  const std::string& path = large_log(static_cast<Log>(state.range(0)));
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  forget_peak_memory();
  ours(path);
  const double peak = peak_memory_bytes();
  measure_row(
      state, {.items = bytes, .goal = goal}, [&] { ours(path); },
      [&] { cat(path); });
  state.counters["peak_bytes"] = peak;
}

void ls(benchmark::State& state) {
  measure_log(state, 1 / 0.8, [&](const std::string& path) {
    LogReaderOptions options;
    options.max_points = 48;
    if (!LogReader::open(path, options).ok()) state.SkipWithError("no log");
  });
}
BENCHMARK(ls)->DenseRange(0, 2)->Iterations(5)->UseManualTime();

void verify(benchmark::State& state) {
  measure_log(state, 0, [&](const std::string& path) {
    if (!tblog::verify(path).ok()) state.SkipWithError("no log");
  });
}
BENCHMARK(verify)->DenseRange(0, 2)->Iterations(5)->UseManualTime();

void tags(benchmark::State& state) {
  const std::string& path = tags_path(state.range(0));
  measure(
      state, 2 * state.range(0), 0, [&] { return scalars_by_reader(path, 1); },
      [&] { return scalars_by_hand(path); });
}
BENCHMARK(tags)->Arg(100'000)->Arg(1'000'000)->Iterations(5)->UseManualTime();

// ---- Ways to a file's bytes ----

constexpr size_t kLargeBytes = size_t{256} << 20;

const std::string& large_path() {
  static const std::string path = write_file("large", noise(kLargeBytes));
  return path;
}

enum class Cache { kWarm, kCold };

void drop_cache(int fd) {
  fdatasync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

template <class F>
void measure_bytes(benchmark::State& state, Cache cache, F&& sum) {
  const int fd = open(large_path().c_str(), O_RDONLY | O_CLOEXEC);
  for (auto _ : state) {
    if (cache == Cache::kCold) {
      state.PauseTiming();
      drop_cache(fd);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(sum(fd));
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(kLargeBytes));
  close(fd);
}

uint32_t sum_of_reads(int fd, size_t piece) {
  std::vector<char> buffer(piece);
  uint32_t sum = 0;
  off_t at = 0;
  while (true) {
    const ssize_t got = pread(fd, buffer.data(), piece, at);
    if (got <= 0) return sum;
    sum = internal::crc32c({buffer.data(), static_cast<size_t>(got)}, sum);
    at += got;
  }
}

uint32_t sum_of_mapping(int fd, int flags) {
  void* map = mmap(nullptr, kLargeBytes, PROT_READ, MAP_SHARED | flags, fd, 0);
  madvise(map, kLargeBytes, MADV_SEQUENTIAL);
  const uint32_t sum =
      internal::crc32c({static_cast<const char*>(map), kLargeBytes});
  munmap(map, kLargeBytes);
  return sum;
}

void read_pieces(benchmark::State& state, Cache cache, size_t piece) {
  measure_bytes(state, cache, [&](int fd) { return sum_of_reads(fd, piece); });
}
void map_file(benchmark::State& state, Cache cache, int flags) {
  measure_bytes(state, cache,
                [&](int fd) { return sum_of_mapping(fd, flags); });
}
BENCHMARK_CAPTURE(read_pieces, read, Cache::kWarm, 256 << 10)->UseRealTime();
BENCHMARK_CAPTURE(read_pieces, read_1m, Cache::kWarm, 1 << 20)->UseRealTime();
BENCHMARK_CAPTURE(map_file, mmap, Cache::kWarm, 0)->UseRealTime();
BENCHMARK_CAPTURE(map_file, mmap_populate, Cache::kWarm, MAP_POPULATE)
    ->UseRealTime();
BENCHMARK_CAPTURE(read_pieces, read_cold, Cache::kCold, 256 << 10)
    ->UseRealTime();
BENCHMARK_CAPTURE(read_pieces, read_1m_cold, Cache::kCold, 1 << 20)
    ->UseRealTime();
BENCHMARK_CAPTURE(map_file, mmap_cold, Cache::kCold, 0)->UseRealTime();
BENCHMARK_CAPTURE(map_file, mmap_populate_cold, Cache::kCold, MAP_POPULATE)
    ->UseRealTime();

}  // namespace
}  // namespace tblog
