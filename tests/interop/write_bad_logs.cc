// SPDX-License-Identifier: Apache-2.0
//
// write_bad_logs DIRECTORY: a log directory below it for each trap that
// tblog::verify() knows.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/reader/bad_logs.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const tblog::testing::BadLog& log : tblog::testing::bad_logs()) {
    for (const auto& [name, bytes] : log.files) {
      const std::filesystem::path path =
          std::filesystem::path(argv[1]) / log.trap / name;
      std::filesystem::create_directories(path.parent_path());
      std::ofstream file(path, std::ios::binary);
      file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      if (!file.flush()) return 1;
    }
    for (const auto& [name, target] : log.links)
      std::filesystem::create_symlink(
          target, std::filesystem::path(argv[1]) / log.trap / name);
    std::puts(log.trap.c_str());
  }
  return 0;
}
