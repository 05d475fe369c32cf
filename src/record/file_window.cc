// SPDX-License-Identifier: Apache-2.0

#include "src/record/file_window.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr size_t kWindowBytes = 256 << 10;

}  // namespace

absl::StatusOr<std::string_view> FileWindow::bytes_at(uint64_t offset,
                                                      size_t n) {
  if (offset < begin_ || offset + n > begin_ + size_) {
    absl::Status status = move_to(offset, std::max(n, kWindowBytes));
    if (!status.ok()) return status;
  }
  return std::string_view(bytes_.get() + (offset - begin_),
                          size_ - static_cast<size_t>(offset - begin_));
}

absl::StatusOr<size_t> FileWindow::peek(uint64_t offset, char* out,
                                        size_t n) const {
  if (offset < begin_ || offset + n > begin_ + size_) {
    return file_.read_at(offset, out, n);
  }
  std::memcpy(out, bytes_.get() + (offset - begin_), n);
  return n;
}

absl::Status FileWindow::move_to(uint64_t offset, size_t capacity) {
  const bool overlaps = offset >= begin_ && offset <= begin_ + size_;
  const size_t kept =
      overlaps ? size_ - static_cast<size_t>(offset - begin_) : 0;
  const char* kept_bytes = bytes_.get() + (size_ - kept);
  if (capacity > capacity_) {
    std::unique_ptr<char[]> larger(new (std::nothrow) char[capacity]);
    if (larger == nullptr) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "no memory for a record of ", capacity, " bytes at offset ", offset,
          " of ", escaped(file_.path(), 4096)));
    }
    if (kept > 0) std::memcpy(larger.get(), kept_bytes, kept);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  } else if (kept > 0) {
    std::memmove(bytes_.get(), kept_bytes, kept);
  }
  begin_ = offset;
  size_ = kept;
  absl::StatusOr<size_t> got =
      file_.read_at(offset + kept, bytes_.get() + kept, capacity - kept);
  if (!got.ok()) return got.status();
  size_ += *got;
  return absl::OkStatus();
}

}  // namespace tblog::internal
