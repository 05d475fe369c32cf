// SPDX-License-Identifier: Apache-2.0

#include "src/base/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/base/errno_status.h"
#include "src/base/strings.h"
#include "src/base/writer_lock.h"

namespace tblog::internal {
namespace {

// Nothing stands under the path.
bool is_absence(int error) { return error == ENOENT || error == ENOTDIR; }

bool is_shorter(const struct stat& info, uint64_t bytes) {
  return static_cast<uint64_t>(info.st_size) < bytes;
}

// Whether an NFS client has given the file, deleted on this machine while it is
// open, the name under which it lives until it is closed.
bool is_silly_renamed(int fd) {
  char name[4096];
  const std::string link = absl::StrCat("/proc/self/fd/", fd);
  const ssize_t length = ::readlink(link.c_str(), name, sizeof name);
  if (length < 0) return false;
  const std::string_view path(name, static_cast<size_t>(length));
  return path.substr(path.rfind('/') + 1).starts_with(".nfs");
}

}  // namespace

int open_fd(const std::string& path, int flags) {
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

PosixFile::~PosixFile() { close().IgnoreError(); }

absl::Status PosixFile::append(std::string_view bytes, size_t* written) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_status(errno, "write to", path_);
    *written += static_cast<size_t>(n);
    bytes_ += static_cast<size_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status PosixFile::sync() {
  while (::fdatasync(fd_) != 0) {
    if (errno != EINTR) return errno_status(errno, "sync", path_);
  }
  return absl::OkStatus();
}

// close(2) is not repeated after EINTR: on Linux the descriptor is gone by
// then.
absl::Status PosixFile::close() {
  const int fd = std::exchange(fd_, -1);
  if (fd >= 0) unmark_as_written(fd);
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR)
    return errno_status(errno, "close", path_);
  return absl::OkStatus();
}

// The count of links alone says little: some network file systems have none.
FileFate PosixFile::fate() {
  struct stat open;
  struct stat named;
  const bool is_open = fd_ >= 0;
  if (is_open && ::fstat(fd_, &open) != 0)
    return errno == ESTALE ? FileFate::kLost : FileFate::kUnknown;
  if (::stat(path_.c_str(), &named) != 0) {
    if (errno == ESTALE) return FileFate::kLost;
    if (!is_absence(errno)) return FileFate::kUnknown;
    return fate_without_name(is_open && open.st_nlink > 0);
  }
  const Identity here{named.st_dev, named.st_ino};
  const Identity ours =
      is_open ? Identity{open.st_dev, open.st_ino} : identity_;
  if (here != ours) return fate_without_name(is_open && open.st_nlink > 0);
  return is_shorter(is_open ? open : named, bytes_) ? FileFate::kLost
                                                    : FileFate::kInPlace;
}

FileFate PosixFile::fate_without_name(bool has_links) const {
  return has_links && !is_silly_renamed(fd_) ? FileFate::kMoved
                                             : FileFate::kLost;
}

absl::Status PosixFile::suspend() {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return WritableFile::suspend();
  identity_ = {info.st_dev, info.st_ino};
  // A crash handler may have appended by the descriptor.
  bytes_ = std::max(bytes_, static_cast<uint64_t>(info.st_size));
  return close();
}

// What has taken the name may be a pipe, whose reader is not waited for.
int PosixFile::resume_descriptor() noexcept {
  const int fd = open_fd(path_, O_WRONLY | O_APPEND | O_NONBLOCK);
  if (fd < 0) return -1;
  struct stat info;
  if (::fstat(fd, &info) == 0 &&
      Identity{info.st_dev, info.st_ino} == identity_ &&
      static_cast<uint64_t>(info.st_size) == bytes_)
    return fd_ = fd;
  ::close(fd);
  errno = ENOENT;
  return -1;
}

absl::Status PosixFile::resume() {
  if (resume_descriptor() >= 0) {
    mark_as_written(fd_);
    return absl::OkStatus();
  }
  if (!is_absence(errno) && errno != ESTALE && errno != ENXIO)
    return errno_status(errno, "open", path_);
  return absl::DataLossError(absl::StrCat(
      escaped(path_, 4096), " is not the file any more that it was"));
}

}  // namespace tblog::internal
