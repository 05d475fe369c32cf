// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/faulty_file_system.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/testing/memory_file_system.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  FaultyFileSystemTest() {
    EXPECT_THAT(disk_.create_directories("/d"), IsOk());
  }

  std::unique_ptr<WritableFile> create() {
    auto file = disk_.create("/d/f");
    EXPECT_THAT(file, IsOk());
    return *std::move(file);
  }

  MemoryFileSystem memory_;
  FaultyFileSystem disk_{&memory_};
  size_t written_ = 0;
};

TEST_F(FaultyFileSystemTest, HandsOn) {
  auto file = create();
  EXPECT_THAT(file->append("abc", &written_), IsOk());
  EXPECT_THAT(file->append("de", &written_), IsOk());
  EXPECT_EQ(written_, 5u);
  EXPECT_EQ(memory_.open_files(), 1u);
  EXPECT_THAT(file->close(), IsOk());
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_EQ(memory_.contents("/d/f"), "abcde");
  EXPECT_THAT(memory_.paths_in("/d"), ElementsAre("/d/f"));
  EXPECT_EQ(disk_.calls(Operation::kAppend), 2);
}

TEST_F(FaultyFileSystemTest, MemoryRefusesTakenPathsAndMissingDirectories) {
  create();
  EXPECT_THAT(memory_.create("/d/f"),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(memory_.create("/e/f"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FaultyFileSystemTest, FailsTheNthCall) {
  auto file = create();
  disk_.fail(Operation::kAppend, 2, 2);
  EXPECT_THAT(file->append("a", &written_), IsOk());
  EXPECT_THAT(file->append("b", &written_),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("injected")));
  EXPECT_THAT(file->append("c", &written_), Not(IsOk()));
  EXPECT_THAT(file->append("d", &written_), IsOk());
  EXPECT_EQ(memory_.contents("/d/f"), "ad");
  EXPECT_EQ(written_, 2u);
}

TEST_F(FaultyFileSystemTest, WritesShort) {
  auto file = create();
  disk_.write_short(1, 2);
  EXPECT_THAT(file->append("abc", &written_), Not(IsOk()));
  EXPECT_EQ(written_, 2u);
  EXPECT_EQ(memory_.contents("/d/f"), "ab");
}

TEST_F(FaultyFileSystemTest, FillsAndHeals) {
  auto file = create();
  disk_.fill_after(4);
  EXPECT_THAT(file->append("abc", &written_), IsOk());
  EXPECT_THAT(file->append("def", &written_),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(memory_.contents("/d/f"), "abcd");
  disk_.heal();
  EXPECT_THAT(file->append("e", &written_), IsOk());
}

TEST_F(FaultyFileSystemTest, StallsUntilResumed) {
  auto file = create();
  disk_.stall();
  std::thread thread(
      [&] { EXPECT_THAT(file->append("abc", &written_), IsOk()); });
  disk_.await_stalled();
  EXPECT_EQ(memory_.contents("/d/f"), "");
  disk_.resume();
  thread.join();
  EXPECT_EQ(memory_.contents("/d/f"), "abc");
}

}  // namespace
}  // namespace tblog::testing
