// SPDX-License-Identifier: Apache-2.0
//
// What hooks hold after many steps.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tblog/layer_hooks.h"
#include "tests/hook/network.h"
#include "tests/testing/counted_memory.h"
#include "tests/testing/null_file_system.h"
#include "tests/testing/status_matchers.h"

namespace tblog::testing {
namespace {

// A training of a small network, watched and captured in every step and looked
// at by every other rule in some; now and then it blows up, or an exception
// ends a step.
class Training {
 public:
  Training() {
    WriterOptions options;
    options.file_system = &files_;
    options.max_block = std::chrono::hours(1);
    options.on_error = [](const absl::Status&) {};
    writer_ = SummaryWriter("runs/a", options);
    HookOptions hook_options;
    hook_options.max_overhead = 1;
    hooks_ = LayerHooks(writer_, all_rules("", 20), hook_options);
    binding_ = attach(hooks_, layers_);
    capture_ = hooks_.capture({"*"}, TensorKind::kOutputs);
  }

  void run(int64_t begin, int64_t end) {
    for (int64_t step = begin; step < end; ++step) {
      try {
        train(step);
      } catch (const std::runtime_error&) {
      }
    }
  }

  // The queue is emptied, so that only what is held counts.
  int64_t held() {
    EXPECT_THAT(writer_.flush(), IsOk());
    return live_bytes();
  }

  HookStats stats() const { return hooks_.stats(); }
  size_t captured() const { return capture_.names().size(); }

 private:
  void train(int64_t step) {
    auto scope = hooks_.step(step, Phase::kTrain);
    Matrix batch = batch_of(step);
    if (step % 1000 == 7) batch.values[0] = NAN;
    const Matrix y = forward(hooks_, layers_, batch);
    if (step % 100 == 50) throw std::runtime_error("of the model");
    backward(hooks_, layers_, y);
    scope.end_backward();
    if (step % 1000 != 7) {
      for (Dense& layer : layers_) layer.update(1e-3f);
    }
  }

  NullFileSystem files_;
  SummaryWriter writer_ = SummaryWriter::null();
  LayerHooks hooks_;
  std::vector<Dense> layers_ = make_network();
  absl::StatusOr<Binding> binding_;
  Capture capture_ = hooks_.capture({});
};

TEST(HookMemoryTest, IsFlatOverAHundredThousandSteps) {
  Training training;
  training.run(0, 10'000);
  const int64_t before = training.held();
  training.run(10'000, 110'000);
  EXPECT_LE(training.held(), before + 16'384);
  EXPECT_EQ(training.stats().broken_steps, 1'100u);
  EXPECT_GE(training.stats().findings, 1u);
  EXPECT_EQ(training.captured(), 3u);
}

}  // namespace
}  // namespace tblog::testing
