// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/output_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "tools/tblog/display_text.h"
#include "tools/tblog/failure.h"

namespace tblog::tool {
namespace {

constexpr size_t kMaxNameBytes = 200;

[[noreturn]] void fail(const std::string& path, int error) {
  std::string message =
      "cannot write " + printable(path) + ": " + std::strerror(error);
  if (error == EEXIST) message += " (--force replaces it)";
  throw Failure(kCannotRead, message);
}

}  // namespace

std::string safe_file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       (c == '.' && !name.empty());
    if (plain) {
      name += c;
    } else if (c == '/') {
      name += '_';
    } else {
      char escape[4];
      std::snprintf(escape, sizeof escape, "%%%02x", static_cast<uint8_t>(c));
      name += escape;
    }
  }
  if (name.size() > kMaxNameBytes) name.resize(kMaxNameBytes);
  return name.empty() ? "unnamed" : name;
}

void write_file(const std::string& path, std::string_view content,
                Existing existing) {
  if (existing == Existing::kReplace) unlink(path.c_str());
  // O_EXCL follows no link and opens nothing that exists.
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail(path, errno);
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      close(file);
      fail(path, error);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (close(file) != 0) fail(path, errno);
}

OutputFolder::OutputFolder(std::string path, Existing existing)
    : path_(std::move(path)), existing_(existing) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) fail(path_, error.value());
}

std::string OutputFolder::write(const std::string& name,
                                const std::string& extension,
                                std::string_view content) {
  const std::string safe = safe_file_name(name);
  std::string unique = safe;
  for (int i = 2; !used_.insert(unique).second; ++i)
    unique = safe + "-" + std::to_string(i);
  const std::string path = path_ + "/" + unique + "." + extension;
  write_file(path, content, existing_);
  return path;
}

}  // namespace tblog::tool
