// SPDX-License-Identifier: Apache-2.0
//
// A file system that takes all and keeps nothing. Thread-safe.

#ifndef TBLOG_TESTS_TESTING_NULL_FILE_SYSTEM_H_
#define TBLOG_TESTS_TESTING_NULL_FILE_SYSTEM_H_

#include <memory>
#include <string>
#include <string_view>

#include "tblog/file_system.h"

namespace tblog::testing {

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

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_NULL_FILE_SYSTEM_H_
