// SPDX-License-Identifier: Apache-2.0

#include "src/base/errno_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ErrnoStatusTest, SaysWhatWasDoneWhereAndWhy) {
  EXPECT_THAT(errno_status(ENOENT, "open", "/a/b"),
              tblog::testing::StatusIs(absl::StatusCode::kNotFound,
                                       "cannot open /a/b: No such file or "
                                       "directory"));
}

TEST(ErrnoStatusTest, SaysWhatToDoNext) {
  const struct {
    int error;
    const char* advice;
  } kCases[] = {
      {ENOSPC, "df -i"},    {EDQUOT, "quota"},         {EMFILE, "ulimit -n"},
      {ENFILE, "file-max"}, {EROFS, "read-only"},      {EACCES, "user "},
      {EIO, "dmesg"},       {ESTALE, "deleted there"},
  };
  for (const auto& [error, advice] : kCases) {
    const std::string message(errno_status(error, "write to", "/a").message());
    EXPECT_THAT(message, AllOf(StartsWith("cannot write to /a: "),
                               HasSubstr("; "), HasSubstr(advice)));
  }
}

TEST(ErrnoStatusTest, NamesTheLimitOfOpenFiles) {
  rlimit limit;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_THAT(
      std::string(errno_status(EMFILE, "create", "/a").message()),
      HasSubstr("its limit of " + std::to_string(limit.rlim_cur) + " "));
}

}  // namespace
}  // namespace tblog::internal
