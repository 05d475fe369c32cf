// SPDX-License-Identifier: Apache-2.0

#include "src/base/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

// The directory of `path`, with the '/' behind it; empty: the current one.
std::string directory_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/') + 1);
}

std::string next_scratch_name(const std::string& path) {
  static std::atomic<uint64_t> count{0};
  return absl::StrCat(directory_of(path), ".tblog-", ::getpid(), "-", ++count,
                      ".tmp");
}

absl::Status failed(int error, absl::string_view what,
                    const std::string& path) {
  return absl::ErrnoToStatus(
      error, absl::StrCat("cannot ", what, " ", escaped(path, 4096)));
}

// Without a file in the way. Some file systems have no links, and some systems
// no rename that spares what is there.
int rename_to_new(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS) return errno;
  struct stat info;
  if (::lstat(to.c_str(), &info) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

WholeFile::WholeFile(int fd, std::string path, std::string scratch,
                     bool replace)
    : fd_(fd),
      path_(std::move(path)),
      scratch_(std::move(scratch)),
      replace_(replace) {}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      scratch_(std::exchange(other.scratch_, "")),
      replace_(other.replace_) {}

WholeFile& WholeFile::operator=(WholeFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(scratch_, other.scratch_);
  std::swap(replace_, other.replace_);
  return *this;
}

WholeFile::~WholeFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!scratch_.empty()) ::unlink(scratch_.c_str());
}

absl::StatusOr<WholeFile> WholeFile::create(const std::string& path,
                                            bool replace) {
  struct stat info;
  mode_t mode = 0;
  if (::stat(path.c_str(), &info) == 0) {
    if (!replace) return failed(EEXIST, "make", path);
    mode = info.st_mode & 0777;
  }
  while (true) {
    std::string scratch = next_scratch_name(path);
    const int fd =
        ::open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      // The one that it replaces may have been closed to others.
      if (mode != 0) (void)::fchmod(fd, mode);
      return WholeFile(fd, path, std::move(scratch), replace);
    }
    // A process of the same number left it behind.
    if (errno != EEXIST && errno != EINTR) return failed(errno, "make", path);
  }
}

absl::Status WholeFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(errno, "write", path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WholeFile::put_in_place() {
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
    return failed(errno, "write", path_);
  }
  if (::close(std::exchange(fd_, -1)) != 0) {
    return failed(errno, "write", path_);
  }
  if (replace_) {
    if (::rename(scratch_.c_str(), path_.c_str()) != 0) {
      return failed(errno, "make", path_);
    }
  } else if (const int error = rename_to_new(scratch_, path_); error != 0) {
    return failed(error, "make", path_);
  }
  scratch_.clear();
  return absl::OkStatus();
}

}  // namespace tblog::internal
