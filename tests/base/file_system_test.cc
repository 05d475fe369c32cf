// SPDX-License-Identifier: Apache-2.0
//
// What embeddings need of the machine's own files; event files test the rest.

#include "tblog/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using ::testing::HasSubstr;

TEST(FileSystemTest, ReadsAWholeFile) {
  const TempDir dir;
  for (size_t size : {0u, 1u, 16384u, 100'000u}) {
    std::string bytes(size, '\xff');
    if (size > 1) bytes[size / 2] = '\0';
    const auto read = FileSystem::real()->read(dir.write("a", bytes));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, bytes);
  }
  EXPECT_THAT(FileSystem::real()->read(dir / "none").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_FALSE(FileSystem::real()->read(dir.path()).ok());
}

TEST(FileSystemTest, RenameTakesTheNameOfAnother) {
  const TempDir dir;
  const std::string from = dir.write("from", "new");
  const std::string to = dir.write("to", "old");
  EXPECT_TRUE(FileSystem::real()->rename(from, to).ok());
  EXPECT_FALSE(std::filesystem::exists(from));
  EXPECT_EQ(FileSystem::real()->read(to).value(), "new");
  EXPECT_THAT(FileSystem::real()->rename(from, to),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("from")));
}

// Threads that make the same directories in the same moment.
TEST(FileSystemTest, ManyMayMakeADirectoryAtOnce) {
  const TempDir dir;
  constexpr int kThreads = 8;
  for (int round = 0; round < 20; ++round) {
    const std::string path = dir / std::to_string(round) + "/a/b/c/d";
    std::atomic<int> ready{0};
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (++ready; ready < kThreads;) std::this_thread::yield();
        const absl::Status status =
            FileSystem::real()->create_directories(path);
        if (status.ok()) ++made;
        EXPECT_TRUE(status.ok()) << status;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, kThreads);
  }
}

TEST(FileSystemTest, AFileInTheWayIsNoDirectory) {
  const TempDir dir;
  const std::string path = dir.write("file", "x");
  EXPECT_FALSE(FileSystem::real()->create_directories(path).ok());
  EXPECT_FALSE(FileSystem::real()->create_directories(path + "/below").ok());
}

}  // namespace
}  // namespace tblog::testing
