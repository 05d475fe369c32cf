// SPDX-License-Identifier: Apache-2.0

#include "src/base/readable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/errno_status.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

// read(2) takes no more at once on Linux.
constexpr size_t kMaxReadBytes = size_t{1} << 30;

}  // namespace

ReadableFile::ReadableFile(int fd, std::string path)
    : fd_(fd), path_(std::move(path)) {}

ReadableFile::ReadableFile(ReadableFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

ReadableFile& ReadableFile::operator=(ReadableFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

ReadableFile::~ReadableFile() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<ReadableFile> ReadableFile::open(const std::string& path) {
  int fd;
  do {
    // Not blocking: opening a pipe without a writer would wait for one.
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return errno_status(errno, "open", path);
  ReadableFile file(fd, path);
  struct stat info;
  if (::fstat(fd, &info) != 0) return errno_status(errno, "look at", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", escaped(path, 4096),
                     S_ISDIR(info.st_mode) ? ": it is a directory"
                                           : ": it is no regular file"));
  }
  return file;
}

absl::StatusOr<uint64_t> ReadableFile::size() const {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return errno_status(errno, "look at", path_);
  return static_cast<uint64_t>(info.st_size);
}

void ReadableFile::expect_all() const {
  static_cast<void>(::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL));
}

absl::StatusOr<size_t> ReadableFile::read_at(uint64_t offset, char* out,
                                             size_t n) const {
  size_t done = 0;
  while (done < n) {
    const ssize_t got =
        ::pread(fd_, out + done, std::min(n - done, kMaxReadBytes),
                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_status(errno, "read", path_);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace tblog::internal
