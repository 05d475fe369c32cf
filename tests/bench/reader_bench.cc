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
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "src/record/framing.h"
#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tblog/verify.h"
#include "tests/bench/log_bytes.h"
#include "tests/bench/paired.h"
#include "tests/bench/scratch_directory.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace tblog {
namespace {

using bench::append_number;
using bench::event_payload;
using bench::measure_row;
using bench::metadata;
using internal::load_le32;
using internal::load_le64;
using internal::mask_crc;
using internal::to_absl;
using internal::wire::put_bytes_always;

// ---- Files ----

std::string write_file(const std::string& name, const std::string& bytes) {
  static const bench::ScratchDirectory directory;
  const std::filesystem::path path = directory / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

void append_event(std::string& out, int64_t step, std::string_view value) {
  internal::append_record(out, event_payload(step, value));
}

constexpr int64_t kScalars = 1'000'000;
constexpr int64_t kTags = 10;

std::string scalar_tag(int64_t i) {
  return "layer" + std::to_string(i) + "/loss";
}

// Events `first` to `last`, as tblog and TensorFlow write them.
std::string scalars_file(int64_t first, int64_t last) {
  std::string file;
  for (int64_t i = first; i < last; ++i) {
    std::string value;
    put_bytes_always(value, 1, scalar_tag(i % kTags));
    std::string tensor("\x08\x01\x2a\x04", 4);
    append_number(tensor, 0.001f * static_cast<float>(i));
    put_bytes_always(value, 8, tensor);
    if (i < first + kTags) put_bytes_always(value, 9, metadata("scalars"));
    append_event(file, i / kTags, value);
  }
  return file;
}

const std::string& scalars_path() {
  static const std::string path =
      write_file("one/x.tfevents", scalars_file(0, kScalars));
  return path;
}

constexpr int64_t kFiles = 8;

const std::string& scalar_files_path() {
  static const std::string directory = [] {
    std::string path;
    for (int64_t i = 0; i < kFiles; ++i) {
      path = write_file(
          "many/" + std::to_string(i) + ".tfevents",
          scalars_file(i * kScalars / kFiles, (i + 1) * kScalars / kFiles));
    }
    return std::filesystem::path(path).parent_path().string();
  }();
  return directory;
}

constexpr int64_t kHistograms = 2000;
constexpr int64_t kBuckets = 30;

std::string histogram_tensor(int64_t i) {
  std::string content;
  for (int64_t j = 0; j < kBuckets; ++j) {
    append_number(content, static_cast<double>(j));
    append_number(content, static_cast<double>(j + 1));
    append_number(content, static_cast<double>(i * j % 97));
  }
  std::string tensor("\x08\x02\x12\x08\x12\x02\x08\x1e\x12\x02\x08\x03", 12);
  put_bytes_always(tensor, 4, content);
  return tensor;
}

const std::string& histograms_path() {
  static const std::string path = [] {
    std::string file;
    for (int64_t i = 0; i < kHistograms; ++i) {
      std::string value;
      put_bytes_always(value, 1, "conv1/weights");
      put_bytes_always(value, 8, histogram_tensor(i));
      if (i == 0) put_bytes_always(value, 9, metadata("histograms"));
      append_event(file, i, value);
    }
    return write_file("histograms/x.tfevents", file);
  }();
  return path;
}

// ---- Bounds ----

// The records of a file, both checksums checked: use(payload).
template <class F>
void for_each_record(const std::string& path, F&& use) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<char> buffer(256 << 10);
  size_t filled = 0;
  while (true) {
    const ssize_t got =
        read(fd, buffer.data() + filled, buffer.size() - filled);
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
    const char* p = buffer.data();
    const char* const end = p + filled;
    while (end - p >= 12) {
      const uint64_t length = load_le64(p);
      if (load_le32(p + 8) != mask_crc(internal::crc32c({p, 8}))) std::abort();
      if (static_cast<uint64_t>(end - p) < length + 16) break;
      const std::string_view payload(p + 12, length);
      if (load_le32(p + 12 + length) != mask_crc(internal::crc32c(payload)))
        std::abort();
      use(payload);
      p += length + 16;
    }
    filled = static_cast<size_t>(end - p);
    std::memmove(buffer.data(), p, filled);
  }
  close(fd);
}

uint64_t take_varint(const char*& p) {
  uint64_t value = 0;
  int shift = 0;
  do {
    value |= uint64_t{static_cast<uint8_t>(*p) & 0x7fu} << shift;
    shift += 7;
  } while (static_cast<uint8_t>(*p++) >= 0x80);
  return value;
}

// Calls use(field, p, n) for each field: p at its bytes or number.
template <class F>
void for_each_field(std::string_view message, F&& use) {
  const char* p = message.data();
  const char* const end = p + message.size();
  while (p < end) {
    const uint64_t tag = take_varint(p);
    uint64_t size = 0;
    const char* at = p;
    switch (tag & 7) {
      case 0:
        take_varint(p);
        break;
      case 1:
        p += 8;
        break;
      case 2:
        size = take_varint(p);
        at = p;
        p += size;
        break;
      case 5:
        p += 4;
        break;
      default:
        std::abort();
    }
    if (p > end) std::abort();
    use(tag >> 3, at, static_cast<size_t>(size));
  }
}

// An event of one value with a tensor.
struct OneValue {
  double wall_time = 0;
  int64_t step = 0;
  std::string_view tag;
  std::string_view tensor;
};

OneValue parse(std::string_view payload) {
  OneValue event;
  for_each_field(payload, [&](uint64_t field, const char* p, size_t n) {
    if (field == 1) event.wall_time = std::bit_cast<double>(load_le64(p));
    if (field == 2) event.step = static_cast<int64_t>(take_varint(p));
    if (field != 5) return;
    for_each_field({p, n}, [&](uint64_t, const char* value, size_t size) {
      for_each_field({value, size},
                     [&](uint64_t part, const char* q, size_t m) {
                       if (part == 1) event.tag = {q, m};
                       if (part == 8) event.tensor = {q, m};
                     });
    });
  });
  return event;
}

struct Columns {
  std::vector<int64_t> steps;
  std::vector<double> wall_times;
  std::vector<double> values;
};

size_t scalars_by_hand(const std::string& path) {
  absl::flat_hash_map<std::string, Columns> series;
  for_each_record(path, [&](std::string_view payload) {
    const OneValue event = parse(payload);
    double number = 0;
    for_each_field(event.tensor, [&](uint64_t field, const char* p, size_t) {
      if (field == 5) number = std::bit_cast<float>(load_le32(p));
    });
    Columns& columns = series[to_absl(event.tag)];
    columns.steps.push_back(event.step);
    columns.wall_times.push_back(event.wall_time);
    columns.values.push_back(number);
  });
  size_t values = 0;
  for (const auto& [tag, columns] : series) values += columns.values.size();
  return values;
}

size_t histograms_by_hand(const std::string& path) {
  std::vector<HistogramValue> histograms;
  for_each_record(path, [&](std::string_view payload) {
    const OneValue event = parse(payload);
    std::string_view content;
    for_each_field(event.tensor, [&](uint64_t field, const char* p, size_t n) {
      if (field == 4) content = {p, n};
    });
    HistogramValue& value = histograms.emplace_back();
    value.buckets.resize(content.size() / 24);
    for (size_t i = 0; i < value.buckets.size(); ++i) {
      const char* at = content.data() + 24 * i;
      value.buckets[i] = {std::bit_cast<double>(load_le64(at)),
                          std::bit_cast<double>(load_le64(at + 8)),
                          std::bit_cast<double>(load_le64(at + 16))};
    }
  });
  return histograms.size();
}

// ---- CRC-32C ----

std::string noise(size_t bytes) {
  std::string out(bytes, '\0');
  uint32_t state = 1;
  for (char& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

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
  bench::forget_peak_memory();
  expect(ours());
  const double peak = bench::peak_memory_bytes();
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

enum class Log { kOfScalars, kOfHistograms, kOfImages };

std::string image_tensor(int64_t i) {
  static const std::string image = "\x89PNG\r\n\x1a\n" + noise(100'000);
  std::string tensor("\x08\x07\x12\x04\x12\x02\x08\x03", 8);
  put_bytes_always(tensor, 8, "256");
  put_bytes_always(tensor, 8, std::to_string(i % 1000));
  put_bytes_always(tensor, 8, image);
  return tensor;
}

std::string scalar_tensor(int64_t i) {
  std::string tensor("\x08\x01\x2a\x04", 4);
  append_number(tensor, 0.001f * static_cast<float>(i));
  return tensor;
}

constexpr size_t kLogBytes = 256'000'000;

const std::string& large_log(Log kind) {
  static std::string paths[3];
  std::string& path = paths[static_cast<int>(kind)];
  if (!path.empty()) return path;
  std::string file;
  for (int64_t i = 0; file.size() < kLogBytes; ++i) {
    std::string value;
    put_bytes_always(value, 1, scalar_tag(i % kTags));
    put_bytes_always(value, 8,
                     kind == Log::kOfScalars      ? scalar_tensor(i)
                     : kind == Log::kOfHistograms ? histogram_tensor(i)
                                                  : image_tensor(i));
    if (i < kTags)
      put_bytes_always(value, 9,
                       metadata(kind == Log::kOfScalars      ? "scalars"
                                : kind == Log::kOfHistograms ? "histograms"
                                                             : "images"));
    append_event(file, i / kTags, value);
  }
  return path = write_file(
             "large" + std::to_string(static_cast<int>(kind)) + "/tfevents",
             file);
}

void cat(const std::string& path) {
  std::vector<char> buffer(128 << 10);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  while (read(fd, buffer.data(), buffer.size()) > 0) {
  }
  close(fd);
}

template <class F>
void measure_log(benchmark::State& state, double goal, F&& ours) {
  const std::string& path = large_log(static_cast<Log>(state.range(0)));
  const auto bytes = static_cast<double>(std::filesystem::file_size(path));
  bench::forget_peak_memory();
  ours(path);
  const double peak = bench::peak_memory_bytes();
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
