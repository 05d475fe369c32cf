// SPDX-License-Identifier: Apache-2.0

#include "src/base/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace tblog::internal {
namespace {

// A list of those that are known, since a lock that hangs would hold up the
// program. Source of the numbers: linux/magic.h, and the file systems' own.
bool locks_are_local(int fd) noexcept {
  struct statfs info;
  if (::fstatfs(fd, &info) != 0) return false;
  switch (static_cast<int64_t>(info.f_type) & 0xffffffff) {
    case 0xef53:      // ext2, ext3, ext4
    case 0x58465342:  // XFS
    case 0x9123683e:  // btrfs
    case 0x2fc12fc1:  // ZFS
    case 0xf2f52010:  // F2FS
    case 0x01021994:  // tmpfs
    case 0x858458f6:  // ramfs
    case 0x794c7630:  // overlay
      return true;
    default:
      return false;
  }
}

}  // namespace

void mark_as_written(int fd) noexcept {
  if (locks_are_local(fd)) ::flock(fd, LOCK_EX | LOCK_NB);
}

void unmark_as_written(int fd) noexcept {
  if (locks_are_local(fd)) ::flock(fd, LOCK_UN);
}

bool is_marked_as_written(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  // Shared, so that two who look do not take each other for a writer.
  const bool marked = locks_are_local(fd) &&
                      ::flock(fd, LOCK_SH | LOCK_NB) != 0 &&
                      errno == EWOULDBLOCK;
  ::close(fd);
  return marked;
}

}  // namespace tblog::internal
