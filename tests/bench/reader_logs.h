// SPDX-License-Identifier: Apache-2.0
//
// The logs that reader_bench.cc reads, each made when it is asked for.

#ifndef TBLOG_TESTS_BENCH_READER_LOGS_H_
#define TBLOG_TESTS_BENCH_READER_LOGS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "src/record/framing.h"
#include "tests/bench/log_bytes.h"
#include "tests/bench/scratch_directory.h"

namespace tblog::bench {

using internal::wire::put_bytes_always;

inline std::string noise(size_t bytes) {
  std::string out(bytes, '\0');
  uint32_t state = 1;
  for (char& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

inline std::string write_file(const std::string& name,
                              const std::string& bytes) {
  static const bench::ScratchDirectory directory;
  const std::filesystem::path path = directory / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

inline void append_event(std::string& out, int64_t step,
                         std::string_view value) {
  internal::append_record(out, event_payload(step, value));
}

inline constexpr int64_t kScalars = 1'000'000;
inline constexpr int64_t kTags = 10;

inline std::string scalar_tag(int64_t i) {
  return "layer" + std::to_string(i) + "/loss";
}

inline std::string scalar_tensor(int64_t i) {
  std::string tensor("\x08\x01\x2a\x04", 4);
  append_number(tensor, 0.001f * static_cast<float>(i));
  return tensor;
}

// Events `first` to `last`, as tblog and TensorFlow write them.
inline std::string scalars_file(int64_t first, int64_t last) {
  std::string file;
  for (int64_t i = first; i < last; ++i) {
    std::string value;
    put_bytes_always(value, 1, scalar_tag(i % kTags));
    put_bytes_always(value, 8, scalar_tensor(i));
    if (i < first + kTags) put_bytes_always(value, 9, metadata("scalars"));
    append_event(file, i / kTags, value);
  }
  return file;
}

inline const std::string& scalars_path() {
  static const std::string path =
      write_file("one/x.tfevents", scalars_file(0, kScalars));
  return path;
}

// N tags of two scalars each.
inline const std::string& tags_path(int64_t tags) {
  static std::map<int64_t, std::string> paths;
  std::string& path = paths[tags];
  if (!path.empty()) return path;
  std::string file;
  for (int64_t i = 0; i < 2 * tags; ++i) {
    std::string value;
    put_bytes_always(value, 1, scalar_tag(i % tags));
    put_bytes_always(value, 8, scalar_tensor(i));
    if (i < tags) put_bytes_always(value, 9, metadata("scalars"));
    append_event(file, i / tags, value);
  }
  return path = write_file("tags" + std::to_string(tags) + "/tfevents", file);
}

inline constexpr int64_t kFiles = 8;

inline const std::string& scalar_files_path() {
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

inline constexpr int64_t kHistograms = 2000;
inline constexpr int64_t kBuckets = 30;

inline std::string histogram_tensor(int64_t i) {
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

inline const std::string& histograms_path() {
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

enum class Log { kOfScalars, kOfHistograms, kOfImages };

inline std::string image_tensor(int64_t i) {
  static const std::string image = "\x89PNG\r\n\x1a\n" + noise(100'000);
  std::string tensor("\x08\x07\x12\x04\x12\x02\x08\x03", 8);
  put_bytes_always(tensor, 8, "256");
  put_bytes_always(tensor, 8, std::to_string(i % 1000));
  put_bytes_always(tensor, 8, image);
  return tensor;
}

inline constexpr size_t kLogBytes = 256'000'000;

inline const std::string& large_log(Log kind) {
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

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_READER_LOGS_H_
