// SPDX-License-Identifier: Apache-2.0
//
// A file opened for reading at any offset. Thread-compatible.

#ifndef TBLOG_SRC_BASE_READABLE_FILE_H_
#define TBLOG_SRC_BASE_READABLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tblog::internal {

class ReadableFile {
 public:
  // Errors: what the system says; InvalidArgument for what is no regular file
  // (a directory, or a pipe, which could block for ever).
  static absl::StatusOr<ReadableFile> open(const std::string& path);

  ReadableFile(ReadableFile&& other) noexcept;
  ReadableFile& operator=(ReadableFile&& other) noexcept;
  ~ReadableFile();

  absl::StatusOr<uint64_t> size() const;
  // Reads `n` bytes, fewer only where the file ends; gives their number.
  absl::StatusOr<size_t> read_at(uint64_t offset, char* out, size_t n) const;

  // Says that it will be read front to back: the system then reads farther
  // ahead, as for cat(1).
  void expect_all() const;

  const std::string& path() const { return path_; }

 private:
  ReadableFile(int fd, std::string path);

  int fd_;
  std::string path_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_READABLE_FILE_H_
