// SPDX-License-Identifier: Apache-2.0
//
// A part of a file in memory, which moves forward with what is asked for.

#ifndef TBLOG_SRC_RECORD_FILE_WINDOW_H_
#define TBLOG_SRC_RECORD_FILE_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/readable_file.h"

namespace tblog::internal {

class FileWindow {
 public:
  explicit FileWindow(ReadableFile file) : file_(std::move(file)) {}

  const ReadableFile& file() const { return file_; }

  // The file's bytes from `offset` on: at least `n` of them, unless it ends
  // before. Valid until the next call.
  // Errors: what the system says; ResourceExhausted without memory for `n`.
  absl::StatusOr<std::string_view> bytes_at(uint64_t offset, size_t n);

  // Those of them that are in memory already.
  std::string_view loaded_at(uint64_t offset) const {
    if (offset < begin_ || offset >= begin_ + size_) return {};
    return {bytes_.get() + (offset - begin_),
            size_ - static_cast<size_t>(offset - begin_)};
  }

  // Copies `n` bytes from `offset` on to `out`, and leaves the window where it
  // is. Gives how many there were.
  absl::StatusOr<size_t> peek(uint64_t offset, char* out, size_t n) const;

  // The file may have changed: read it again.
  void forget() { size_ = 0; }

 private:
  absl::Status move_to(uint64_t offset, size_t capacity);

  ReadableFile file_;
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  uint64_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_RECORD_FILE_WINDOW_H_
