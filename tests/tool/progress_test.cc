// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "tools/tblog/display_text.h"

namespace tblog::tool {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kGiB = uint64_t{1} << 30;

ProgressState third_of_three_gib() {
  return {"reading", kGiB, 3 * kGiB, true, 4};
}

TEST(ProgressTest, ALineTellsShareAmountSpeedAndTime) {
  EXPECT_EQ(progress_line(third_of_three_gib(), 100),
            "reading ██████████                      33%  8 s left  1.0 GiB of "
            "3.0 GiB  256.0 MiB/s");
}

TEST(ProgressTest, ANarrowLineKeepsTheShare) {
  for (int width = 20; width < 100; ++width) {
    const std::string line = progress_line(third_of_three_gib(), width);
    EXPECT_LT(display_width(line), static_cast<size_t>(width));
    EXPECT_THAT(line, HasSubstr("33%"));
  }
  EXPECT_THAT(progress_line(third_of_three_gib(), 40), EndsWith("8 s left"));
}

TEST(ProgressTest, TheEndIsNeverPassed) {
  ProgressState state = third_of_three_gib();
  state.done = 4 * kGiB;
  EXPECT_THAT(progress_line(state, 80), HasSubstr("100%  3.0 GiB of 3.0 GiB"));
}

TEST(ProgressTest, WithoutATotalItTellsWhatWasDone) {
  EXPECT_EQ(progress_line({"reading", 0, 0, true, 7}, 80), "reading 7 s");
  EXPECT_EQ(progress_line({"counting", 12, 0, false, 0.5}, 80), "counting 12");
}

TEST(ProgressTest, NothingIsGuessedInTheFirstSecond) {
  ProgressState state = third_of_three_gib();
  state.secs = 0.6;
  EXPECT_THAT(progress_line(state, 100), Not(HasSubstr("left")));
  EXPECT_THAT(progress_line(state, 100), Not(HasSubstr("/s")));
}

TEST(ProgressTest, TheLineIsDrawnAndWiped) {
  std::ostringstream out;
  {
    std::promise<void> asked;
    int times = 0;
    const Progress progress(
        out, 40,
        [&]() -> ProgressState {
          if (++times == 2) asked.set_value();
          return {"reading", 1, 2, false, 0};
        },
        {std::chrono::milliseconds(0), std::chrono::milliseconds(1)});
    asked.get_future().wait();
  }
  EXPECT_THAT(out.str(), HasSubstr("reading"));
  EXPECT_THAT(out.str(), EndsWith("\r\x1b[K"));
}

TEST(ProgressTest, ShortWorkDrawsNothing) {
  std::ostringstream out;
  {
    const Progress progress(
        out, 40,
        [] {
          return ProgressState{"reading", 1, 2, false, 0};
        },
        {std::chrono::hours(1), std::chrono::milliseconds(1)});
  }
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressTest, BytesThatAreReadAreCountedAgainstThoseOfTheFiles) {
  std::string folder = ::testing::TempDir() + "tblog_progress_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/x.tfevents";
  std::ofstream(path) << std::string(3 << 20, 'x');
  const Progress::Source source = reading_progress("reading", {folder}, 2);
  EXPECT_LT(source().done, uint64_t{1} << 20);
  EXPECT_EQ(source().total, uint64_t{6} << 20);
  std::ostringstream sink;
  sink << std::ifstream(path).rdbuf();
  EXPECT_GE(source().done, uint64_t{3} << 20);
  EXPECT_TRUE(source().bytes);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tblog::tool
