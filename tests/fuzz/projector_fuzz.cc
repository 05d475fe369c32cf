// SPDX-License-Identifier: Apache-2.0
//
// The input is a projector's config, the metadata of an embedding and its
// tensor, with a zero byte between them. Nothing outside of the directory is
// read, whatever the config says.

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "src/reader/projector.h"
#include "src/reader/value_checks.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

namespace fs = std::filesystem;
using tblog::fuzz::check;

constexpr float kSecret = 424242.25f;

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// A run's directory, with something beside it and a link to that.
const std::string& run_directory() {
  static const std::string* const kDirectory = [] {
    std::string pattern = fs::temp_directory_path() / "tblog_fuzz_XXXXXX";
    check(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
    const fs::path run = fs::path(pattern) / "run";
    fs::create_directories(run);
    write(fs::path(pattern) / "outside", "424242.25\n");
    fs::create_symlink("../outside", run / "link");
    return new std::string(run);
  }();
  return *kDirectory;
}

std::string_view take_part(std::string_view& rest) {
  const size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest = tblog::fuzz::view(data, size);
  const std::string& run = run_directory();
  write(run + "/projector_config.pbtxt", take_part(rest));
  write(run + "/m", take_part(rest));
  write(run + "/t", rest);
  std::vector<tblog::SkippedRegion> skipped;
  for (const tblog::EmbeddingFiles& embedding :
       tblog::internal::find_embeddings(run, &skipped)) {
    const auto value = embedding.read();
    if (!value.ok()) continue;
    check(static_cast<size_t>(value->points * value->dimensions) ==
              value->values.size(),
          "points are missing");
    check(value->values != std::vector<float>{kSecret} ||
              rest.find("424242") != std::string_view::npos,
          "a file outside of the directory was read");
  }
  tblog::internal::check_projector(
      run, [](tblog::internal::TrapId, const std::string&) {});
  return 0;
}
