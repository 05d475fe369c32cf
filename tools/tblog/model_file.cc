// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/model_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "tools/tblog/display_text.h"

namespace tblog::tool {

std::string read_model(const std::string& path) {
  constexpr std::streamoff kMaxBytes = (std::streamoff{1} << 31) - 1;
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw Failure(kCannotRead, printable(path) + ": is a directory");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? std::streamoff{file.tellg()} : -1;
  if (size < 0)
    throw Failure(kCannotRead, printable(path) + ": " + std::strerror(errno));
  if (size > kMaxBytes)
    throw Failure(kCannotRead,
                  printable(path) + ": 2 GiB and more are no ONNX model");
  std::string bytes(static_cast<size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), size))
    throw Failure(kCannotRead, printable(path) + ": cannot be read");
  return bytes;
}

Failure model_failure(const std::string& path, const absl::Status& status) {
  return {kCannotRead,
          printable(path) + ": " + printable(std::string(status.message()))};
}

}  // namespace tblog::tool
