// SPDX-License-Identifier: Apache-2.0
//
// Mounts that only this process sees, for tests of real disks that are full or
// read-only. They end with the process.

#ifndef TBLOG_TESTS_TESTING_OWN_MOUNTS_H_
#define TBLOG_TESTS_TESTING_OWN_MOUNTS_H_

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace tblog::testing {

// Whether this process may mount, from now on apart from all others: as root,
// or as root of a user namespace of its own. The process has one thread.
inline bool has_own_mounts() {
  static const bool has = [] {
    const uid_t user = ::geteuid();
    if (::unshare(CLONE_NEWNS) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
      std::ofstream("/proc/self/uid_map")
          << "0 " + std::to_string(user) + " 1\n";
    }
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }();
  return has;
}

// A file system in memory at `path`, a directory, while it lives.
class TinyDisk {
 public:
  TinyDisk(std::string path, const std::string& options)
      : path_(std::move(path)), options_(options) {
    EXPECT_TRUE(mount(0)) << path_;
  }
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  ~TinyDisk() { EXPECT_EQ(::umount2(path_.c_str(), MNT_DETACH), 0); }

  // Fails while a file is open for writing.
  bool set_read_only(bool read_only) const {
    return mount(MS_REMOUNT | (read_only ? MS_RDONLY : 0));
  }

 private:
  bool mount(unsigned long flags) const {
    return ::mount("tmpfs", path_.c_str(), "tmpfs", flags, options_.c_str()) ==
           0;
  }

  std::string path_;
  std::string options_;
};

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_OWN_MOUNTS_H_
