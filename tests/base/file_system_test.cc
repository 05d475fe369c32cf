// SPDX-License-Identifier: Apache-2.0
//
// What embeddings need of the machine's own files; event files test the rest.

#include "tblog/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

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

}  // namespace
}  // namespace tblog::testing
