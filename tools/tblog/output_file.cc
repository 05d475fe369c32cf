// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/output_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/tblog/display_text.h"
#include "tools/tblog/failure.h"

namespace tblog::tool {

OutputFile::OutputFile(std::string path, Existing existing)
    : path_(std::move(path)), existing_(existing) {
  struct stat status {};
  if (existing_ == Existing::kKeep && lstat(path_.c_str(), &status) == 0)
    fail(EEXIST);
  unfinished_path_ = path_ + ".unfinished-" + std::to_string(getpid());
  file_ = open(unfinished_path_.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) fail(errno);
  // A failed write must reach the command, which std::ostream would swallow.
  stream_.exceptions(std::ios::badbit);
}

OutputFile::~OutputFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(unfinished_path_.c_str());
}

void OutputFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void OutputFile::commit() {
  stream_.flush();
  const int file = file_;
  file_ = -1;
  int error = close(file) == 0 ? 0 : errno;
  if (error == 0 && existing_ == Existing::kReplace) {
    error = rename(unfinished_path_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  } else if (error == 0) {
    // As rename(), but never over a file that came in between.
    error = link(unfinished_path_.c_str(), path_.c_str()) == 0 ? 0 : errno;
    if (error == EPERM || error == EOPNOTSUPP || error == ENOSYS)
      // A file system without hard links.
      error = rename(unfinished_path_.c_str(), path_.c_str()) == 0 ? 0 : errno;
  }
  unlink(unfinished_path_.c_str());
  if (error != 0) fail(error);
}

void OutputFile::fail(int error) const {
  std::string message =
      "cannot write " + printable(path_) + ": " + std::strerror(error);
  if (error == EEXIST) message += " (--force replaces it)";
  throw Failure(kCannotRead, message);
}

int OutputFile::Buffer::sync() {
  file_.append({pbase(), static_cast<size_t>(pptr() - pbase())});
  setp(bytes_, bytes_ + sizeof bytes_);
  return 0;
}

int OutputFile::Buffer::overflow(int c) {
  sync();
  if (c != traits_type::eof()) sputc(static_cast<char>(c));
  return traits_type::not_eof(c);
}

}  // namespace tblog::tool
