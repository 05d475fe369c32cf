// SPDX-License-Identifier: Apache-2.0
//
// Steps and wall times.

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StepTest : public WriterFixture {
 protected:
  std::vector<int64_t> steps() {
    std::vector<int64_t> steps;
    for (const auto& event : events()) steps.push_back(event.step());
    return steps;
  }
};

TEST_F(StepTest, AnyInt64IsAStep) {
  open();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (int64_t step : {kMin, int64_t{-1}, int64_t{0}, kMax})
    writer_->scalar("x", 1, step);
  EXPECT_THAT(steps(), ElementsAre(kMin, -1, 0, kMax));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(StepTest, StandingStillIsWrittenAndReportedOnceATag) {
  open();
  for (int i = 0; i < 3; ++i) {
    writer_->scalar("x", 1, 5);
    writer_->scalar("y", 1, 5 - i);
  }
  EXPECT_THAT(steps(), ElementsAre(5, 5, 5, 4, 5, 3));
  EXPECT_THAT(
      reports(),
      ElementsAre(AllOf(HasSubstr("\"x\""), HasSubstr("step 5 after step 5")),
                  AllOf(HasSubstr("\"y\""), HasSubstr("step 4 after step 5"))));
  EXPECT_THAT(writer_->status(), IsOk());
  EXPECT_EQ(writer_->stats().refused, 0u);
}

TEST_F(StepTest, OrTheyAreDroppedAndCounted) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  for (int step : {5, 5, 4, 6, 3}) writer_->scalar("x", 1, step);
  writer_->text("t", "a", 1);
  writer_->text("t", "b", 1);
  EXPECT_EQ(writer_->stats().refused, 4u);
  EXPECT_THAT(steps(), ElementsAre(5, 6, 1));
  EXPECT_THAT(reports(),
              ElementsAre(HasSubstr("dropped"), HasSubstr("dropped")));
  EXPECT_THAT(writer_->close(), IsOk());
}

TEST_F(StepTest, OfSeveralScalarsOnlyThoseThatGoBackAreDropped) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  writer_->scalar("a", 1, 5);
  writer_->scalars({{"a", 2}, {"b", 3}, {"a", 4}, {"c", 5}}, 5);
  const auto events = this->events();
  ASSERT_EQ(events[1].summary().value_size(), 2);
  EXPECT_EQ(events[1].summary().value(0).tag(), "b");
  EXPECT_EQ(events[1].summary().value(1).tag(), "c");
  EXPECT_EQ(writer_->stats().refused, 2u);
}

TEST_F(StepTest, ShouldLogKnowsWhatWouldBeDropped) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  EXPECT_TRUE(writer_->should_log("x", 5));
  writer_->scalar("x", 1, 5);
  EXPECT_FALSE(writer_->should_log("x", 5));
  EXPECT_FALSE(writer_->should_log("x", 4));
  EXPECT_TRUE(writer_->should_log("x", 6));
  EXPECT_TRUE(writer_->should_log("x", kCurrentStep));
  writer_->set_step(5);
  EXPECT_FALSE(writer_->should_log("x", kCurrentStep));
  EXPECT_FALSE(writer_->should_log("", 0));
  EXPECT_FALSE(writer_->should_log("\xff", 0));
  EXPECT_EQ(writer_->stats().refused, 0u);
}

TEST_F(StepTest, ShouldLogIsTrueForStepsThatAreWrittenAllTheSame) {
  open();
  writer_->scalar("x", 1, 5);
  EXPECT_TRUE(writer_->should_log("x", 5));
}

TEST_F(StepTest, CallsWithoutAStepHaveTheSetOne) {
  open();
  writer_->set_step(40);
  writer_->scalar("x", 1);
  writer_->text("t", "a");
  writer_->scalar("x", 1, 41);
  writer_->set_step(50);
  writer_->histogram("h", std::vector<float>{1});
  EXPECT_THAT(steps(), ElementsAre(40, 40, 41, 50));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(StepTest, OrACounterOfTheTag) {
  open();
  writer_->scalar("x", 1);
  writer_->scalar("x", 1);
  writer_->scalar("y", 1);
  writer_->scalar("x", 1, 10);
  writer_->scalar("x", 1);
  EXPECT_THAT(steps(), ElementsAre(0, 1, 0, 10, 11));
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("no step was given")));
  EXPECT_THAT(writer_->status(), IsOk());
}

TEST_F(StepTest, TheCounterStopsAtTheLargestStep) {
  open();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  writer_->scalar("x", 1, kMax);
  writer_->scalar("x", 1);
  EXPECT_THAT(steps(), ElementsAre(kMax, kMax));
}

TEST_F(StepTest, WallTimesAreTakenAsTheyAre) {
  open();
  writer_->scalar("x", 1, {1, 123.25});
  writer_->text("t", "a", {1, -0.0});
  writer_->scalar("x", 1, 2);
  const auto events = this->events();
  EXPECT_EQ(events[0].wall_time(), 123.25);
  EXPECT_EQ(events[1].wall_time(), 0.0);
  EXPECT_TRUE(std::signbit(events[1].wall_time()));
  EXPECT_EQ(events[2].wall_time(), kNow);
}

// Whoever passes in a clock means it.
TEST_F(StepTest, AClockThatIsPassedInIsAskedInsteadOfTheCoarseOne) {
  options_.wall_clock = WallClock::kCoarse;
  open();
  writer_->scalar("x", 1, 1);
  EXPECT_EQ(events()[0].wall_time(), kNow);
}

TEST_F(StepTest, TheCoarseClockSaysTheTime) {
  options_.wall_clock = WallClock::kCoarse;
  options_.clock = nullptr;
  open();
  const double before = Clock::real()->wall_time();
  writer_->scalar("x", 1, 1);
  EXPECT_NEAR(events()[0].wall_time(), before, 10);
}

TEST_F(StepTest, OnesThatAreNotFiniteAreReplacedAndReported) {
  open();
  writer_->scalar("x", 1, {1, std::nan("")});
  writer_->scalar("x", 1, {2, INFINITY});
  for (const auto& event : events()) EXPECT_EQ(event.wall_time(), kNow);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("wall time is not finite")));
}

}  // namespace
}  // namespace tblog::testing
