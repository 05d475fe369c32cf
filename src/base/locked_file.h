// SPDX-License-Identifier: Apache-2.0
//
// LockedFile: a file that one process at a time has, which the system sees to:
// the lock goes with the process, however it dies. Its bytes may be mapped and
// shared with the system, which keeps them when the process is killed.
// Thread-compatible.

#ifndef TBLOG_SRC_BASE_LOCKED_FILE_H_
#define TBLOG_SRC_BASE_LOCKED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tblog::internal {

// Whether a file system with this f_type (statfs(2)) is on this machine, and
// keeps for a file the blocks that were reserved for it: a store to a mapped
// page then finds its block, and never ends the process by SIGBUS. Not so on
// those of a network, in user space (FUSE), and those that write each change to
// another place (btrfs, ZFS).
bool keeps_reserved_blocks(int64_t f_type);

class LockedFile {
 public:
  // A new file with the lock. Errors: AlreadyExists where the path is taken, or
  // another process took the new file at once to see whether it is a left one.
  static absl::StatusOr<LockedFile> create(const std::string& path);
  // One that is there. Errors: Unavailable while another has the lock, NotFound
  // where it is gone (also by who had the lock until now), InvalidArgument if
  // it is no regular file.
  static absl::StatusOr<LockedFile> open(const std::string& path);
  // Unlocks; the file stays.
  ~LockedFile();
  LockedFile(LockedFile&& other) noexcept;
  LockedFile& operator=(LockedFile&& other) noexcept;

  const std::string& path() const { return path_; }
  absl::StatusOr<uint64_t> size() const;

  // Makes the file `bytes` long and takes the blocks for them, which read as
  // zeros, and maps it all, once; a child of fork() does not have the mapping.
  // Errors: Unimplemented where keeps_reserved_blocks() says no,
  // ResourceExhausted on a full disk.
  absl::StatusOr<std::span<char>> reserve_and_map(size_t bytes);

  // Errors: OutOfRange where the file is shorter.
  absl::Status read_at(uint64_t offset, std::span<char> out) const;
  absl::Status write_at(uint64_t offset, std::string_view bytes);
  absl::Status sync();
  // Gives it one more name. Errors: AlreadyExists where that is taken.
  absl::Status link(const std::string& path);
  // Fine also where it is gone.
  absl::Status remove();

 private:
  LockedFile(int fd, std::string path);
  absl::Status lock();
  absl::Status failed(absl::string_view what) const;

  int fd_ = -1;
  std::string path_;
  std::span<char> mapping_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_LOCKED_FILE_H_
