// SPDX-License-Identifier: Apache-2.0
//
// The files themselves are held against numpy by export_test.py.

#include "tools/tblog/npz.h"

#include <gtest/gtest.h>

#include <string>

namespace tblog::tool {
namespace {

TEST(NpzTest, NamesStayWhatTheyAreWhereTheyAreHarmless) {
  EXPECT_EQ(safe_array_name("train/loss/value"), "train/loss/value");
  EXPECT_EQ(safe_array_name("größe/值"), "größe/值");
  EXPECT_EQ(safe_array_name("a b.c-d_e"), "a b.c-d_e");
}

TEST(NpzTest, NoNameLeadsOutOfAFolder) {
  EXPECT_EQ(safe_array_name("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(safe_array_name("../../a"), "%2e%2e/%2e%2e/a");
  EXPECT_EQ(safe_array_name("a/./b//c/"), "a/%2e/b/c");
  EXPECT_EQ(safe_array_name("C:\\x"), "C%3a%5cx");
  EXPECT_EQ(safe_array_name(""), "unnamed");
  EXPECT_EQ(safe_array_name("///"), "unnamed");
}

TEST(NpzTest, ControlCharactersAndBadUtf8AreEscaped) {
  EXPECT_EQ(safe_array_name("a\x1b[0m\n"), "a%1b[0m%0a");
  EXPECT_EQ(safe_array_name("\xff\xc2\x9b\xe4\xb8"), "%ff%c2%9b%e4%b8");
  EXPECT_EQ(safe_array_name("%41"), "%2541");
  EXPECT_LE(safe_array_name(std::string(100'000, 'x')).size(), 1000u);
}

TEST(NpzTest, FloatsThatNumpyHasNotAreNoTypes) {
  EXPECT_TRUE(NpzWriter::has_type(DType::kFloat16));
  EXPECT_FALSE(NpzWriter::has_type(DType::kBFloat16));
}

}  // namespace
}  // namespace tblog::tool
