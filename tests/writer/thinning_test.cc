// SPDX-License-Identifier: Apache-2.0
//
// WriterOptions::thin_scalars_after: which scalars are written.

#include "src/writer/thinning.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As the option says it: value n is written if it stands at a multiple of the
// distance in its stretch of the way.
bool is_written(uint64_t n, uint64_t points) {
  uint64_t begin = 0;
  for (uint64_t distance = 1;; distance *= 2) {
    const uint64_t end = begin + points * distance;
    if (n < end) return (n - begin) % distance == 0;
    begin = end;
  }
}

TEST(ThinningRuleTest, TakesAsManyAtEachDistance) {
  for (uint64_t points : {1u, 2u, 3u, 10u, 1000u}) {
    tblog::internal::Thinning thinning;
    for (uint64_t n = 0; n < 20'000; ++n)
      ASSERT_EQ(thinning.take(points), is_written(n, points))
          << n << " of " << points;
  }
}

TEST(ThinningRuleTest, TakesAsManyAsPromised) {
  tblog::internal::Thinning thinning;
  uint64_t taken = 0;
  constexpr uint64_t kPoints = 1000;
  constexpr uint64_t kValues = 10'000'000;
  for (uint64_t n = 0; n < kValues; ++n)
    if (thinning.take(kPoints)) ++taken;
  EXPECT_LE(taken, kPoints * (1 + std::log2(double(kValues) / kPoints + 1)));
  EXPECT_GT(taken, 13 * kPoints);
}

class ThinningTest : public WriterFixture {
 protected:
  // Steps of a tag, in the order of the one file.
  std::vector<int64_t> steps(std::string_view tag) {
    std::vector<int64_t> steps;
    for (const auto& event : events()) {
      for (const auto& value : event.summary().value())
        if (value.tag() == tag) steps.push_back(event.step());
    }
    return steps;
  }
};

TEST_F(ThinningTest, KeepsTheFirstAndTheLast) {
  options_.thin_scalars_after = 3;
  open();
  for (int step = 100; step < 127; ++step) writer_->scalar("x", step, step);
  writer_->scalar("once", 1, 5);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(steps("x"), ElementsAre(100, 101, 102, 103, 105, 107, 109, 113,
                                      117, 121, 126));
  EXPECT_THAT(steps("once"), ElementsAre(5));
  EXPECT_EQ(writer_->stats().thinned, 27u - 11u);
  EXPECT_EQ(writer_->stats().events, 12u);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ThinningTest, TheLastHasItsOwnValueStepAndTime) {
  options_.thin_scalars_after = 1;
  open();
  writer_->describe("x", {.display_name = "X"});
  for (int step = 0; step < 6; ++step)
    writer_->scalar("x", step * 0.5, {step, 1000.0 + step});
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(4));  // 0, 1, 3 and the last
  EXPECT_EQ(events[3].step(), 5);
  EXPECT_EQ(events[3].wall_time(), 1005.0);
  EXPECT_EQ(events[3].summary().value(0).tensor().float_val(0), 2.5f);
  EXPECT_TRUE(events[0].summary().value(0).has_metadata());
  EXPECT_FALSE(events[3].summary().value(0).has_metadata());
}

TEST_F(ThinningTest, AFlushWritesTheNewestAndChangesNothingElse) {
  options_.thin_scalars_after = 2;
  open();
  for (int step = 0; step < 40; ++step) {
    writer_->scalar("x", step, step);
    if (step == 24 || step == 32) {
      EXPECT_THAT(writer_->flush(), IsOk());
    }
  }
  // 0 1, 2 4, 6 10, 14 22, 30 46 without the flushes.
  EXPECT_THAT(steps("x"),
              ElementsAre(0, 1, 2, 4, 6, 10, 14, 22, 24, 30, 32, 39));
  EXPECT_EQ(writer_->stats().thinned, 40u - 12u);
}

// What goes by time may not decide what is written.
TEST_F(ThinningTest, TheClockWritesNoLastOnes) {
  options_.thin_scalars_after = 1;
  open();
  for (int step = 0; step < 6; ++step) writer_->scalar("x", step, step);
  clock_.await_waiter(clock_.now() + options_.max_flush_delay);
  const std::string path = memory_.paths()[0];
  const size_t head = memory_.contents(path).size();
  clock_.advance(options_.max_flush_delay);
  memory_.await_bytes(head + 100);
  clock_.await_waiter(Clock::Monotonic::max());
  EXPECT_THAT(parse_file(memory_.contents(path)), SizeIs(3));
  EXPECT_THAT(steps("x"), ElementsAre(0, 1, 3, 5));
}

TEST_F(ThinningTest, EachScalarOfAnEventHasItsOwnTurn) {
  options_.thin_scalars_after = 1;
  open();
  for (int step = 0; step < 3; ++step) writer_->scalar("a", 1, step);
  for (int step = 3; step < 7; ++step)
    writer_->scalars({{"a", 1}, {"b", 2}}, step);
  EXPECT_THAT(steps("a"), ElementsAre(0, 1, 3, 6));
  EXPECT_THAT(steps("b"), ElementsAre(3, 4, 6));
}

TEST_F(ThinningTest, OfATagGivenTwiceTheLaterCounts) {
  options_.thin_scalars_after = 1;
  open();
  for (int step = 0; step < 3; ++step)
    writer_->scalars({{"a", 1}, {"a", step + 10}}, step);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(3));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(events[i].summary().value(0).tensor().float_val(0),
              static_cast<float>(i + 10));
}

TEST_F(ThinningTest, OtherKindsAndTagsBeyondTheLimitAreLeftAlone) {
  options_.thin_scalars_after = 1;
  options_.max_tags = 2;
  open();
  for (int step = 0; step < 5; ++step) {
    writer_->text("t", "x", step);
    writer_->scalar("a", 1, step);
    writer_->scalar("beyond", 1, step);
  }
  EXPECT_THAT(steps("t"), SizeIs(5));
  EXPECT_THAT(steps("a"), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(steps("beyond"), SizeIs(5));
}

TEST_F(ThinningTest, InTheOldFormToo) {
  options_.thin_scalars_after = 1;
  options_.legacy_values = true;
  open();
  for (int step = 0; step < 6; ++step) writer_->scalar("x", step, step);
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[3].summary().value(0).simple_value(), 5.0f);
}

// More last values than may wait.
TEST_F(ThinningTest, ManyTagsPassThroughASmallQueue) {
  options_.thin_scalars_after = 1;
  options_.max_pending_bytes = 64 << 10;
  options_.max_block = std::chrono::hours(1);
  open();
  constexpr int kTags = 5'000;
  for (int step : {0, 1, 2}) {
    for (int tag = 0; tag < kTags; ++tag)
      writer_->scalar("tag" + std::to_string(tag), step, step);
  }
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(events(), SizeIs(3 * kTags));
}

TEST_F(ThinningTest, WhatADiskThatFailsDoesNotTakeIsCounted) {
  options_.thin_scalars_after = 1;
  open();
  for (int step = 0; step < 6; ++step) {
    writer_->scalar("x", step, step);
    writer_->scalar("y", step, step);
  }
  disk_.fail(Operation::kAppend, 1, FaultyFileSystem::kForEver);
  EXPECT_FALSE(writer_->close().ok());
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(stats.dropped, 8u);
  EXPECT_EQ(stats.thinned + stats.dropped, 12u);
  EXPECT_EQ(stats.pending_bytes, 0u);
}

TEST_F(ThinningTest, FilesThatRotateHaveMetadataForTheLast) {
  options_.thin_scalars_after = 1;
  open();
  for (int step = 0; step < 6; ++step) writer_->scalar("x", step, step);
  EXPECT_THAT(writer_->flush(FlushLevel::kNewFile), IsOk());
  writer_->scalar("x", 6, 6);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto paths = memory_.paths();
  ASSERT_THAT(paths, SizeIs(2));
  EXPECT_THAT(parse_file(memory_.contents(paths[0])), SizeIs(4));
  const auto second = parse_file(memory_.contents(paths[1]));
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].step(), 6);
  EXPECT_TRUE(second[0].summary().value(0).has_metadata());
}

TEST_F(ThinningTest, ThreadsAddUp) {
  options_.clock = nullptr;
  options_.thin_scalars_after = 10;
  options_.max_block = std::chrono::hours(1);
  open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      const std::string own = "own" + std::to_string(t);
      for (int step = 0; step < 5'000; ++step) {
        writer_->scalar(own, step, step);
        if (step % 1000 == 0) writer_->flush().IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(writer_->close(), IsOk());
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(stats.events + stats.thinned, 20'000u);
  EXPECT_EQ(events().size(), stats.events);
  for (int t = 0; t < 4; ++t) {
    const auto found = steps("own" + std::to_string(t));
    EXPECT_EQ(found.front(), 0);
    EXPECT_EQ(found.back(), 4'999);
    for (size_t i = 1; i < found.size(); ++i) ASSERT_LT(found[i - 1], found[i]);
  }
}

}  // namespace
}  // namespace tblog::testing
