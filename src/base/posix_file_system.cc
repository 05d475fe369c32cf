// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/errno_status.h"
#include "src/base/posix_file.h"
#include "src/base/strings.h"
#include "src/base/writer_lock.h"
#include "tblog/file_system.h"

namespace tblog {
namespace {

using internal::errno_status;

using internal::open_fd;
using internal::PosixFile;

// Of a regular file; nothing else has an end.
absl::StatusOr<std::string> read_end_of(int fd, size_t max_bytes,
                                        const std::string& path) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return errno_status(errno, "look at", path);
  if (!S_ISREG(info.st_mode)) return errno_status(EINVAL, "read", path);
  const auto size = static_cast<uint64_t>(info.st_size);
  std::string end(std::min<uint64_t>(size, max_bytes), '\0');
  size_t have = 0;
  while (have < end.size()) {
    const auto at = static_cast<off_t>(size - end.size() + have);
    const ssize_t n = ::pread(fd, end.data() + have, end.size() - have, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_status(errno, "read", path);
    if (n == 0) break;  // it has become shorter
    have += static_cast<size_t>(n);
  }
  end.resize(have);
  return end;
}

class PosixFileSystem final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> create(
      const std::string& path) override {
    const int fd = open_fd(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (fd < 0) return errno_status(errno, "create", path);
    internal::mark_as_written(fd);
    return std::make_unique<PosixFile>(fd, path);
  }

  bool is_being_written(const std::string& path) override {
    return internal::is_marked_as_written(path);
  }

  absl::Status create_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    // Another process may make it in the same moment: what counts is that it is
    // there.
    std::error_code ignored;
    if (!error || std::filesystem::is_directory(path, ignored))
      return absl::OkStatus();
    return errno_status(error.value(), "make the directory", path);
  }

  absl::Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
    return errno_status(errno, "rename", from);
  }

  absl::StatusOr<std::string> read(const std::string& path) override {
    const int fd = open_fd(path, O_RDONLY);
    if (fd < 0) return errno_status(errno, "open", path);
    const PosixFile file(fd, path);  // closes it
    std::string contents;
    char block[1 << 14];
    for (;;) {
      const ssize_t n = ::read(fd, block, sizeof block);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno_status(errno, "read", path);
      if (n == 0) return contents;
      contents.append(block, static_cast<size_t>(n));
    }
  }

  absl::Status sync_directory(const std::string& path) override {
    const int fd = open_fd(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return errno_status(errno, "open", path);
    int failed;
    do {
      failed = ::fsync(fd);
    } while (failed != 0 && errno == EINTR);
    const int error = errno;
    ::close(fd);
    return failed == 0 ? absl::OkStatus() : errno_status(error, "sync", path);
  }

  absl::StatusOr<std::vector<std::string>> list(
      const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(path, error);
    const std::filesystem::directory_iterator end;
    for (; !error && entry != end; entry.increment(error))
      names.push_back(entry->path().filename().string());
    if (error) return errno_status(error.value(), "list", path);
    return names;
  }

  absl::StatusOr<std::string> read_end(const std::string& path,
                                       size_t max_bytes) override {
    const int fd = open_fd(path, O_RDONLY | O_NONBLOCK);
    if (fd < 0) return errno_status(errno, "open", path);
    absl::StatusOr<std::string> end = read_end_of(fd, max_bytes, path);
    ::close(fd);
    return end;
  }

  // What the user may have, not what root has in reserve; of a directory that
  // is not there yet, where it will be.
  absl::StatusOr<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info;
    std::string above = path;
    while (::statvfs(above.empty() ? "/" : above.c_str(), &info) != 0) {
      const size_t slash = above.rfind('/');
      if (errno == EINTR) continue;
      if (errno != ENOENT || slash == std::string::npos || above.empty())
        return errno_status(errno, "ask for the free bytes of", path);
      above.resize(slash);
    }
    return uint64_t{info.f_bavail} * info.f_frsize;
  }

  absl::StatusOr<std::string> absolute(const std::string& path) override {
    std::error_code error;
    const std::filesystem::path absolute =
        std::filesystem::absolute(path, error);
    if (error)
      return errno_status(error.value(), "find the absolute path of", path);
    std::string normal = absolute.lexically_normal().string();
    while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
    return normal;
  }
};

}  // namespace

absl::Status FileSystem::rename(const std::string& from, const std::string&) {
  return absl::UnimplementedError(absl::StrCat("the file system cannot rename ",
                                               internal::escaped(from, 4096)));
}

absl::StatusOr<std::string> FileSystem::read(const std::string& path) {
  return absl::UnimplementedError(absl::StrCat("the file system cannot read ",
                                               internal::escaped(path, 4096)));
}

FileSystem* FileSystem::real() noexcept {
  static PosixFileSystem* file_system = new PosixFileSystem;
  return file_system;
}

}  // namespace tblog
