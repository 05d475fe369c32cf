// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class LayerProbeTest : public HookFixture {
 protected:
  // Binds the layer "fc" and returns its probe.
  LayerProbe bind_fc(std::function<void()> on_switch = {}) {
    BoundLayer layer;
    layer.name = "fc";
    layer.due = due_;
    absl::StatusOr<Binding> binding =
        hooks_->bind({std::move(layer)}, std::move(on_switch));
    EXPECT_TRUE(binding.ok()) << binding.status();
    binding_ = *std::move(binding);
    return binding_.probe(0);
  }

  // Three calls in one step whose gradients come in the reverse order: 1, 2, 3
  // for the first, second, third call.
  void run_backward(const LayerProbe& probe) {
    const auto scope = hooks_->step(0, Phase::kTrain);
    std::vector<CallToken> calls;
    for (int i = 0; i < 3; ++i) {
      calls.push_back(probe.begin_call(TensorKind::kGradients));
    }
    for (int i = 2; i >= 0; --i) {
      const Values value{static_cast<float>(i + 1)};
      probe.observe(TensorKind::kGradients, value,
                    calls[static_cast<size_t>(i)], "0");
    }
  }

  std::shared_ptr<tblog::internal::Switch> due_ =
      std::make_shared<tblog::internal::Switch>();
  Binding binding_;
};

TEST_F(LayerProbeTest, ShowsWhatALayerGives) {
  make({Rule::layers("fc").stats(Stat::kMean)});
  const LayerProbe probe = bind_fc();
  {
    const auto scope = hooks_->step(3, Phase::kTrain);
    probe.observe(TensorKind::kOutputs, Values{1, 3});
  }
  EXPECT_EQ(scalar("fc/outputs/mean", 3), 2);
}

TEST_F(LayerProbeTest, DoesNothingOnceItsBindingHasGone) {
  make({Rule::layers("fc").stats(Stat::kMean)});
  const LayerProbe first = bind_fc();
  EXPECT_FALSE(first.gone());
  binding_.remove();
  EXPECT_TRUE(first.gone());
  const LayerProbe second = bind_fc();  // the same name again
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    first.observe(TensorKind::kOutputs, Values{100});
    EXPECT_FALSE(first.begin_call(TensorKind::kOutputs).wanted());
    second.observe(TensorKind::kOutputs, Values{1});
  }
  EXPECT_EQ(scalar("fc/outputs/mean", 0), 1);
  EXPECT_TRUE(first.gone());
}

TEST_F(LayerProbeTest, OutlivesTheHooks) {
  make({Rule::layers("fc").stats().gradients().outputs()});
  const LayerProbe probe = bind_fc();
  CallToken call;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    call = probe.begin_call(TensorKind::kGradients);
    EXPECT_TRUE(call.wanted());
  }
  hooks_.reset();
  binding_.remove();
  EXPECT_TRUE(probe.gone());
  probe.observe(TensorKind::kOutputs, Values{1});
  probe.observe(TensorKind::kGradients, Values{1}, call, "");
  probe.note_training(true);
}

TEST_F(LayerProbeTest, MadeOfNothingDoesNothing) {
  const LayerProbe probe;
  EXPECT_TRUE(probe.gone());
  probe.observe(TensorKind::kOutputs, Values{1});
  EXPECT_FALSE(probe.begin_call(TensorKind::kOutputs).wanted());
}

TEST_F(LayerProbeTest, OfATappedNameSharesItsTags) {
  make({Rule::layers("*").stats(Stat::kMean).outputs().gradients()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const auto prefix = hooks_->scope("block");
    hooks_->tap("scores", Values{1});
    const LayerProbe probe = hooks_->probe("scores");
    const CallToken call = probe.begin_call(TensorKind::kGradients);
    probe.observe(TensorKind::kGradients, Values{5}, call, "");
  }
  EXPECT_EQ(scalar("block/scores/outputs/mean", 0), 1);
  EXPECT_EQ(scalar("block/scores/gradients/mean", 0), 5);
}

// ---- Calls that come in another order ----

TEST_F(LayerProbeTest, MergedCallsComeInAnyOrder) {
  make({Rule::layers("fc").gradients().stats(Stat::kMean).histogram()});
  run_backward(bind_fc());
  EXPECT_EQ(scalar("fc/0/gradients/mean", 0), 2);
  double count = 0;
  const std::vector<double> rows = histogram("fc/0/gradients", 0);
  for (size_t i = 2; i < rows.size(); i += 3) count += rows[i];
  EXPECT_EQ(count, 3);
}

TEST_F(LayerProbeTest, FirstIsTheFirstCallEvenIfItComesLast) {
  make({Rule::layers("fc")
            .gradients()
            .stats(Stat::kMean)
            .repeat(Repeat::kFirst)});
  run_backward(bind_fc());
  EXPECT_EQ(scalar("fc/0/gradients/mean", 0), 1);
}

TEST_F(LayerProbeTest, LastIsTheLastCallEvenIfItComesFirst) {
  make({Rule::layers("fc")
            .gradients()
            .stats(Stat::kMean)
            .repeat(Repeat::kLast)});
  run_backward(bind_fc());
  EXPECT_EQ(scalar("fc/0/gradients/mean", 0), 3);
}

TEST_F(LayerProbeTest, IndicesAreThoseOfTheCalls) {
  make({Rule::layers("fc")
            .gradients()
            .stats(Stat::kMean)
            .repeat(Repeat::kIndex)});
  run_backward(bind_fc());
  EXPECT_EQ(scalar("fc/0/gradients/mean", 0), 1);
  EXPECT_EQ(scalar("fc:1/0/gradients/mean", 0), 2);
  EXPECT_EQ(scalar("fc:2/0/gradients/mean", 0), 3);
}

TEST_F(LayerProbeTest, WhatComesAfterTheStepIsRefused) {
  make({Rule::layers("fc").gradients().stats()});
  const LayerProbe probe = bind_fc();
  CallToken call;
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    call = probe.begin_call(TensorKind::kGradients);
  }
  probe.observe(TensorKind::kGradients, Values{1}, call, "");
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("came after the end of its step")));
}

TEST_F(LayerProbeTest, NothingDueIsNoCall) {
  make({Rule::layers("fc").gradients().stats().every(2)});
  const LayerProbe probe = bind_fc();
  const auto scope = hooks_->step(1, Phase::kTrain);
  EXPECT_FALSE(probe.begin_call(TensorKind::kGradients).wanted());
}

// ---- What is due, without a lock ----

TEST_F(LayerProbeTest, DueIsWrittenWhereTheAdapterLooks) {
  make({Rule::layers("fc").stats().every(2)});
  bind_fc();
  EXPECT_FALSE(due_->wants(TensorKind::kOutputs));
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    EXPECT_TRUE(due_->wants(TensorKind::kOutputs));
    EXPECT_FALSE(due_->wants(TensorKind::kGradients));
  }
  EXPECT_FALSE(due_->wants(TensorKind::kOutputs));
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    EXPECT_FALSE(due_->wants(TensorKind::kOutputs));
  }
  const auto scope = hooks_->step(2, Phase::kTrain);
  EXPECT_TRUE(due_->wants(TensorKind::kOutputs));
  binding_.remove();
  EXPECT_FALSE(due_->wants(TensorKind::kOutputs));
}

TEST_F(LayerProbeTest, DueEndsWithTheHooks) {
  make({Rule::layers("fc").stats()});
  bind_fc();
  const auto scope = hooks_->step(0, Phase::kTrain);
  EXPECT_TRUE(due_->wants(TensorKind::kOutputs));
  hooks_.reset();
  EXPECT_FALSE(due_->wants(TensorKind::kOutputs));
}

TEST_F(LayerProbeTest, OnSwitchHearsWhenSomethingMayBeDue) {
  make({Rule::layers("fc").stats().every(2)});
  std::vector<bool> seen;
  bind_fc([&] { seen.push_back(due_->wants(TensorKind::kOutputs)); });
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
  }
  binding_.remove();
  EXPECT_THAT(seen, ElementsAre(false, true, false, false, false, false));
}

TEST_F(LayerProbeTest, OnSwitchMayCallTheHooksAndThrow) {
  make({Rule::layers("fc").stats()});
  bind_fc([&] {
    hooks_->unmatched();
    throw std::runtime_error("switched");
  });
  { const auto scope = hooks_->step(0, Phase::kTrain); }
  EXPECT_THAT(hooks_->reports(), ElementsAre(HasSubstr("switched")));
}

// ---- Lists of layers ----

TEST_F(LayerProbeTest, NoIndexMeansALayerThatHoldsOthers) {
  make({Rule::layers("#0, #-1, #-9..#-1").shapes()});
  std::vector<BoundLayer> layers(4);
  layers[0].name = "block";
  layers[0].composite = true;
  layers[1].name = "block.a";
  layers[2].name = "block.b";
  layers[3].name = "head";
  layers[3].composite = true;
  auto binding = hooks_->bind(layers);
  ASSERT_TRUE(binding.ok()) << binding.status();
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (size_t i = 0; i < layers.size(); ++i) {
      binding->probe(i).observe(TensorKind::kOutputs, Values{1});
    }
  }
  EXPECT_THAT(tags(), ::testing::UnorderedElementsAre(
                          ::testing::Key("block.a/outputs/shape"),
                          ::testing::Key("block.b/outputs/shape")));
}

TEST_F(LayerProbeTest, UnseenLayersAreListed) {
  make({Rule::layers("*").outputs().stats()});
  std::vector<BoundLayer> layers(2);
  layers[0].name = "fc";
  layers[1].name = "relu";
  layers[1].unseen = true;
  const auto binding = hooks_->bind(layers);
  ASSERT_TRUE(binding.ok());
  EXPECT_THAT(binding->unseen(), ElementsAre("relu"));
  EXPECT_THAT(Binding().unseen(), IsEmpty());
}

}  // namespace
}  // namespace tblog::testing
