// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_BASE_POSIX_FILE_H_
#define TBLOG_SRC_BASE_POSIX_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "tblog/file_system.h"

namespace tblog::internal {

// open(2), again where a signal interrupts it; close-on-exec. -1: errno says
// why.
int open_fd(const std::string& path, int flags);

// A file of the machine's own. One thread at a time.
class PosixFile final : public WritableFile {
 public:
  // Of a new and empty file that is open for appending.
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override;

  absl::Status append(std::string_view bytes, size_t* written) override;
  absl::Status sync() override;
  absl::Status close() override;
  FileFate fate() override;
  absl::Status suspend() override;
  absl::Status resume() override;
  int descriptor() const noexcept override { return fd_; }
  int resume_descriptor() noexcept override;

 private:
  // Which file it is, whatever its name.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };

  FileFate fate_without_name(bool has_links) const;

  int fd_;
  std::string path_;
  uint64_t bytes_ = 0;  // that were appended, or stood in it when suspended
  Identity identity_;   // while suspended
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_POSIX_FILE_H_
