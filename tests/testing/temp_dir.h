// SPDX-License-Identifier: Apache-2.0
//
// A directory of its own for a test, removed with all that is in it.

#ifndef TBLOG_TESTS_TESTING_TEMP_DIR_H_
#define TBLOG_TESTS_TESTING_TEMP_DIR_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tblog::testing {

class TempDir {
 public:
  TempDir() : path_(::testing::TempDir() + "tblog_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no " << path_;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

  // The path of `name` in the directory.
  std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

  // Writes a new file, with the directories above it; gives its path. One that
  // is there is removed, since ext4 writes a truncated one to the disk at once.
  std::string write(std::string_view name, std::string_view contents) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(
        std::filesystem::path(path).parent_path());
    std::filesystem::remove(path);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    EXPECT_TRUE(file.good()) << path;
    return path;
  }

 private:
  std::string path_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_TEMP_DIR_H_
