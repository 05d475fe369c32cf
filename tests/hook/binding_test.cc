// SPDX-License-Identifier: Apache-2.0
//
// Layers that are bound: how rules choose them, and their parameters.

#include <malloc.h>

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class BindingTest : public HookFixture {};

std::vector<BoundLayer> model(Values& weight, const Values* gradient) {
  BoundLayer conv{"conv", "Conv2D"};
  conv.parameters = [&weight, gradient](const ParameterVisitor& visit) {
    ParameterView p;
    p.name = "kernel";
    p.value = weight;
    p.has_gradient = gradient != nullptr;
    if (gradient != nullptr) p.gradient = *gradient;
    visit(p);
  };
  return {conv, {"relu", "ReLU"}, {"fc", "Linear"}};
}

TEST_F(BindingTest, BindingSelectsByIndexTypeAndPredicate) {
  make({Rule::layers("#-1").tensor(), Rule::type("Conv*").shapes(),
        Rule::where([](const LayerInfo& l) { return l.index == 1; }).stats(),
        Rule::layers("#0..1").inputs().tensor()});
  Values w{1};
  const auto binding = hooks_->bind(model(w, nullptr));
  ASSERT_THAT(binding, IsOk());
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (size_t i = 0; i < 3; ++i) {
      hooks_->observe(binding->layer(i), TensorKind::kInputs, Values{1});
      hooks_->observe(binding->layer(i), TensorKind::kOutputs, Values{1});
    }
  }
  std::map<std::string, Steps> tags = this->tags();
  EXPECT_EQ(tags.count("fc/outputs/tensor"), 1u);
  EXPECT_EQ(tags.count("conv/outputs/shape"), 1u);
  EXPECT_EQ(tags.count("relu/outputs/mean"), 1u);
  EXPECT_EQ(tags.count("conv/inputs/tensor"), 1u);
  EXPECT_EQ(tags.count("relu/inputs/tensor"), 1u);
  EXPECT_THAT(tags, SizeIs(4 + 8));
}

TEST_F(BindingTest, BindNamesTheNearestLayers) {
  make({Rule::layers("conv,cov").tensor()});
  Values w{1};
  EXPECT_THAT(hooks_->bind(model(w, nullptr)),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("no layer matches \"cov\"; the nearest names "
                                 "are \"conv\"")));
  EXPECT_THAT(hooks_->bind({{"x"}, {"x"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(BindingTest, ALivingBindingKeepsItsNames) {
  make({Rule::layers("*").tensor()});
  auto first = hooks_->bind({{"a"}});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(hooks_->bind({{"a"}}),
              StatusIs(absl::StatusCode::kAlreadyExists));
  {
    const auto scope = hooks_->scope("second");
    EXPECT_THAT(hooks_->bind({{"a"}}), IsOk());
  }
  first->remove();
  EXPECT_THAT(hooks_->bind({{"a"}}), IsOk());
}

TEST_F(BindingTest, HooksGoWithTheirBinding) {
  make({Rule::layers("*").tensor()});
  {
    const auto binding = hooks_->bind({{"a"}});
    run(0, "a", {1});
  }
  run(1, "a", {1});
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(0));
}

TEST_F(BindingTest, ParametersAreReadAtTheEndOfBackward) {
  make({Rule::layers("conv").weights().weight_gradients().stats()});
  Values weight{2};
  const Values gradient{5};
  const auto binding = hooks_->bind(model(weight, &gradient));
  {
    auto scope = hooks_->step(0, Phase::kTrain);
    scope.end_backward();
    weight[0] = 7;  // the optimizer
  }
  { const auto scope = hooks_->step(1, Phase::kTrain); }
  EXPECT_FLOAT_EQ(*scalar("conv/kernel/weights/mean", 0), 2);
  EXPECT_FLOAT_EQ(*scalar("conv/kernel/weight_gradients/mean", 0), 5);
  EXPECT_FLOAT_EQ(*scalar("conv/kernel/weights/mean", 1), 7);
}

TEST_F(BindingTest, AbsentGradientsAreToldOnce) {
  make({Rule::layers("conv").weight_gradients().stats()});
  Values weight{2};
  const auto binding = hooks_->bind(model(weight, nullptr));
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
  }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("the gradient of \"conv/kernel\" is absent"));
}

TEST_F(BindingTest, NothingIsReadWhileAnExceptionUnwinds) {
  make({Rule::layers("conv").weights().stats(), Rule::layers("fc").tensor()});
  int reads = 0;
  BoundLayer conv{"conv"};
  conv.parameters = [&](const ParameterVisitor&) { ++reads; };
  const auto binding = hooks_->bind({conv, {"fc"}});
  ASSERT_THAT(binding, IsOk());
  try {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("fc", Values{1});
    throw std::runtime_error("the model's");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(reads, 0);
  EXPECT_THAT(tags(), IsEmpty());
}

TEST_F(BindingTest, AStepThatAnExceptionEndsMayBeOpenedAgain) {
  make({Rule::layers("*").stats().histogram().tensor().first(2),
        Rule::layers("*").shapes().every(std::chrono::hours(1))});
  const auto forward = [&](int64_t step, bool breaks) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("a", Values{1});
    if (breaks) throw std::runtime_error("the model's");
    hooks_->tap("b", Values{2});
  };
  EXPECT_THROW(forward(0, true), std::runtime_error);
  EXPECT_THROW(forward(0, true), std::runtime_error);
  forward(0, false);
  forward(1, false);
  EXPECT_EQ(hooks_->stats().broken_steps, 2u);
  EXPECT_EQ(hooks_->stats().refused, 0u);
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("an exception ended step 0 of phase train: what it "
                          "gathered is not logged"));
  const auto tags = this->tags();
  for (const char* layer : {"a/outputs", "b/outputs"}) {
    EXPECT_THAT(tags.at(layer), ElementsAre(0, 1));
    EXPECT_THAT(tags.at(std::string(layer) + "/mean"), ElementsAre(0, 1));
    EXPECT_THAT(tags.at(std::string(layer) + "/shape"), ElementsAre(0));
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(BindingTest, MemoryDoesNotGrowWithTheSteps) {
  int64_t called = 0;
  LayerHooks hooks(SummaryWriter::null(),
                   {Rule::layers("*").outputs().weights().capture().call(
                       [&](const LayerEvent&) { ++called; })});
  const Capture capture = hooks.capture({"conv"});
  Values weight(100);
  const auto train = [&](int64_t begin, int64_t end) {
    for (int64_t step = begin; step < end; ++step) {
      const auto binding = hooks.bind(model(weight, nullptr));
      const auto scope = hooks.step(step, Phase::kTrain);
      const auto prefix = hooks.scope("x");
      hooks.observe(binding->layer(0), TensorKind::kOutputs, weight);
      hooks.tap("tapped", std::make_pair(weight, weight));
    }
  };
  train(0, 200);
  const size_t before = mallinfo2().uordblks;
  train(200, 5200);
  EXPECT_LT(mallinfo2().uordblks, before + 16'384);
  EXPECT_EQ(called, 5200 * 4);
}
#endif

}  // namespace
}  // namespace tblog::testing
