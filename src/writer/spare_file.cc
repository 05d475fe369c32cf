// SPDX-License-Identifier: Apache-2.0

#include "src/writer/spare_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tblog::internal {
namespace {

constexpr size_t kCounterDigits = 6;
// Names tried before the directory is believed to have them all.
constexpr int kMaxTries = 1000;

}  // namespace

bool write_all(int fd, std::string_view bytes, size_t* written) noexcept {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    *written += static_cast<size_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

SpareFile::SpareFile(std::string path, size_t counter_at, std::string head)
    : path_(std::move(path)), counter_at_(counter_at), head_(std::move(head)) {}

int SpareFile::open() noexcept {
  if (path_.empty()) return -1;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    const int fd =
        ::open(path_.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
      size_t written = 0;
      if (write_all(fd, head_, &written)) return fd;
      ::close(fd);
      return -1;
    }
    if (errno == ENOENT && tries == 0) {
      make_directories();
    } else if (errno != EINTR && (errno != EEXIST || !count_up())) {
      return -1;
    }
  }
  return -1;
}

void SpareFile::make_directories() noexcept {
  for (size_t slash = 1; slash < path_.size(); ++slash) {
    if (path_[slash] != '/') continue;
    path_[slash] = '\0';
    ::mkdir(path_.c_str(), 0777);
    path_[slash] = '/';
  }
}

bool SpareFile::count_up() noexcept {
  for (size_t i = counter_at_ + kCounterDigits; i-- > counter_at_;) {
    if (path_[i] != '9') {
      ++path_[i];
      return true;
    }
    path_[i] = '0';
  }
  return false;
}

}  // namespace tblog::internal
