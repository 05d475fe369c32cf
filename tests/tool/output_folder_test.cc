// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/tblog/command.h"

namespace tblog::tool {
namespace {

class OutputFolderTest : public ::testing::Test {
 protected:
  OutputFolderTest() {
    std::string pattern = ::testing::TempDir() + "tblog_output_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~OutputFolderTest() override { std::filesystem::remove_all(path_); }

  std::string content(const std::string& path) const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }

  std::string path_;
};

TEST(SafeFileNameTest, IsNoPathAndNotHidden) {
  EXPECT_EQ(safe_file_name("conv1/weights"), "conv1_weights");
  EXPECT_EQ(safe_file_name("../../etc/passwd"), "%2e._.._etc_passwd");
  EXPECT_EQ(safe_file_name(".."), "%2e.");
  EXPECT_EQ(safe_file_name(""), "unnamed");
  EXPECT_EQ(safe_file_name(std::string("a\0\n\xff", 4)), "a%00%0a%ff");
  EXPECT_LE(safe_file_name(std::string(5000, 'x')).size(), 200u);
}

TEST_F(OutputFolderTest, TagsThatBecomeOneNameAreNumbered) {
  OutputFolder folder(path_ + "/new/folder", Existing::kKeep);
  EXPECT_EQ(folder.write("a/b", "txt", "1"), path_ + "/new/folder/a_b.txt");
  EXPECT_EQ(folder.write("a_b", "txt", "2"), path_ + "/new/folder/a_b-2.txt");
  EXPECT_EQ(content(path_ + "/new/folder/a_b-2.txt"), "2");
}

TEST_F(OutputFolderTest, NothingIsOverwrittenUnasked) {
  OutputFolder(path_, Existing::kKeep).write("a", "txt", "old");
  EXPECT_THROW(OutputFolder(path_, Existing::kKeep).write("a", "txt", "new"),
               Failure);
  EXPECT_EQ(content(path_ + "/a.txt"), "old");
  OutputFolder(path_, Existing::kReplace).write("a", "txt", "new");
  EXPECT_EQ(content(path_ + "/a.txt"), "new");
}

TEST_F(OutputFolderTest, ALinkIsNotFollowed) {
  std::filesystem::create_symlink(path_ + "/elsewhere", path_ + "/a.txt");
  EXPECT_THROW(OutputFolder(path_, Existing::kKeep).write("a", "txt", "x"),
               Failure);
  OutputFolder(path_, Existing::kReplace).write("a", "txt", "x");
  EXPECT_FALSE(std::filesystem::exists(path_ + "/elsewhere"));
}

}  // namespace
}  // namespace tblog::tool
