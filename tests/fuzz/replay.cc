// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target over files, for compilers without libFuzzer.
//
//   NAME_fuzz PATH…      files, and directories with all below them
//   NAME_fuzz --mutate N FILE PATH…    and over N inputs made of them by
//   chance,
//                        the same each time; FILE has the last one, which is
//                        the one that failed

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_file.h"

namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxBytes = 1 << 16;

std::string read(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void run_on(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& inputs) : inputs_(inputs) {}

  std::string next() {
    std::string bytes = any_input();
    for (size_t changes = 1 + below(8); changes > 0; --changes) change(bytes);
    bytes.resize(std::min(bytes.size(), kMaxBytes));
    return bytes;
  }

 private:
  size_t below(size_t n) { return n == 0 ? 0 : random_() % n; }
  const std::string& any_input() { return inputs_[below(inputs_.size())]; }

  void change(std::string& bytes) {
    const size_t at = below(bytes.size() + 1);
    const size_t length = std::min(below(16) + 1, bytes.size() - at);
    const std::string& other = any_input();
    const size_t from = below(other.size() + 1);
    switch (below(6)) {
      case 0:
        if (length > 0) bytes[at] ^= static_cast<char>(1 << below(8));
        return;
      case 1:
        if (length > 0) bytes[at] = static_cast<char>(below(256));
        return;
      case 2:  // counts and lengths at their limits
        bytes.replace(at, length, length, "\0\xff\x7f\x80"[below(4)]);
        return;
      case 3:
        bytes.erase(at, length);
        return;
      case 4:
        bytes.insert(at, other, from, below(64));
        return;
      default:
        bytes.replace(at, length, other, from, length);
        return;
    }
  }

  const std::vector<std::string>& inputs_;
  std::mt19937_64 random_{1};
};

}  // namespace

int main(int argc, char** argv) {
  size_t mutations = 0;
  std::string kept;
  int first = 1;
  if (argc > 4 && std::string(argv[1]) == "--mutate") {
    mutations = std::strtoull(argv[2], nullptr, 10);
    kept = argv[3];
    first = 4;
  }
  std::vector<std::string> inputs;
  for (int i = first; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      inputs.push_back(read(argv[i]));
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) inputs.push_back(read(entry.path()));
    }
  }
  std::sort(inputs.begin(), inputs.end());  // directories have any order
  for (const std::string& input : inputs) run_on(input);
  std::cout << inputs.size() << " inputs\n";
  if (inputs.empty()) return 1;
  Mutator mutator(inputs);
  for (size_t i = 0; i < mutations; ++i) {
    const std::string input = mutator.next();
    std::ofstream(kept, std::ios::binary | std::ios::trunc) << input;
    run_on(input);
  }
  return 0;
}
