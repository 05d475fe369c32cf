// SPDX-License-Identifier: Apache-2.0
//
// What watches measure, find and tell.

#include "tblog/watch.h"

#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/hook/hook_fixture.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

class WatchTest : public HookFixture {
 protected:
  WatchTest() {
    hook_options_.on_finding = [this](const WatchFinding& finding) {
      findings_.push_back(finding);
    };
  }

  void watch(std::vector<Rule> rules) { make(std::move(rules), hook_options_); }

  // Each finding as "<watch> of <layer> at <step>".
  std::vector<std::string> found() const {
    std::vector<std::string> found;
    for (const WatchFinding& finding : findings_) {
      found.push_back(std::string(watch_name(finding.watch)) + " of " +
                      finding.layer + " at " + std::to_string(finding.step));
    }
    return found;
  }

  // A layer "fc" with a kernel [1, 2] and a bias [1].
  std::vector<BoundLayer> model() {
    BoundLayer layer{"fc"};
    layer.parameters = [this](const ParameterVisitor& visit) {
      visit({"kernel", TensorView(kernel_.data(), {1, 2})});
      visit({"bias", bias_});
    };
    return {layer};
  }

  HookOptions hook_options_;
  std::vector<WatchFinding> findings_;
  Values kernel_{3, 4};
  Values bias_{1};
};

// ---- Values that are not finite ----

TEST_F(WatchTest, TheFirstNonfiniteValueIsToldWithItsPlace) {
  watch({Rule::layers("*").outputs().watch_nonfinite()});
  run(0, "a", {1, 2});
  {
    const auto scope = hooks_->step(7, Phase::kTrain);
    const Values x{1, 2, 3, NAN, INFINITY, 6};
    hooks_->tap("a", TensorView(x.data(), {2, 3}));
  }
  EXPECT_THAT(found(), ElementsAre("nonfinite of a at 7"));
  EXPECT_THAT(findings_.at(0).index, ElementsAre(1, 0));
  EXPECT_TRUE(std::isnan(findings_.at(0).value));
  const std::string message =
      "\"a/outputs\": a value is not finite at step 7: nan at [1, 0]";
  EXPECT_EQ(findings_.at(0).message, message);
  EXPECT_THAT(hooks_->reports(), ElementsAre(message));
  EXPECT_THAT(reports(), ElementsAre(message));
  EXPECT_THAT(hooks_->status(), IsOk());  // nothing is lost
  EXPECT_EQ(hooks_->stats().findings, 1u);
  EXPECT_EQ(scalar("a/outputs/nonfinite_count", 0), 0);
  EXPECT_EQ(scalar("a/outputs/nonfinite_count", 7), 2);
}

TEST_F(WatchTest, TheTextSaysWhatItMeansAndWhatToLookAt) {
  watch({Rule::layers("*").outputs().watch_nonfinite()});
  run(7, "a_b", {1, -INFINITY});
  std::string text;
  for (const auto& event : events()) {
    for (const auto& value : event.summary().value()) {
      if (value.tag() != "watch/a_b/outputs/nonfinite") continue;
      EXPECT_EQ(event.step(), 7);
      text = value.tensor().string_val(0);
    }
  }
  EXPECT_THAT(text, HasSubstr("**`a_b/outputs`: a value is not finite**"));
  EXPECT_THAT(text, HasSubstr("step 7 (`train`): **-inf at [1]**"));
  EXPECT_THAT(text, HasSubstr("1 of 2 values are not finite"));
  EXPECT_THAT(text, HasSubstr("it means: "));
  EXPECT_THAT(text, HasSubstr("look at: the layer's inputs and weights"));
}

TEST_F(WatchTest, WhatComesAfterTheFirstIsItsConsequence) {
  watch({Rule::layers("*").outputs().gradients().watch_nonfinite()});
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("a", step == 2 ? Values{NAN} : Values{1});
    hooks_->tap("b", Values{NAN});
    hooks_->tap("c", Values{NAN});
    hooks_->tap("c", Values{NAN}, TensorKind::kGradients);
  }
  EXPECT_THAT(found(), ElementsAre("nonfinite of b at 0"));
  run(3, "a", {1});  // all is well again
  run(4, "b", {NAN});
  run(5, "b", {1});
  run(6, "c", {NAN});
  EXPECT_THAT(found(),
              ElementsAre("nonfinite of b at 0", "nonfinite of c at 6"));
}

TEST_F(WatchTest, ItIsToldAtOnceSoThatAnExceptionDoesNotHideIt) {
  watch({Rule::layers("*").outputs().watch_nonfinite()});
  try {
    const auto scope = hooks_->step(3, Phase::kTrain);
    hooks_->tap("a", Values{NAN});
    EXPECT_THAT(found(), ElementsAre("nonfinite of a at 3"));
    throw std::runtime_error("the loss is not finite");
  } catch (const std::runtime_error&) {
  }
  EXPECT_THAT(tags(), UnorderedElementsAre(
                          std::pair("watch/a/outputs/nonfinite", Steps{3})));
}

TEST_F(WatchTest, CallsOfOneStepAreCountedTogether) {
  watch({Rule::layers("*").outputs().watch_nonfinite()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", Values{1});
    hooks_->tap("a", Values{NAN, 1});
    hooks_->tap("a", Values{NAN, NAN});
  }
  EXPECT_EQ(findings_.at(0).call, 1);
  EXPECT_EQ(scalar("a/outputs/nonfinite_count", 0), 3);
}

TEST_F(WatchTest, WhatWentInCanBeSaved) {
  const TempDir dir;
  watch({Rule::layers("*").outputs().watch_nonfinite({dir.path() + "/bad"})});
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    for (const char* layer : {"a", "b"}) {
      hooks_->tap(layer, Values{1.0f * static_cast<float>(step)},
                  TensorKind::kInputs);
      hooks_->tap(layer, step == 2 ? Values{NAN, 1} : Values{1, 1});
    }
  }
  const std::string path = dir.path() + "/bad/nonfinite-2.npz";
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/bad/nonfinite-1.npz"));
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(bytes, HasSubstr("a.npy"));
  EXPECT_THAT(bytes, HasSubstr("a/inputs.npy"));
  EXPECT_THAT(bytes, Not(HasSubstr("b.npy")));
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
  // The inputs were for the file alone.
  EXPECT_EQ(tags().count("a/inputs/nonfinite_count"), 0u);
}

TEST_F(WatchTest, ADirectoryThatCannotBeIsReportedAndTheFindingTold) {
  watch({Rule::layers("*").outputs().watch_nonfinite({"/dev/null/x"})});
  run(0, "a", {NAN});
  EXPECT_THAT(found(), SizeIs(1));
  EXPECT_EQ(hooks_->stats().refused, 1u);
}

// ---- Norms ----

TEST_F(WatchTest, NormsVanishInARowAndExplodeAtOnce) {
  watch({Rule::layers("*").gradients().watch_norm(
      {.vanishing = 1e-3, .exploding = 10, .in_a_row = 2})});
  const Values norms{1, 0, 1, 0, 5e-4f, 0, 11, 12};
  for (size_t step = 0; step < norms.size(); ++step) {
    const auto scope = hooks_->step(static_cast<int64_t>(step), Phase::kTrain);
    hooks_->tap("a", Values{norms[step], 0}, TensorKind::kGradients);
  }
  EXPECT_THAT(found(),
              ElementsAre("vanishing of a at 4", "exploding of a at 6"));
  EXPECT_EQ(findings_.at(1).value, 11);
  EXPECT_FLOAT_EQ(*scalar("a/gradients/norm", 4), 5e-4f);
}

TEST_F(WatchTest, ANormWithInfinitiesIsInfiniteAndOneWithNanIsNan) {
  watch({Rule::layers("*").gradients().watch_norm()});
  for (const auto& [step, x] :
       {std::pair<int64_t, float>(0, NAN), {1, -INFINITY}}) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("a", Values{1, x}, TensorKind::kGradients);
  }
  EXPECT_THAT(found(), ElementsAre("exploding of a at 1"));
  const double first = *scalar("a/gradients/norm", 0);
  EXPECT_TRUE(std::isnan(first));
  EXPECT_EQ(scalar("a/gradients/norm", 1), INFINITY);
}

// ---- Units ----

TEST_F(WatchTest, DeadUnitsAreThoseThatAllCallsLeaveAtZero) {
  watch({Rule::layers("*").watch_dead_units({.share = 0.5, .in_a_row = 2})});
  const Values first{0, 1, 0, 0, 0, 0, 0, 2};  // [2, 4]
  const Values second{0, 0, 5, 0};             // [1, 4]
  for (int64_t step = 0; step < 3; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
    hooks_->tap("a", TensorView(first.data(), {2, 4}));
    if (step == 0) hooks_->tap("a", TensorView(second.data(), {1, 4}));
  }
  EXPECT_THAT(found(), ElementsAre("dead_units of a at 2"));
  EXPECT_EQ(scalar("a/outputs/dead_fraction", 0), 0.25);
  EXPECT_EQ(scalar("a/outputs/dead_fraction", 1), 0.5);
}

TEST_F(WatchTest, ADimensionThatIsNotThereIsRefused) {
  watch({Rule::layers("*").watch_dead_units({.unit_axis = 2})});
  const Values x(4);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", TensorView(x.data(), {2, 2}));
  }
  EXPECT_EQ(hooks_->stats().refused, 1u);
  EXPECT_THAT(tags(), IsEmpty());
}

// ---- Updates ----

TEST_F(WatchTest, UpdateRatioIsThatOfTheStepItself) {
  watch({Rule::layers("*").weights().watch_update_ratio({.in_a_row = 1})});
  const auto binding = hooks_->bind(model());
  const float changes[] = {0.05f, 0, 5};
  for (int64_t step = 0; step < 3; ++step) {
    auto scope = hooks_->step(step, Phase::kTrain);
    scope.end_backward();
    kernel_[0] += changes[step];
    bias_[0] += 1;
  }
  EXPECT_THAT(found(), ElementsAre("small_updates of fc at 1",
                                   "large_updates of fc at 2"));
  EXPECT_EQ(findings_.at(0).leaf, "kernel");
  EXPECT_NEAR(*scalar("fc/kernel/weights/update_ratio", 0), 0.01, 1e-6);
  EXPECT_EQ(scalar("fc/kernel/weights/update_ratio", 1), 0);
  // A bias has one dimension.
  EXPECT_EQ(tags().count("fc/bias/weights/update_ratio"), 0u);
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
}

TEST_F(WatchTest, UpdateRatioIsOfWeightsWhereARuleSaysOfNothing) {
  watch({Rule::layers("*").watch_update_ratio({.min_rank = 1})});
  const auto binding = hooks_->bind(model());
  { const auto scope = hooks_->step(0, Phase::kTrain); }
  EXPECT_EQ(scalar("fc/bias/weights/update_ratio", 0), 0);
}

TEST_F(WatchTest, CopiesOfWeightsHaveACap) {
  hook_options_.max_watch_bytes = 3 * sizeof(float) - 1;
  watch({Rule::layers("*").watch_update_ratio({.min_rank = 1})});
  const auto binding = hooks_->bind(model());
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks_->step(step, Phase::kTrain);
  }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre(HasSubstr("max_watch_bytes = 11")));
  EXPECT_EQ(hooks_->stats().refused, 2u);
  EXPECT_THAT(tags(), SizeIs(1));
}

TEST_F(WatchTest, WeightsWithoutANormOrOfAnotherShapeHaveNoRatio) {
  watch({Rule::layers("*").watch_update_ratio({.min_rank = 0})});
  const auto binding = hooks_->bind(model());
  {
    bias_ = {0};
    const auto scope = hooks_->step(0, Phase::kTrain);
    bias_ = {5};
  }
  {
    const auto scope = hooks_->step(1, Phase::kTrain);
    bias_ = {5, 6};
  }
  EXPECT_EQ(tags().count("fc/bias/weights/update_ratio"), 0u);
}

// ---- Saturation ----

TEST_F(WatchTest, SaturationIsTheShareAtOrBeyondTheBounds) {
  watch({Rule::layers("*").watch_saturation({.in_a_row = 1})});
  run(0, "a", {-0.97f, 0, 0.5f, 0.9f});
  run(1, "a", {-1, 1, 0, NAN});
  EXPECT_THAT(found(), ElementsAre("saturation of a at 1"));
  EXPECT_EQ(scalar("a/outputs/saturated_fraction", 0), 0.25);
  EXPECT_FLOAT_EQ(*scalar("a/outputs/saturated_fraction", 1), 2.0f / 3);
}

// ---- All of them ----

TEST_F(WatchTest, EachIsToldOnceATag) {
  watch({Rule::layers("*").watch_saturation({.in_a_row = 1})});
  for (int64_t step = 0; step < 6; ++step) {
    run(step, step < 3 ? "a" : "b", {step % 2 == 0 ? 1.0f : 0.0f});
  }
  EXPECT_THAT(found(),
              ElementsAre("saturation of a at 0", "saturation of b at 4"));
}

TEST_F(WatchTest, WatchesWorkWithoutAWriter) {
  hooks_.emplace(SummaryWriter::null(),
                 std::vector{Rule::layers("*").stats().watch_nonfinite()},
                 hook_options_);
  run(0, "a", {NAN});
  EXPECT_THAT(found(), ElementsAre("nonfinite of a at 0"));
}

TEST_F(WatchTest, FindingsGoToTheRunOfTheirPhase) {
  hook_options_.phase_runs = PhaseRuns::kChild;
  watch({Rule::layers("*").watch_nonfinite()});
  run(0, "a", {NAN}, Phase::kEval);
  EXPECT_THAT(
      tags("/memory/runs/a/eval"),
      UnorderedElementsAre(std::pair("watch/a/outputs/nonfinite", Steps{0}),
                           std::pair("a/outputs/nonfinite_count", Steps{0})));
}

TEST_F(WatchTest, WhatOnFindingThrowsIsCountedAndItMayRemoveTheHooks) {
  int calls = 0;
  hook_options_.on_finding = [&](const WatchFinding&) {
    if (++calls == 1) throw std::runtime_error("no");
    hooks_.reset();
  };
  watch({Rule::layers("*").watch_saturation({.in_a_row = 1})});
  run(0, "a", {1});
  EXPECT_EQ(hooks_->stats().exceptions, 1u);
  run(1, "b", {1});
  EXPECT_FALSE(hooks_.has_value());
}

TEST_F(WatchTest, ComplexNumbersAreRefused) {
  watch({Rule::layers("*")
             .watch_nonfinite()
             .watch_norm()
             .watch_dead_units()
             .watch_saturation()});
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    hooks_->tap("a", std::vector<std::complex<float>>(2));
  }
  EXPECT_EQ(hooks_->stats().refused, 4u);
  EXPECT_THAT(tags(), IsEmpty());
}

TEST_F(WatchTest, OptionsThatMakeNoSenseAreReported) {
  watch({Rule::layers("*").watch_norm({.vanishing = 2, .exploding = 1}),
         Rule::layers("*").watch_dead_units({.share = 0}),
         Rule::layers("*").outputs().watch_update_ratio(),
         Rule::layers("*").weights().watch_update_ratio({.low = NAN}),
         Rule::layers("*").watch_saturation({.lower = 1, .upper = 1}),
         Rule::layers("*").watch_saturation({.in_a_row = 0})});
  EXPECT_EQ(hooks_->stats().refused, 6u);
}

TEST_F(WatchTest, SomeStatisticsCanBeChosen) {
  make({Rule::layers("*").stats(Stat::kMean | Stat::kNonfiniteFraction)});
  run(0, "a", {1, 2});
  run(1, "a", {NAN});
  EXPECT_THAT(tags(),
              UnorderedElementsAre(
                  std::pair("a/outputs/mean", Steps{0}),
                  std::pair("a/outputs/nonfinite_fraction", Steps{0, 1})));
}

}  // namespace
}  // namespace tblog::testing
