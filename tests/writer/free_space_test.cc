// SPDX-License-Identifier: Apache-2.0
//
// WriterOptions::min_free_bytes.

#include <chrono>
#include <string>
#include <vector>

#include "tests/writer/failure_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uint64_t kMin = 1'000'000;

class FreeSpaceTest : public FailureTest,
                      public ::testing::WithParamInterface<Durability> {
 protected:
  FreeSpaceTest() {
    options_.durability = GetParam();
    options_.min_free_bytes = kMin;
    memory_.set_free_bytes(2 * kMin);
  }

  uint64_t free() { return memory_.free_bytes("/").value(); }
};

TEST_P(FreeSpaceTest, StopsBelowAndGoesOnAboveInTheSameFile) {
  open();
  log(3);
  memory_.set_free_bytes(kMin + 10);
  log(4);
  EXPECT_EQ(writer_->stats().dropped, 4u);
  EXPECT_EQ(free(), kMin + 10);
  EXPECT_THAT(told(),
              ElementsAre(AllOf(HasSubstr("/memory/runs/a"),
                                HasSubstr("has 1000010 free bytes"),
                                HasSubstr("min_free_bytes keeps 1000000"))));
  EXPECT_THAT(writer_->status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  memory_.set_free_bytes(2 * kMin);
  log(1);  // may come before the next try
  log(3);
  EXPECT_EQ(writer_->stats().recovered, 1u);
  EXPECT_LE(writer_->stats().dropped, 5u);
  EXPECT_THAT(memory_.paths(), SizeIs(1));
  expect_counts_add_up();
  // Metadata of what was dropped may have gone with it.
  const auto events = parse_file(memory_.contents(memory_.paths()[0]));
  EXPECT_TRUE(events.at(3).summary().value(0).has_metadata());
}

TEST_P(FreeSpaceTest, WhatIsWrittenWithinASecondCountsToo) {
  open();
  const std::string text(100'000, 'x');
  for (int i = 0; i < 20; ++i) {
    writer_->text("t", text, i);
    writer_->flush().IgnoreError();
    EXPECT_GE(free(), kMin);
  }
  EXPECT_GE(writer_->stats().dropped, 10u);
  EXPECT_LE(writer_->stats().dropped, 11u);
}

TEST_P(FreeSpaceTest, SoDoScalarsByTheMachinesClock) {
  options_.clock = nullptr;
  memory_.set_free_bytes(kMin + 2'000);
  open();
  for (int i = 0; i < 1'000; ++i) writer_->scalar("x", i, i);
  writer_->flush().IgnoreError();
  EXPECT_GE(free(), kMin);
  EXPECT_GT(writer_->stats().dropped, 0u);
}

TEST_P(FreeSpaceTest, IsToldOnceForAllRuns) {
  open();
  std::vector<SummaryWriter> children;
  for (int i = 0; i < 5; ++i)
    children.push_back(writer_->child(std::to_string(i)));
  memory_.set_free_bytes(kMin - 1);
  for (SummaryWriter& child : children) child.scalar("x", 1, 1);
  writer_->flush().IgnoreError();
  EXPECT_THAT(told(), SizeIs(1));
  EXPECT_EQ(writer_->stats().dropped, 5u);
  EXPECT_THAT(memory_.paths(), SizeIs(1));
}

TEST_P(FreeSpaceTest, KeepsFilesOfEmbeddingsOutToo) {
  open();
  const std::vector<float> matrix(1000 * 300, 1.2345678f);
  writer_->embedding("e", {matrix.data(), {1000, 300}}, 1);
  writer_->flush().IgnoreError();
  EXPECT_GE(free(), kMin);
  EXPECT_EQ(writer_->stats().dropped, 1u);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("min_free_bytes")));
}

TEST_P(FreeSpaceTest, GoesOnInANewFileWhereTheOldOneIsGone) {
  open();
  log(2);
  memory_.set_free_bytes(kMin - 1);
  log(2);
  memory_.remove_directory("/memory/runs");
  memory_.set_free_bytes(2 * kMin);
  log(2);
  log(2);
  EXPECT_GE(readable_events(), 2u);
  EXPECT_LE(writer_->stats().dropped, 4u);
}

INSTANTIATE_TEST_SUITE_P(Each, FreeSpaceTest,
                         ::testing::Values(Durability::kBuffered,
                                           Durability::kWriteThrough,
                                           Durability::kSync));

// MemoryFileSystem that was not told.
class UnknownSpaceTest : public FailureTest {};

TEST_F(UnknownSpaceTest, IsRemarkedOnceAndWrittenAllTheSame) {
  options_.min_free_bytes = kMin;
  open();
  log(3);
  EXPECT_THAT(told(), ElementsAre(HasSubstr("has no effect")));
  EXPECT_THAT(writer_->status(), IsOk());
  expect_counts_add_up();
}

TEST_F(UnknownSpaceTest, IsNotAskedForWhereThereIsNoLimit) {
  open();
  memory_.set_free_bytes(0);
  log(3);
  EXPECT_EQ(writer_->stats().dropped, 0u);
}

}  // namespace
}  // namespace tblog::testing
