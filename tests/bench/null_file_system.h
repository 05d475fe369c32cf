// SPDX-License-Identifier: Apache-2.0
//
// A file system that keeps nothing, and the writers that the benchmarks log
// with.

#ifndef TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_
#define TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tblog/summary_writer.h"

namespace tblog::bench {

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

// One that loses nothing, however slow the machine is, and writes nowhere.
inline SummaryWriter null_files_writer(WriterOptions options = {}) {
  static NullFileSystem* const file_system = new NullFileSystem;
  options.file_system = file_system;
  options.max_block = std::chrono::hours(1);
  return SummaryWriter("bench", options);
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_
