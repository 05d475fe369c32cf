// SPDX-License-Identifier: Apache-2.0
//
// SpareFile: an event file that can be begun in a handler of signals, since its
// name and its first records are made before. One thread at a time.

#ifndef TBLOG_SRC_WRITER_SPARE_FILE_H_
#define TBLOG_SRC_WRITER_SPARE_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tblog::internal {

// Async-signal-safe. Appends to `fd`; what reached the file is added to
// `*written`. False: not all did.
bool write_all(int fd, std::string_view bytes, size_t* written) noexcept;

class SpareFile {
 public:
  SpareFile() = default;
  // `head`: what the file begins with. `path` is that of an event file, whose
  // counter, six digits, begins at `counter_at`.
  SpareFile(std::string path, size_t counter_at, std::string head);

  // Async-signal-safe. Makes the directories and a new file, under the next
  // free counter, with its head: its descriptor, which is never closed; -1
  // where that fails, or nothing was prepared.
  int open() noexcept;

 private:
  void make_directories() noexcept;
  bool count_up() noexcept;

  std::string path_;
  size_t counter_at_ = 0;
  std::string head_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_SPARE_FILE_H_
