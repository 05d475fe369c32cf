// SPDX-License-Identifier: Apache-2.0
//
// HookOptions::max_overhead: how rules thin themselves out.

#include "src/hook/budget.h"

#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::milliseconds;
using Values = std::vector<float>;

// A model whose steps take 100 ms, looks at it aside.
class BudgetTest : public HookFixture {
 protected:
  BudgetTest() {
    hook_options_.clock = &clock_;
    hook_options_.max_overhead = 0.05;
  }

  void train(int64_t begin, int64_t end, milliseconds look,
             const std::string& layer = "a") {
    for (int64_t step = begin; step < end; ++step) {
      const auto scope = hooks_->step(step, Phase::kTrain);
      hooks_->tap(layer, [&] {
        clock_.advance(look);
        ++looks_;
        return Values{1};
      });
      clock_.advance(milliseconds(100));
    }
  }

  int looks() { return std::exchange(looks_, 0); }

  HookOptions hook_options_;
  int looks_ = 0;
};

TEST_F(BudgetTest, RulesThinThemselvesOutByAPowerOfTwo) {
  make({Rule::layers("a").stats(Stat::kMean)}, hook_options_);
  train(0, 32, milliseconds(15));
  EXPECT_EQ(looks(), 32);
  // 15 of 115 ms are 2.6 times too much.
  train(32, 96, milliseconds(15));
  EXPECT_EQ(looks(), 16);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("took 13 % of the time, more than "
                                    "max_overhead = 5 %: from step 32 on")));
  EXPECT_THAT(hooks_->status(), IsOk());
  EXPECT_NEAR(*scalar("tblog/overhead", 32), 15.0 / 115, 1e-6);
  EXPECT_EQ(scalar("tblog/thinning", 32), 4);
  EXPECT_NEAR(*scalar("tblog/overhead", 64), 15.0 / 415, 1e-6);
  EXPECT_EQ(scalar("tblog/thinning", 64), 4);
  EXPECT_THAT(tags()["a/outputs/mean"], SizeIs(48));
}

TEST_F(BudgetTest, AndComeBackWhenThereIsRoom) {
  make({Rule::layers("a").stats()}, hook_options_);
  train(0, 32, milliseconds(15));
  train(32, 33, milliseconds(1));
  looks();
  train(33, 64, milliseconds(1));
  EXPECT_EQ(looks(), 7);  // every 4
  train(64, 96, milliseconds(1));
  EXPECT_EQ(looks(), 16);
  train(96, 128, milliseconds(1));
  EXPECT_EQ(looks(), 32);
}

TEST_F(BudgetTest, WhatFitsIsNotThinned) {
  make({Rule::layers("a").stats()}, hook_options_);
  train(0, 200, milliseconds(5));
  EXPECT_EQ(looks(), 200);
  EXPECT_THAT(hooks_->reports(), IsEmpty());
}

TEST_F(BudgetTest, TheShareDoesNotSwing) {
  make({Rule::layers("a").stats()}, hook_options_);
  train(0, 32, milliseconds(8));
  looks();
  train(32, 32 * 20, milliseconds(8));
  EXPECT_EQ(looks(), 32 * 19 / 2);
}

TEST_F(BudgetTest, ARareRuleIsMeasuredInItsOwnRhythm) {
  make({Rule::layers("a").stats().every(100)}, hook_options_);
  train(0, 1001, milliseconds(300));
  EXPECT_EQ(looks(), 11);  // 3 %
  train(1001, 2001, milliseconds(1500));
  // Over the share when one look has taken more than 100 steps may: twice.
  EXPECT_LT(looks(), 8);
  EXPECT_THAT(hooks_->reports(), SizeIs(1));
}

TEST_F(BudgetTest, TheFirstDueStepIsNeverLeftOut) {
  make({Rule::layers("a").stats().in(Phase::kTrain),
        Rule::layers("late").stats().in(Phase::kEval)},
       hook_options_);
  train(1, 35, milliseconds(50));
  looks();
  run(35, "late", {1}, Phase::kEval);
  run(37, "late", {1}, Phase::kEval);
  EXPECT_THAT(tags()["late/outputs/mean"], ElementsAre(35));
}

TEST_F(BudgetTest, CallbacksAndCapturesAreNeverThinnedAndDoNotCount) {
  int calls = 0;
  make({Rule::layers("a").stats(),
        Rule::layers("a").call([&](const LayerEvent&) {
          ++calls;
          clock_.advance(milliseconds(50));
        }),
        Rule::layers("a").capture()},
       hook_options_);
  train(0, 96, milliseconds(1));
  EXPECT_EQ(calls, 96);
  EXPECT_THAT(hooks_->reports(), IsEmpty());
  EXPECT_NEAR(*scalar("tblog/overhead", 32), 51.0 / 151, 1e-6);
  EXPECT_EQ(scalar("tblog/thinning", 32), 1);
  EXPECT_THAT(tags()["a/outputs/mean"], SizeIs(96));
}

TEST_F(BudgetTest, RulesByTimeAreThinnedToo) {
  make({Rule::layers("a").stats().every(std::chrono::seconds(1))},
       hook_options_);
  train(0, 100, milliseconds(200));
  EXPECT_LT(looks(), 10);
  EXPECT_THAT(hooks_->reports(), SizeIs(1));
}

TEST_F(BudgetTest, AShortRunHasOnePoint) {
  make({Rule::layers("a").stats()}, hook_options_);
  train(0, 10, milliseconds(1));
  hooks_.reset();
  EXPECT_THAT(tags()["tblog/overhead"], ElementsAre(9));
}

TEST_F(BudgetTest, WithoutItNothingIsMeasured) {
  hook_options_.max_overhead = 0;
  make({Rule::layers("a").stats()}, hook_options_);
  train(0, 100, milliseconds(1000));
  EXPECT_EQ(looks(), 100);
  EXPECT_EQ(tags().count("tblog/overhead"), 0u);
}

TEST_F(BudgetTest, NestedStepsAreTheTimeOfTheOuterOne) {
  make({Rule::layers("*").stats()}, hook_options_);
  for (int64_t step = 0; step < 33; ++step) {
    const auto train_step = hooks_->step(step, Phase::kTrain);
    train(1000 + step, 1001 + step, milliseconds(0));
    hooks_->tap("b", [&] {
      clock_.advance(milliseconds(4));
      return Values{1};
    });
  }
  EXPECT_NEAR(*scalar("tblog/overhead", 32), 4.0 / 104, 1e-6);
}

TEST_F(BudgetTest, WhatOtherThreadsSpendCounts) {
  make({Rule::layers("*").stats()}, hook_options_);
  for (int64_t step = 0; step < 33; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    for (const char* layer : {"a", "b", "c"}) {
      std::thread([&] {
        const auto mine = hooks_->thread_step(step, Phase::kTrain);
        hooks_->tap(layer, [&] {
          clock_.advance(milliseconds(10));
          return Values{1};
        });
      }).join();
    }
    clock_.advance(milliseconds(70));
  }
  EXPECT_NEAR(*scalar("tblog/overhead", 32), 30.0 / 100, 1e-6);
  EXPECT_EQ(scalar("tblog/thinning", 32), 8);
}

TEST_F(BudgetTest, AShareThatMakesNoSenseIsReported) {
  hook_options_.max_overhead = 5;
  make({Rule::layers("a").stats()}, hook_options_);
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("max_overhead is 5")));
}

TEST_F(BudgetTest, AClockThatStandsStillIsNoShare) {
  make({Rule::layers("a").stats()}, hook_options_);
  for (int64_t step = 0; step < 100; ++step) run(step, "a", {1});
  EXPECT_THAT(hooks_->reports(), IsEmpty());
  EXPECT_EQ(tags().count("tblog/overhead"), 0u);
}

}  // namespace
}  // namespace tblog::testing
