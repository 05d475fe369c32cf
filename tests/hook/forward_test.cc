// SPDX-License-Identifier: Apache-2.0

#include "tblog/forward.h"

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/hook/hook_fixture.h"

namespace tblog::testing {
namespace {

using Values = std::vector<float>;

struct Parameter {
  std::string name;
  Values value;
  std::unique_ptr<Values> gradient;
};

// Multiplies by its one weight; knows nothing of tblog.
class Scale {
 public:
  Scale(std::string name, float factor) : name_(std::move(name)) {
    parameters_.push_back({"factor", {factor}, nullptr});
  }
  const std::string& name() const { return name_; }
  const char* type() const { return "Scale"; }
  Values forward(const Values& x) {
    ++calls;
    x_ = x;
    return times(x);
  }
  Values backward(const Values& gradient) {
    parameters_[0].gradient = std::make_unique<Values>(x_);
    return times(gradient);
  }
  const std::vector<Parameter>& parameters() const { return parameters_; }

  int calls = 0;

 private:
  Values times(Values x) const {
    for (float& v : x) v *= parameters_[0].value[0];
    return x;
  }

  std::string name_;
  std::vector<Parameter> parameters_;
  Values x_;
};

class ForwardTest : public HookFixture {
 protected:
  ForwardTest() {
    const char* names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; ++i) {
      layers_.push_back(std::make_unique<Scale>(names[i], 2.0f + i));
    }
  }

  std::vector<std::unique_ptr<Scale>> layers_;
};

TEST_F(ForwardTest, ShowsEachLayersTensors) {
  make({Rule::layers("*").outputs().inputs().gradients().stats(),
        Rule::type("Scale").weights().weight_gradients().stats()});
  const auto binding = attach(*hooks_, layers_);
  ASSERT_THAT(binding, IsOk());
  {
    auto scope = hooks_->step(0, Phase::kTrain);
    EXPECT_THAT(forward(*hooks_, layers_, Values{1}), ElementsAre(120));
    EXPECT_THAT(backward(*hooks_, layers_, Values{1}), ElementsAre(120));
    scope.end_backward();
  }
  EXPECT_FLOAT_EQ(*scalar("b/outputs/mean", 0), 6);
  EXPECT_FLOAT_EQ(*scalar("b/inputs/mean", 0), 2);
  EXPECT_FLOAT_EQ(*scalar("b/gradients/mean", 0), 20);
  EXPECT_FLOAT_EQ(*scalar("b/factor/weights/mean", 0), 3);
  EXPECT_FLOAT_EQ(*scalar("b/factor/weight_gradients/mean", 0), 2);
  EXPECT_THAT(hooks_->status(), IsOk());
}

TEST_F(ForwardTest, AGradientThatIsNotThereIsAbsent) {
  make({Rule::layers("a").weight_gradients().stats()});
  const auto binding = attach(*hooks_, layers_);
  { const auto scope = hooks_->step(0, Phase::kTrain); }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("the gradient of \"a/factor\" is absent"));
}

struct Dropout {
  const char* name() const { return "dropout"; }
  bool training() const { return mode; }
  Values forward(const Values& x) const { return x; }
  bool mode = true;
};

TEST_F(ForwardTest, ALayerInTheWrongModeIsToldOnce) {
  make({Rule::layers("*").tensor()});
  std::vector<Dropout> layers(1);
  int64_t step = 0;
  for (const Phase& phase :
       {Phase::kTrain, Phase("own"), Phase::kEval, Phase::kInference}) {
    const auto scope = hooks_->step(step++, phase);
    forward(*hooks_, layers, Values{1});
  }
  EXPECT_THAT(hooks_->reports(),
              ElementsAre("layer \"dropout\" is in training mode in a step of "
                          "phase eval"));
  EXPECT_THAT(hooks_->status(), IsOk());  // a remark
}

TEST_F(ForwardTest, WorksOnObjectsAndOtherRanges) {
  make({Rule::layers("y").stats()});
  std::list<Scale> layers;
  layers.emplace_back("x", 2.0f);
  layers.emplace_back("y", 3.0f);
  {
    const auto scope = hooks_->step(0, Phase::kTrain);
    const Values x{1};
    EXPECT_THAT(forward(*hooks_, layers, x), ElementsAre(6));
    EXPECT_THAT(backward(*hooks_, layers, x), ElementsAre(6));
  }
  EXPECT_FLOAT_EQ(*scalar("y/outputs/mean", 0), 6);
}

TEST_F(ForwardTest, AllOutputsHaveNamesAndIndices) {
  const auto outputs = forward_all(layers_, Values{1});
  ASSERT_EQ(outputs.size(), 4u);
  EXPECT_THAT(outputs["c"], ElementsAre(24));
  EXPECT_THAT(*outputs.at(0), ElementsAre(2));
  EXPECT_THAT(*outputs.at(-1), ElementsAre(120));
  EXPECT_EQ(outputs.at(4), nullptr);
  EXPECT_EQ(outputs.find("x"), nullptr);
}

TEST_F(ForwardTest, RepeatedNamesGetTheCallsNumber) {
  layers_[1] = std::make_unique<Scale>("a", 1.0f);
  const auto outputs = forward_all(layers_, Values{1});
  EXPECT_NE(outputs.find("a:1"), nullptr);
}

TEST_F(ForwardTest, UntilStopsAtTheLastNamedLayer) {
  const auto outputs = forward_until(layers_, Values{1}, {"#0", "b"});
  ASSERT_THAT(outputs, IsOk());
  EXPECT_EQ(outputs->size(), 2u);
  EXPECT_THAT((*outputs)["b"], ElementsAre(6));
  EXPECT_EQ(layers_[2]->calls, 0);
  EXPECT_THAT(forward_until(layers_, Values{1}, {"e"}),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("there is no layer \"e\"")));
  EXPECT_THAT(forward_until(layers_, Values{1}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ForwardTest, RangeStartsInside) {
  EXPECT_THAT(*forward_range(layers_, Values{1}, "#1", "#2"), ElementsAre(12));
  EXPECT_THAT(*forward_range(layers_, Values{1}, "b", "#-1"), ElementsAre(60));
  EXPECT_EQ(layers_[0]->calls, 0);
  EXPECT_THAT(
      forward_range(layers_, Values{1}, "c", "b"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("stands before")));
  EXPECT_THAT(forward_range(layers_, Values{1}, "#4", "#5"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tblog::testing
