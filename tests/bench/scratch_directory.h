// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_TESTS_BENCH_SCRATCH_DIRECTORY_H_
#define TBLOG_TESTS_BENCH_SCRATCH_DIRECTORY_H_

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace tblog::bench {

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

#endif  // TBLOG_TESTS_BENCH_SCRATCH_DIRECTORY_H_
