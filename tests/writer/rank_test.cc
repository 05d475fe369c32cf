// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RankTest : public WriterFixture {};

TEST_F(RankTest, OnlyRankZeroWrites) {
  for (int rank : {0, 1, 2}) {
    SummaryWriter writer = SummaryWriter::for_rank(
        "runs/a", rank, RankPolicy::kRankZeroOnly, options_);
    writer.scalar("loss", 1, 1);
    EXPECT_EQ(writer.enabled(), rank == 0);
    EXPECT_THAT(writer.close(), IsOk());
  }
  EXPECT_EQ(memory_.paths().size(), 1u);
  EXPECT_EQ(memory_.paths_in("/memory/runs/a").size(), 1u);
}

TEST_F(RankTest, EachWritesARunOfItsOwn) {
  for (int rank : {0, 12}) {
    SummaryWriter writer =
        SummaryWriter::for_rank("runs/a", rank, RankPolicy::kSubRun, options_);
    writer.scalar("loss", 1, 1);
    EXPECT_THAT(writer.close(), IsOk());
  }
  EXPECT_EQ(memory_.paths_in("/memory/runs/a/rank0").size(), 1u);
  EXPECT_EQ(memory_.paths_in("/memory/runs/a/rank12").size(), 1u);
}

TEST_F(RankTest, ANegativeRankIsAnError) {
  SummaryWriter writer = SummaryWriter::for_rank(
      "runs/a", -1, RankPolicy::kRankZeroOnly, options_);
  writer.scalar("loss", 1, 1);
  EXPECT_FALSE(writer.enabled());
  EXPECT_THAT(writer.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("not -1")));
  EXPECT_THAT(memory_.paths(), IsEmpty());
}

}  // namespace
}  // namespace tblog::testing
