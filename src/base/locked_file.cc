// SPDX-License-Identifier: Apache-2.0

#include "src/base/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/errno_status.h"
#include "src/base/fork.h"
#include "src/base/posix_file.h"
#include "src/base/strings.h"

namespace tblog::internal {
// Source of the numbers: linux/magic.h, and fs/xfs for its own. A list of those
// that are known, since a wrong yes ends a process and a wrong no costs a
// promise. What an overlay (of a container) lies on is not told; usually it is
// one of the others.
bool keeps_reserved_blocks(int64_t f_type) {
  switch (f_type) {
    case 0xef53:      // ext2, ext3, ext4
    case 0x58465342:  // XFS
    case 0x01021994:  // tmpfs
    case 0x794c7630:  // overlay
      return true;
    default:
      return false;
  }
}

LockedFile::LockedFile(int fd, std::string path)
    : fd_(fd), path_(std::move(path)) {
  close_in_children(fd_);
}

LockedFile::~LockedFile() {
  if (fd_ < 0) return;
  if (!mapping_.empty()) ::munmap(mapping_.data(), mapping_.size());
  keep_in_children(fd_);
  ::close(fd_);
}

LockedFile::LockedFile(LockedFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      mapping_(std::exchange(other.mapping_, {})) {}

LockedFile& LockedFile::operator=(LockedFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(mapping_, other.mapping_);
  return *this;
}

absl::Status LockedFile::failed(absl::string_view what) const {
  return errno_status(errno, what, path_);
}

// Who had the lock before may have removed the file.
absl::Status LockedFile::lock() {
  int locked;
  do {
    locked = ::flock(fd_, LOCK_EX | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  if (locked != 0) {
    if (errno != EWOULDBLOCK) return failed("lock");
    return absl::UnavailableError(
        absl::StrCat(escaped(path_, 4096), " belongs to a living process"));
  }
  struct stat info;
  if (::fstat(fd_, &info) != 0) return failed("look at");
  if (!S_ISREG(info.st_mode))
    return absl::InvalidArgumentError(
        absl::StrCat(escaped(path_, 4096), " is no regular file"));
  if (info.st_nlink == 0)
    return absl::NotFoundError(absl::StrCat(escaped(path_, 4096), " is gone"));
  return absl::OkStatus();
}

absl::StatusOr<LockedFile> LockedFile::create(const std::string& path) {
  const int fd = open_fd(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (fd < 0) return errno_status(errno, "create", path);
  LockedFile file(fd, path);
  const absl::Status status = file.lock();
  if (absl::IsUnavailable(status) || absl::IsNotFound(status))
    return absl::AlreadyExistsError(
        absl::StrCat(escaped(path, 4096), " is looked at by another process"));
  if (!status.ok()) return status;
  return file;
}

absl::StatusOr<LockedFile> LockedFile::open(const std::string& path) {
  const int fd = open_fd(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return errno_status(errno, "open", path);
  LockedFile file(fd, path);
  if (absl::Status status = file.lock(); !status.ok()) return status;
  return file;
}

absl::StatusOr<uint64_t> LockedFile::size() const {
  struct stat info;
  if (::fstat(fd_, &info) != 0) return failed("look at");
  return static_cast<uint64_t>(info.st_size);
}

// fallocate(2) and not posix_fallocate(3): where the file system cannot, the
// latter writes zeros, which reserves nothing on those that copy on write.
absl::StatusOr<std::span<char>> LockedFile::reserve_and_map(size_t bytes) {
  struct statfs system;
  if (::fstatfs(fd_, &system) != 0) return failed("look at");
  if (!keeps_reserved_blocks(system.f_type))
    return absl::UnimplementedError(
        absl::StrCat("the file system of ", escaped(path_, 4096),
                     " is one of a network, or keeps no blocks reserved"));
  int reserved;
  do {
    reserved = ::fallocate(fd_, 0, 0, static_cast<off_t>(bytes));
  } while (reserved != 0 && errno == EINTR);
  if (reserved != 0) return failed("reserve blocks for");
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) return failed("map");
  mapping_ = {static_cast<char*>(memory), bytes};
  if (::madvise(memory, bytes, MADV_DONTFORK) != 0)
    return failed("keep from children");
  return mapping_;
}

absl::Status LockedFile::read_at(uint64_t offset, std::span<char> out) const {
  while (!out.empty()) {
    const ssize_t n =
        ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0)
      return absl::OutOfRangeError(
          absl::StrCat(escaped(path_, 4096), " ends too soon"));
    out = out.subspan(static_cast<size_t>(n));
    offset += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status LockedFile::write_at(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n =
        ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write to");
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status LockedFile::sync() {
  while (::fdatasync(fd_) != 0) {
    if (errno != EINTR) return failed("sync");
  }
  return absl::OkStatus();
}

absl::Status LockedFile::link(const std::string& path) {
  if (::link(path_.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return errno_status(errno, "create", path);
}

absl::Status LockedFile::remove() {
  if (::unlink(path_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return failed("remove");
}

}  // namespace tblog::internal
