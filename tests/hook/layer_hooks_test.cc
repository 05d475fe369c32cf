// SPDX-License-Identifier: Apache-2.0
//
// What rules log, when, and under which tags.

#include "tblog/layer_hooks.h"

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
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

}  // namespace
}  // namespace tblog::testing
