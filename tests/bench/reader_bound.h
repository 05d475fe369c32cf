// SPDX-License-Identifier: Apache-2.0
//
// Small programs that do only what nobody can do without to read a log: the
// bounds of reader_bench.cc.

#ifndef TBLOG_TESTS_BENCH_READER_BOUND_H_
#define TBLOG_TESTS_BENCH_READER_BOUND_H_

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/base/strings.h"
#include "tblog/values.h"

namespace tblog::bench {

using internal::load_le32;
using internal::load_le64;
using internal::mask_crc;
using internal::to_absl;

// The records of a file, both checksums checked: use(payload).
template <class F>
inline void for_each_record(const std::string& path, F&& use) {
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

inline uint64_t take_varint(const char*& p) {
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
inline void for_each_field(std::string_view message, F&& use) {
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

inline OneValue parse(std::string_view payload) {
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

inline size_t scalars_by_hand(const std::string& path) {
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

inline size_t histograms_by_hand(const std::string& path) {
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

inline void cat(const std::string& path) {
  std::vector<char> buffer(128 << 10);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  while (read(fd, buffer.data(), buffer.size()) > 0) {
  }
  close(fd);
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_READER_BOUND_H_
