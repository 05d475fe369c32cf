// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target over files, for compilers without libFuzzer.
//
//   NAME_replay PATH…      files, and directories with all below them

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "tests/fuzz/fuzz_file.h"

namespace {

void run_on(const std::filesystem::path& path, size_t& files) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string input = bytes.str();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
  ++files;
}

}  // namespace

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      run_on(argv[i], files);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) run_on(entry.path(), files);
    }
  }
  std::cout << files << " inputs\n";
  return files > 0 ? 0 : 1;
}
