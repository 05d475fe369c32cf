// SPDX-License-Identifier: Apache-2.0

#include "src/base/locked_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "src/base/fork.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::internal {
namespace {

using ::tblog::testing::TempDir;

// The exit status of a child process that calls `body`; 128 and more: a signal.
int in_child(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class LockedFileTest : public ::testing::Test {
 protected:
  TempDir dir_;
  const std::string path_ = dir_ / "file";
};

TEST_F(LockedFileTest, BelongsToOneAtATimeAlsoWithinAProcess) {
  auto file = LockedFile::create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(absl::IsUnavailable(LockedFile::open(path_).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(LockedFile::create(path_).status()));
  { const LockedFile gone = *std::move(file); }
  EXPECT_TRUE(LockedFile::open(path_).ok());
}

TEST_F(LockedFileTest, IsFreeOnceItsProcessIsKilledThoughAChildLivesOn) {
  int child_lives[2];
  int child_began[2];  // until it runs, it has its parent's descriptors
  ASSERT_EQ(::pipe(child_lives), 0);
  ASSERT_EQ(::pipe(child_began), 0);
  const int status = in_child([&] {
    const auto file = LockedFile::create(path_);
    if (::fork() == 0) {  // lives until the test ends
      ::close(child_lives[1]);
      char nothing = 0;
      if (::write(child_began[1], &nothing, 1) != 1) ::_exit(1);
      ::_exit(static_cast<int>(::read(child_lives[0], &nothing, 1)));
    }
    char nothing;
    if (::read(child_began[0], &nothing, 1) != 1) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
    return file.ok() ? 0 : 1;
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  EXPECT_TRUE(LockedFile::open(path_).ok());
  for (int i = 0; i < 2; ++i) {
    ::close(child_lives[i]);
    ::close(child_began[i]);
  }
}

TEST_F(LockedFileTest, StaysLockedForTheParentWhenAChildEnds) {
  const auto file = LockedFile::create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(in_child([] { return 0; }), 0);
  EXPECT_TRUE(absl::IsUnavailable(LockedFile::open(path_).status()));
}

TEST_F(LockedFileTest, ChildrenCloseWhatIsToldAndNotWhatIsForgotten) {
  const int fd = ::dup(0);
  ASSERT_TRUE(close_in_children(fd));
  EXPECT_EQ(in_child([&] { return ::close(fd) == 0 ? 1 : 0; }), 0);
  keep_in_children(fd);
  EXPECT_EQ(in_child([&] { return ::close(fd) == 0 ? 1 : 0; }), 1);
  ::close(fd);
}

TEST_F(LockedFileTest, MappedBytesOutliveAKill) {
  const int status = in_child([&] {
    auto file = LockedFile::create(path_);
    const auto bytes = file->reserve_and_map(1 << 16);
    if (!bytes.ok()) return 1;
    std::memcpy(bytes->data() + 5000, "hello", 5);
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  const auto file = LockedFile::open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  char found[5];
  ASSERT_TRUE(file->read_at(5000, found).ok());
  EXPECT_EQ(std::string(found, 5), "hello");
}

TEST_F(LockedFileTest, AChildHasNoMapping) {
  auto file = LockedFile::create(path_);
  const auto bytes = file->reserve_and_map(1 << 16);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(in_child([&] {
              ::signal(SIGSEGV, SIG_DFL);
              (*bytes)[0] = 'x';
              return 0;
            }),
            128 + SIGSEGV);
}

TEST_F(LockedFileTest, ReservingBeyondALimitIsAnErrorAndNoSignal) {
  EXPECT_EQ(in_child([&] {
              const rlimit limit{4096, 4096};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              ::signal(SIGXFSZ, SIG_IGN);
              auto file = LockedFile::create(path_);
              return file->reserve_and_map(1 << 16).ok() ? 1 : 0;
            }),
            0);
}

TEST_F(LockedFileTest, OneThatWasRemovedIsNotFound) {
  auto file = LockedFile::create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->remove().ok());
  EXPECT_TRUE(file->remove().ok());
  EXPECT_TRUE(absl::IsNotFound(LockedFile::open(path_).status()));
}

TEST_F(LockedFileTest, ADirectoryAndALinkAreRefused) {
  EXPECT_FALSE(LockedFile::open(dir_ / "").ok());
  std::ofstream(dir_ / "other") << "x";
  std::filesystem::create_symlink(dir_ / "other", path_);
  EXPECT_FALSE(LockedFile::open(path_).ok());
}

TEST_F(LockedFileTest, ALinkTakesNoNameThatIsTaken) {
  auto file = LockedFile::create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->write_at(0, "hello").ok());
  ASSERT_TRUE(file->link(dir_ / "name").ok());
  EXPECT_EQ(std::filesystem::file_size(dir_ / "name"), 5u);
  EXPECT_TRUE(absl::IsAlreadyExists(file->link(dir_ / "name")));
}

TEST(KeepsReservedBlocksTest, OnLocalDisksOnly) {
  EXPECT_TRUE(keeps_reserved_blocks(0xef53));       // ext4
  EXPECT_TRUE(keeps_reserved_blocks(0x01021994));   // tmpfs
  EXPECT_FALSE(keeps_reserved_blocks(0x6969));      // NFS
  EXPECT_FALSE(keeps_reserved_blocks(0xff534d42));  // CIFS
  EXPECT_FALSE(keeps_reserved_blocks(0xfe534d42));  // SMB2
  EXPECT_FALSE(keeps_reserved_blocks(0x65735546));  // FUSE
  EXPECT_FALSE(keeps_reserved_blocks(0x9123683e));  // btrfs
  EXPECT_FALSE(keeps_reserved_blocks(0x0bd00bd0));  // Lustre
}

}  // namespace
}  // namespace tblog::internal
