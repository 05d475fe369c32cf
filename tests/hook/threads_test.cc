// SPDX-License-Identifier: Apache-2.0
//
// Many threads on one LayerHooks. Worth most under ThreadSanitizer.

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class HookThreadsTest : public HookFixture {
 protected:
  template <class F>
  void on_threads(int count, const F& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
  }
};

TEST_F(HookThreadsTest, TapsOfOtherThreadsBelongToTheOpenStep) {
  make({Rule::layers("a").stats().histogram()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    on_threads(4, [&](int i) {
      for (int k = 0; k < 25; ++k) hooks_->tap("a", Values(3, 1.0f * i));
    });
  }
  EXPECT_FLOAT_EQ(*scalar("a/outputs/mean", 0), 1.5);
  const std::vector<double> rows = histogram("a/outputs", 0);
  double count = 0;
  for (size_t i = 2; i < rows.size(); i += 3) count += rows[i];
  EXPECT_EQ(count, 300);
}

TEST_F(HookThreadsTest, ThreadStepsOfOneStepMerge) {
  make({Rule::layers("a").stats()});
  {
    const auto scope = hooks_->step(5, Phase::kTrain);
    on_threads(4, [&](int i) {
      const auto mine = hooks_->thread_step(5, Phase::kTrain);
      hooks_->tap("a", Values{1.0f * i});
    });
  }
  EXPECT_FLOAT_EQ(*scalar("a/outputs/mean", 5), 1.5);
  EXPECT_THAT(hooks_->status(), IsOk());
}

TEST_F(HookThreadsTest, ThreadStepsStandBesideTheMainOne) {
  make({Rule::layers("a").tensor()});
  {
    const auto train = hooks_->step(1, Phase::kTrain);
    on_threads(1, [&](int) {
      const auto serve = hooks_->thread_step(77, Phase::kInference);
      hooks_->tap("a", Values{1});
    });
    hooks_->tap("a", Values{1});
  }
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(77, 1));
}

TEST_F(HookThreadsTest, StepOnAnotherThreadIsRefused) {
  make({Rule::layers("a").tensor()});
  const auto scope = hooks_->step(1, Phase::kTrain);
  on_threads(1,
             [&](int) { const auto other = hooks_->step(2, Phase::kTrain); });
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("thread_step()")));
}

TEST_F(HookThreadsTest, NameScopesBelongToTheirThread) {
  make({Rule::layers("*").tensor()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const auto prefix = hooks_->scope("mine");
    on_threads(1, [&](int) { hooks_->tap("a", Values{1}); });
  }
  EXPECT_EQ(tags().count("a/outputs/tensor"), 1u);
}

TEST_F(HookThreadsTest, EverythingAtOnce) {
  std::atomic<int> calls{0};
  make({Rule::layers("*").outputs().stats().histogram().capture(),
        Rule::layers("l*").weights().stats().call(
            [&](const LayerEvent&) { ++calls; })});
  hooks_->declare({"l0", "l1", "l2", "l3"});
  std::atomic<bool> stop{false};
  std::thread asking([&] {
    while (!stop) {
      Capture c = hooks_->capture({"*"});
      (void)c.to_string();
      (void)hooks_->unmatched();
      (void)hooks_->reports();
      (void)hooks_->stats();
    }
  });
  on_threads(4, [&](int i) {
    const Values weight(5, 1.0f);
    const std::string name = "m" + std::to_string(i);
    for (int64_t step = 0; step < 50; ++step) {
      BoundLayer layer{name};
      layer.parameters = [&](const ParameterVisitor& visit) {
        visit({"w", weight, false, {}});
      };
      const auto binding = hooks_->bind({layer});
      ASSERT_THAT(binding, IsOk());
      const auto scope = hooks_->thread_step(step, Phase::kTrain);
      hooks_->tap("l" + std::to_string(i), weight);
      hooks_->observe(binding->layer(0), TensorKind::kOutputs, weight);
    }
  });
  stop = true;
  asking.join();
  EXPECT_GT(hooks_->stats().logged, 0u);
  EXPECT_EQ(hooks_->stats().exceptions, 0u);
}

}  // namespace
}  // namespace tblog::testing
