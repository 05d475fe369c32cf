// SPDX-License-Identifier: Apache-2.0
//
// What callbacks, scopes and callers do wrong, and what never reaches the
// model.

#include <stdexcept>
#include <utility>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class MistakesTest : public HookFixture {};

TEST_F(MistakesTest, WhatCallbacksThrowIsCountedAndReported) {
  int calls = 0;
  make({Rule::layers("a").call([&](const LayerEvent& event) {
    ++calls;
    EXPECT_EQ(event.layer, "a");
    EXPECT_EQ(event.value.size(), 2);
    EXPECT_EQ(event.call, calls - 1);
    throw std::runtime_error("boom");
  })});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1, 2});
    hooks_->tap("a", Values{1, 2});
  }
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(hooks_->stats().exceptions, 2u);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("callback of \"a/outputs\" threw: boom"));
}

TEST_F(MistakesTest, WhatValuesAndPredicatesThrowNeverReachesTheModel) {
  make({Rule::where([](const LayerInfo& layer) -> bool {
          if (layer.name == "a") throw std::runtime_error("predicate");
          return true;
        }).tensor()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1});
    hooks_->tap("b", []() -> Values { throw 7; });
  }
  EXPECT_EQ(hooks_->stats().exceptions, 2u);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("a rule's predicate threw: predicate",
                          "looking at layer \"b\" threw something unknown"));
}

TEST_F(MistakesTest, HooksCanBeRemovedInsideAHook) {
  absl::StatusOr<Binding> binding;
  make({Rule::layers("*").weights().call(
            [&](const LayerEvent&) { binding->remove(); }),
        Rule::layers("a").outputs().call(
            [&](const LayerEvent&) { hooks_.reset(); })});
  Values weight{1};
  BoundLayer conv{"conv"};
  conv.parameters = [&weight](const ParameterVisitor& visit) {
    ParameterView kernel;
    kernel.name = "kernel";
    kernel.value = weight;
    visit(kernel);
  };
  binding = hooks_->bind({conv, {"a"}});
  ASSERT_THAT(binding, IsOk());
  LayerHooks* const hooks = &*hooks_;
  {
    auto scope = hooks->step(0, Phase::kTrain);
    scope.end_backward();
    EXPECT_EQ(binding->size(), 0u);
    binding = hooks->bind({{"a"}});
    hooks->tap("a", Values{1});
    EXPECT_FALSE(hooks_.has_value());
  }
}

TEST_F(MistakesTest, ScopesAndBindingsMayOutliveTheHooks) {
  make({Rule::layers("a").tensor()});
  auto binding = hooks_->bind({{"a"}});
  auto scope = hooks_->step(0, Phase::kTrain);
  auto prefix = hooks_->scope("x");
  hooks_->tap("y", Values{1});
  hooks_->observe(binding->layer(0), TensorKind::kOutputs, Values{1});
  hooks_.reset();
  scope.end_backward();
  EXPECT_THAT(tags(), SizeIs(1));
}

TEST_F(MistakesTest, AMovedFromLayerHooksDoesNothing) {
  make({Rule::layers("a").tensor()});
  LayerHooks moved = std::move(*hooks_);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const auto name = hooks_->scope("x");
    hooks_->tap("a", Values{1});
    EXPECT_THAT(hooks_->capture({"a"}).names(), IsEmpty());
    EXPECT_THAT(hooks_->bind({}),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  const auto scope = moved.step(0, Phase::kTrain);
  moved.tap("a", Values{1});
  EXPECT_EQ(moved.stats().observed, 1u);
}

TEST_F(MistakesTest, LateValuesAreRefused) {
  make({Rule::layers("a").gradients().tensor()});
  const auto binding = hooks_->bind({{"a"}});
  StepToken token;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    token = hooks_->token();
    hooks_->observe(binding->layer(0), TensorKind::kGradients, Values{1},
                    token);
  }
  hooks_->observe(binding->layer(0), TensorKind::kGradients, Values{1}, token);
  EXPECT_EQ(hooks_->stats().logged, 1u);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("a tensor of \"a\" came after the end of its step"));
}

TEST_F(MistakesTest, AskingWhetherALayerIsDueCountsNoCall) {
  make({Rule::layers("a")
            .outputs()
            .stats(Stat::kMean)
            .every(2)
            .repeat(Repeat::kIndex)});
  EXPECT_FALSE(hooks_->wants("a", TensorKind::kOutputs));
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    EXPECT_EQ(hooks_->wants("a", TensorKind::kOutputs), step == 0);
    EXPECT_FALSE(hooks_->wants("a", TensorKind::kInputs));
    EXPECT_FALSE(hooks_->wants("b", TensorKind::kOutputs));
    hooks_->tap("a", Values{1});
  }
  EXPECT_THAT(tags(), ElementsAre(::testing::Pair("a/outputs/mean", Steps{0})));
}

TEST_F(MistakesTest, NestedStepsTakeOverUntilTheyEnd) {
  make({Rule::layers("a").tensor()});
  {
    const auto train = hooks_->step(1, Phase::kTrain);
    {
      const auto eval = hooks_->step(2, Phase::kEval);
      hooks_->tap("a", Values{1});
    }
    hooks_->tap("a", Values{1});
  }
  EXPECT_THAT(tags()["a/outputs/tensor"], UnorderedElementsAre(1, 2));
}

}  // namespace
}  // namespace tblog::testing
