// SPDX-License-Identifier: Apache-2.0
//
// What rules log, when, and under which tags.

#include "tblog/layer_hooks.h"

#include <malloc.h>

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class LayerHooksTest : public HookFixture {};

TEST_F(LayerHooksTest, StatisticsOfOneStepAreOneEvent) {
  make({Rule::layers("*").outputs().stats()});
  {
    const auto scope = hooks_->step(3, Phase::kTrain);
    hooks_->tap("a", Values{1, 2, 3});
    hooks_->tap("b", Values{0, 0, 4, -4});
  }
  const auto events = this->events();
  ASSERT_THAT(events, SizeIs(1));
  std::map<std::string, float> values;
  for (const auto& value : events[0].summary().value()) {
    values[value.tag()] = value.tensor().float_val(0);
  }
  EXPECT_EQ(events[0].step(), 3);
  EXPECT_THAT(values, SizeIs(16));
  EXPECT_FLOAT_EQ(values["a/outputs/mean"], 2);
  EXPECT_FLOAT_EQ(values["a/outputs/std"], std::sqrt(2.0f / 3));
  EXPECT_FLOAT_EQ(values["b/outputs/min"], -4);
  EXPECT_FLOAT_EQ(values["b/outputs/max"], 4);
  EXPECT_FLOAT_EQ(values["b/outputs/l1"], 8);
  EXPECT_FLOAT_EQ(values["b/outputs/l2"], std::sqrt(32.0f));
  EXPECT_FLOAT_EQ(values["b/outputs/zero_fraction"], 0.5);
  EXPECT_FLOAT_EQ(values["b/outputs/nonfinite_fraction"], 0);
}

TEST_F(LayerHooksTest, WithoutAFiniteValueOnlyFractionsAreLogged) {
  make({Rule::layers("*").stats()});
  run(0, "a", {std::nanf(""), INFINITY});
  EXPECT_THAT(tags(), UnorderedElementsAre(
                          std::pair("a/outputs/zero_fraction", Steps{0}),
                          std::pair("a/outputs/nonfinite_fraction", Steps{0})));
}

TEST_F(LayerHooksTest, EveryLogKindHasItsTag) {
  make({Rule::layers("conv").histogram().image_grid().tensor().shapes()});
  const Values x(2 * 3 * 4 * 4, 1.0f);
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    hooks_->tap("conv", TensorView(x.data(), {2, 3, 4, 4}));
  }
  EXPECT_THAT(tags(),
              UnorderedElementsAre(std::pair("conv/outputs", Steps{1}),
                                   std::pair("conv/outputs/image", Steps{1}),
                                   std::pair("conv/outputs/tensor", Steps{1}),
                                   std::pair("conv/outputs/shape", Steps{1})));
  EXPECT_THAT(hooks_->reports(), IsEmpty());
  EXPECT_EQ(hooks_->stats().logged, 4u);
}

// ---- When ----

TEST_F(LayerHooksTest, EveryTakesMultiplesAndFirstTheFirstOfThem) {
  make({Rule::layers("a").tensor().every(3),
        Rule::layers("b").tensor().first(2),
        Rule::layers("c").tensor().every(2).first(2)});
  for (int64_t step = 1; step < 10; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    for (const char* layer : {"a", "b", "c"}) hooks_->tap(layer, Values{1});
  }
  EXPECT_THAT(tags(), UnorderedElementsAre(
                          std::pair("a/outputs/tensor", Steps{3, 6, 9}),
                          std::pair("b/outputs/tensor", Steps{1, 2}),
                          std::pair("c/outputs/tensor", Steps{2, 4})));
}

TEST_F(LayerHooksTest, EveryTimeWaitsForTheClock) {
  HookOptions options;
  options.clock = &clock_;
  make({Rule::layers("a").tensor().every(std::chrono::seconds(30))}, options);
  for (int64_t step = 0; step < 7; ++step) {
    run(step, "a", {1});
    clock_.advance(std::chrono::seconds(10));
  }
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(0, 3, 6));
}

TEST_F(LayerHooksTest, RulesMayBeForOnePhase) {
  make({Rule::layers("a").tensor().in(Phase::kEval).in(Phase("warmup"))});
  run(0, "a", {1}, Phase("warmup"));
  run(1, "a", {1}, Phase::kTrain);
  run(2, "a", {1}, Phase::kEval);
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(0, 2));
}

TEST_F(LayerHooksTest, PhasesMayHaveRunsOfTheirOwn) {
  HookOptions options;
  options.phase_runs = PhaseRuns::kChild;
  make({Rule::layers("a").tensor()}, options);
  run(0, "a", {1}, Phase::kTrain);
  run(0, "a", {1}, Phase::kEval);
  EXPECT_THAT(tags("/memory/runs/a/train")["a/outputs/tensor"], ElementsAre(0));
  EXPECT_THAT(tags("/memory/runs/a/eval")["a/outputs/tensor"], ElementsAre(0));
  EXPECT_THAT(hooks_->status(), IsOk());
}

TEST_F(LayerHooksTest, OneTagHasOneValueAStep) {
  make({Rule::layers("a").tensor()});
  run(0, "a", {1}, Phase::kTrain);
  run(0, "a", {1}, Phase::kEval);
  run(0, "a", {1}, Phase::kEval);
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(0));
  EXPECT_EQ(hooks_->stats().refused, 2u);
  ASSERT_THAT(hooks_->reports(), SizeIs(1));
  EXPECT_THAT(hooks_->reports()[0], HasSubstr("second value at the same step"));
  EXPECT_THAT(writer_->status(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_F(LayerHooksTest, TheLastDueRuleOfTheListDecides) {
  HistogramOptions fine;
  fine.buckets = 50;
  make({Rule::layers("*").histogram(),
        Rule::layers("a").histogram(fine).every(2)});
  run(1, "a", {1, 2, 3});
  run(2, "a", {1, 2, 3});
  EXPECT_THAT(histogram("a/outputs", 1), SizeIs(30 * 3));
  EXPECT_THAT(histogram("a/outputs", 2), SizeIs(50 * 3));
}

// ---- Repeats ----

TEST_F(LayerHooksTest, MergedStatisticsAreThoseOfAllValues) {
  make({Rule::layers("a").stats()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1, 2});
    hooks_->tap("a", Values{6});
  }
  EXPECT_FLOAT_EQ(*scalar("a/outputs/mean", 0), 3);
  EXPECT_FLOAT_EQ(*scalar("a/outputs/max", 0), 6);
  EXPECT_EQ(tags()["a/outputs/mean"], Steps{0});
}

TEST_F(LayerHooksTest, MergedHistogramsCountAllValues) {
  HistogramOptions two;
  two.buckets = 2;
  make({Rule::layers("a").histogram(two)});
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("a", Values{0, 1, 2});
    hooks_->tap("a", Values{3, 9, 10});
  }
  for (int64_t step = 0; step < 2; ++step) {
    EXPECT_THAT(histogram("a/outputs", step), ElementsAre(0, 5, 4, 5, 10, 2));
  }
}

TEST_F(LayerHooksTest, FirstAndLastTakeOneCall) {
  make({Rule::layers("a").stats().repeat(Repeat::kFirst),
        Rule::layers("b").stats().repeat(Repeat::kLast)});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (const float x : {1.0f, 2.0f, 3.0f}) {
      hooks_->tap("a", Values{x});
      hooks_->tap("b", Values{x});
    }
  }
  EXPECT_FLOAT_EQ(*scalar("a/outputs/mean", 0), 1);
  EXPECT_FLOAT_EQ(*scalar("b/outputs/mean", 0), 3);
}

TEST_F(LayerHooksTest, IndexedCallsHaveTagsOfTheirOwnUpToALimit) {
  make({Rule::layers("a").tensor().repeat(Repeat::kIndex, 2)});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    for (int i = 0; i < 5; ++i) hooks_->tap("a", Values{1});
  }
  EXPECT_THAT(tags(),
              UnorderedElementsAre(std::pair("a/outputs/tensor", Steps{0}),
                                   std::pair("a:1/outputs/tensor", Steps{0})));
  ASSERT_THAT(hooks_->reports(), SizeIs(1));
  EXPECT_THAT(hooks_->reports()[0], HasSubstr("more than 2 times"));
}

// ---- Leaves ----

struct Attention {
  Values context;
  std::optional<Values> weights;
};
template <class Visit>
void tblog_visit(const Attention& a, Visit&& visit) {
  visit("context", a.context);
  visit("weights", a.weights);
}

TEST_F(LayerHooksTest, LeavesAreNamedByTheirPlace) {
  make({Rule::layers("*").tensor()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const Values x{1};
    hooks_->tap("tuple", std::make_tuple(x, std::make_pair(x, 2.0)));
    hooks_->tap("map", std::map<std::string, std::list<Values>>{{"k", {x, x}}});
    hooks_->tap("none", std::optional<Values>());
    hooks_->tap("own", Attention{x, x});
    hooks_->tap("lazy", [&] { return x; });
    hooks_->tap("view", {x.data(), {1, 1}});
  }
  std::vector<std::string> names;
  for (const auto& [tag, steps] : tags()) {
    names.push_back(tag.substr(0, tag.find("/outputs")));
  }
  EXPECT_THAT(names, UnorderedElementsAre("tuple/0", "tuple/1/0", "tuple/1/1",
                                          "map/k/0", "map/k/1", "own/context",
                                          "own/weights", "lazy", "view"));
}

TEST_F(LayerHooksTest, StructureThatDiffersBetweenPhasesIsToldOnce) {
  make({Rule::layers("*").tensor()});
  const Values x{1};
  for (int64_t step = 0; step < 6; step += 2) {
    {
      const auto scope = hooks_->step(step, Phase::kTrain);
      hooks_->tap("head", std::make_pair(x, x));
    }
    run(step + 1, "head", x, Phase::kInference);
  }
  ASSERT_THAT(hooks_->reports(), SizeIs(1));
  EXPECT_EQ(hooks_->reports()[0],
            "outputs of \"head\" are {0, 1} in phase train and {one tensor} in "
            "phase inference");
}

// ---- Names ----

TEST_F(LayerHooksTest, NameScopesNest) {
  make({Rule::layers("*").tensor()});
  {
    const auto step = hooks_->step(0, Phase::kTrain);
    const auto outer = hooks_->scope("block1");
    {
      const auto inner = hooks_->scope("attention");
      hooks_->tap("q", Values{1});
    }
    hooks_->tap("fc", Values{1});
  }
  EXPECT_THAT(tags(),
              UnorderedElementsAre(
                  std::pair("block1/attention/q/outputs/tensor", Steps{0}),
                  std::pair("block1/fc/outputs/tensor", Steps{0})));
}

TEST_F(LayerHooksTest, UnmatchedNamesAreToldAfterTheFirstStep) {
  make({Rule::layers("conv*, fc9").tensor(), Rule::regex("fc[0-9]").stats()});
  EXPECT_THAT(hooks_->unmatched(), ElementsAre("conv*", "fc9", "fc[0-9]"));
  for (int64_t step = 0; step < 3; ++step) run(step, "fc1", {1});
  EXPECT_THAT(hooks_->unmatched(), ElementsAre("conv*", "fc9"));
  ASSERT_THAT(hooks_->reports(), SizeIs(2));
  EXPECT_EQ(hooks_->reports()[1],
            "no layer matches \"fc9\"; the nearest name is \"fc1\"");
}

TEST_F(LayerHooksTest, DeclaredNamesAreCheckedAtOnce) {
  make({Rule::layers("fc1, fcx").tensor(), Rule::layers("#-1").tensor()});
  hooks_->declare({"fc1", "fc2"});
  EXPECT_THAT(hooks_->unmatched(), ElementsAre("fcx"));
  EXPECT_THAT(hooks_->reports(), SizeIs(1));
  run(0, "fc2", {1});
  EXPECT_THAT(tags(), SizeIs(1));
}

TEST_F(LayerHooksTest, IndicesOfTapsAreThoseOfTheirFirstCall) {
  make({Rule::layers("#0").tensor(), Rule::layers("#-1").shapes()});
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    for (const char* name : {"z", "m", "a"}) hooks_->tap(name, Values{1});
  }
  EXPECT_THAT(tags(),
              UnorderedElementsAre(std::pair("z/outputs/tensor", Steps{0, 1}),
                                   std::pair("a/outputs/shape", Steps{1})));
}

TEST_F(LayerHooksTest, NeverFiredNamesWhatTheModelDoesNotGive) {
  make({Rule::layers("a").outputs().gradients().tensor()});
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());  // "a" is unmatched so far
  run(0, "a", {1});
  EXPECT_THAT(hooks_->never_fired(), ElementsAre("a: gradients"));
}

TEST_F(LayerHooksTest, RulesThatMakeNoSenseAreReportedAtOnce) {
  make({Rule::layers("a"), Rule::layers("#x").stats(), Rule::regex("(").stats(),
        Rule::layers("a").stats().every(0), Rule::layers("a,,b").stats(),
        Rule::where(nullptr).stats(),
        Rule::layers("a").image_grid({}).stats().repeat(Repeat::kIndex, 0)});
  EXPECT_EQ(hooks_->stats().refused, 7u);
  EXPECT_THAT(hooks_->reports(), SizeIs(7));
  EXPECT_THAT(hooks_->bind({{"a"}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("not what to log")));
  EXPECT_THAT(writer_->status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(LayerHooksTest, ATapOutsideOfAStepIsToldOnce) {
  make({Rule::layers("a").tensor()});
  hooks_->tap("a", Values{1});
  hooks_->tap("a", Values{1});
  ASSERT_THAT(hooks_->reports(), SizeIs(1));
  EXPECT_THAT(hooks_->reports()[0], HasSubstr("outside of a step"));
}

// ---- Bindings ----

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

TEST_F(LayerHooksTest, BindingSelectsByIndexTypeAndPredicate) {
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

TEST_F(LayerHooksTest, BindNamesTheNearestLayers) {
  make({Rule::layers("conv,cov").tensor()});
  Values w{1};
  EXPECT_THAT(hooks_->bind(model(w, nullptr)),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("no layer matches \"cov\"; the nearest names "
                                 "are \"conv\"")));
  EXPECT_THAT(hooks_->bind({{"x"}, {"x"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(LayerHooksTest, ALivingBindingKeepsItsNames) {
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

TEST_F(LayerHooksTest, HooksGoWithTheirBinding) {
  make({Rule::layers("*").tensor()});
  {
    const auto binding = hooks_->bind({{"a"}});
    run(0, "a", {1});
  }
  run(1, "a", {1});
  EXPECT_THAT(tags()["a/outputs/tensor"], ElementsAre(0));
}

TEST_F(LayerHooksTest, ParametersAreReadAtTheEndOfBackward) {
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

TEST_F(LayerHooksTest, AbsentGradientsAreToldOnce) {
  make({Rule::layers("conv").weight_gradients().stats()});
  Values weight{2};
  const auto binding = hooks_->bind(model(weight, nullptr));
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
  }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("the gradient of \"conv/kernel\" is absent"));
}

TEST_F(LayerHooksTest, NothingIsReadWhileAnExceptionUnwinds) {
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

TEST_F(LayerHooksTest, AStepThatAnExceptionEndsMayBeOpenedAgain) {
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

// ---- What goes wrong ----

TEST_F(LayerHooksTest, WhatCallbacksThrowIsCountedAndReported) {
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

TEST_F(LayerHooksTest, WhatValuesAndPredicatesThrowNeverReachesTheModel) {
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

TEST_F(LayerHooksTest, HooksCanBeRemovedInsideAHook) {
  absl::StatusOr<Binding> binding;
  make({Rule::layers("*").weights().call(
            [&](const LayerEvent&) { binding->remove(); }),
        Rule::layers("a").outputs().call(
            [&](const LayerEvent&) { hooks_.reset(); })});
  Values weight{1};
  std::vector<BoundLayer> layers = model(weight, nullptr);
  layers.push_back({"a"});
  binding = hooks_->bind(std::move(layers));
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

TEST_F(LayerHooksTest, ScopesAndBindingsMayOutliveTheHooks) {
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

TEST_F(LayerHooksTest, AMovedFromLayerHooksDoesNothing) {
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

TEST_F(LayerHooksTest, LateValuesAreRefused) {
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

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(LayerHooksTest, MemoryDoesNotGrowWithTheSteps) {
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

TEST_F(LayerHooksTest, AskingWhetherALayerIsDueCountsNoCall) {
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

TEST_F(LayerHooksTest, NestedStepsTakeOverUntilTheyEnd) {
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
