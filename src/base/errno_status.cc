// SPDX-License-Identifier: Apache-2.0

#include "src/base/errno_status.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

std::string limit_of_descriptors() {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  return absl::StrCat(" of ", limit.rlim_cur);
}

// What to do next; empty where the system's words say all there is to say.
std::string advice(int error) {
  switch (error) {
    case ENOSPC:
      return "free space or inodes on this file system (df, df -i)";
    case EDQUOT:
      return absl::StrCat("the disk quota of user ", ::geteuid(),
                          " or its group is used up (quota): delete files of "
                          "theirs, or ask for more");
    case EMFILE:
      return absl::StrCat("this process has as many files open as its limit",
                          limit_of_descriptors(),
                          " allows (ulimit -n): raise it, or close some");
    case ENFILE:
      return "the machine has as many files open as it allows "
             "(/proc/sys/fs/file-max): raise it, or end what holds them";
    case EROFS:
      return "the file system is mounted read-only, as Linux does by itself "
             "after a disk's error (dmesg, mount)";
    case EACCES:
      return absl::StrCat("user ", ::geteuid(),
                          " may not do that there (ls -l)");
    case EIO:
      return "the disk, or the network to it, failed (dmesg)";
    case ESTALE:
      return "the file server does not know it any more: it was deleted there, "
             "or the server restarted";
    default:
      return {};
  }
}

}  // namespace

absl::Status errno_status(int error, absl::string_view what,
                          const std::string& path) {
  const absl::Status status = absl::ErrnoToStatus(
      error, absl::StrCat("cannot ", what, " ", escaped(path, 4096)));
  const std::string next = advice(error);
  if (next.empty()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), "; ", next));
}

}  // namespace tblog::internal
