// SPDX-License-Identifier: Apache-2.0
//
// What hooks do to the model that they look at: nothing; and what an exception
// of the model does to them: its step is as if it had never been opened.

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/hook/hook_fixture.h"
#include "tests/hook/network.h"
#include "tests/testing/temp_dir.h"

namespace tblog::testing {
namespace {

// What a training leaves, to the last bit.
using Trace = std::vector<std::vector<float>>;

class HarmlessTest : public HookFixture {
 protected:
  void make_all(int64_t every = 1) {
    HookOptions options;
    options.max_overhead = 1;
    options.clock = &clock_;
    make(all_rules(dir_.path(), every), options);
    binding_ = attach(*hooks_, layers_);
    ASSERT_THAT(binding_, IsOk());
  }

  // A step of training, of which the third layer's outputs blow up at step 3.
  void train(LayerHooks& hooks, int64_t step, Trace& trace) {
    auto scope = hooks.step(step, Phase::kTrain);
    Matrix batch = batch_of(step);
    if (step == 3) batch.values[0] = NAN;
    const Matrix y = forward(hooks, layers_, batch);
    trace.push_back(y.values);
    trace.push_back(backward(hooks, layers_, y).values);
    for (Dense& layer : layers_) {
      trace.push_back(layer.parameters()[0].gradient.values);
    }
    scope.end_backward();
    for (Dense& layer : layers_) {
      if (step != 3) layer.update(0.1f);
      trace.push_back(layer.parameters()[0].value.values);
    }
  }

  // What is in the log but for the times, which are no values of the model.
  std::vector<std::string> logged() {
    std::vector<std::string> logged;
    for (const auto& event : events()) {
      if (event.what_case() != proto::Event::kSummary) continue;
      for (const auto& value : event.summary().value()) {
        logged.push_back(std::to_string(event.step()) + " " +
                         value.SerializeAsString());
      }
    }
    return logged;
  }

  TempDir dir_;
  std::vector<Dense> layers_ = make_network();
  absl::StatusOr<Binding> binding_;
};

// NaN is not equal to itself: bits are.
bool same_bits(const Trace& a, const Trace& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].size() != b[i].size() ||
        std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(float)) !=
            0) {
      return false;
    }
  }
  return true;
}

TEST_F(HarmlessTest, AModelIsTheSameToTheLastBitWithEveryRuleThereIs) {
  LayerHooks none(SummaryWriter::null(), {});
  Trace without;
  for (int64_t step = 0; step < 6; ++step) train(none, step, without);

  layers_ = make_network();
  make_all();
  Trace with;
  for (int64_t step = 0; step < 6; ++step) train(*hooks_, step, with);
  EXPECT_TRUE(same_bits(without, with));
  // All of them were at work.
  EXPECT_THAT(hooks_->never_fired(), IsEmpty());
  EXPECT_GE(hooks_->stats().findings, 1u);
  EXPECT_GT(tags().size(), 100u);
}

TEST_F(HarmlessTest, AnExceptionAtAnyPointLeavesNoTraceOfItsStep) {
  make_all();
  Trace trace;
  for (int64_t step = 0; step < 6; ++step) train(*hooks_, step, trace);
  const uint64_t findings = hooks_->stats().findings;
  hooks_.reset();
  const std::vector<std::string> expected = logged();
  ASSERT_GT(expected.size(), 100u);

  // Two points a pass and layer.
  for (int point = 0; point < 12; ++point) {
    SCOPED_TRACE(point);
    memory_.clear();
    binding_ = absl::UnknownError("another model");
    layers_ = make_network();
    open();
    make_all();
    Trace broken;
    for (int64_t step = 0; step < 6; ++step) {
      int left = point;
      if (step == 2) {
        for (Dense& layer : layers_) {
          layer.on_point = [&] {
            if (left-- == 0) throw std::runtime_error("out of memory");
          };
        }
        const size_t before = broken.size();
        EXPECT_THROW(train(*hooks_, step, broken), std::runtime_error);
        broken.resize(before);
        for (Dense& layer : layers_) layer.on_point = [] {};
      }
      train(*hooks_, step, broken);
    }
    EXPECT_TRUE(same_bits(trace, broken));
    EXPECT_EQ(hooks_->stats().broken_steps, 1u);
    EXPECT_EQ(hooks_->stats().refused, 0u);
    EXPECT_EQ(hooks_->stats().findings, findings);
    hooks_.reset();
    EXPECT_EQ(logged(), expected);
  }
}

}  // namespace
}  // namespace tblog::testing
