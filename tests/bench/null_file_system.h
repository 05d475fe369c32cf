// SPDX-License-Identifier: Apache-2.0
//
// A file system that keeps nothing, and the writers that the benchmarks log
// with.

#ifndef TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_
#define TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_

#include <chrono>
#include <filesystem>
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

// A directory for files, gone with it.
class ScratchDirectory {
 public:
  ScratchDirectory()
      : path_(std::filesystem::temp_directory_path() /
              ("tblog_bench." + std::to_string(std::chrono::steady_clock::now()
                                                   .time_since_epoch()
                                                   .count()))) {
    std::filesystem::create_directories(path_);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

 private:
  const std::filesystem::path path_;
};

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_NULL_FILE_SYSTEM_H_
