// SPDX-License-Identifier: Apache-2.0
//
// What hooks cost a training: steps of a network whose layers are all hooked,
// beside steps of the same network without, in time per step. Rows are as
// paired.h has them; the bound is the step without.
//
//   digits/N   the network of examples/digits (30,000 weights), batches of 32
//   larger/N   convolutions and layers of 1.1 million weights, batches of 64
//
// At each N-th step: histogram and statistics of every layer's output, of the
// gradient by it, of its weights and of their gradients; 0: rules that are
// never due. At each step: loss, accuracy and learning rate as scalars.
//
//   build/bench/tests/bench/tblog_training_bench

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "digits/layers.h"
#include "digits/loss.h"
#include "digits/network.h"
#include "digits/tensor_source.h"
#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/summary_writer.h"
#include "tests/bench/null_files_writer.h"
#include "tests/bench/paired.h"
#include "tests/bench/training_rules.h"

namespace tblog::bench {
namespace {

using digits::Index;

digits::Layers make_larger(uint64_t seed) {
  using namespace digits;
  Random random(seed);
  Layers layers;
  auto add = [&layers](auto layer) { layers.push_back(std::move(layer)); };
  add(std::make_unique<Conv2D>("conv1", 1, 32, 3, random));
  add(std::make_unique<BatchNorm2D>("norm1", 32));
  add(std::make_unique<Relu>("relu1"));
  add(std::make_unique<Conv2D>("conv2", 32, 64, 3, random));
  add(std::make_unique<BatchNorm2D>("norm2", 64));
  add(std::make_unique<Relu>("relu2"));
  add(std::make_unique<MaxPool2D>("pool2"));
  add(std::make_unique<Conv2D>("conv3", 64, 128, 3, random));
  add(std::make_unique<BatchNorm2D>("norm3", 128));
  add(std::make_unique<Relu>("relu3"));
  add(std::make_unique<MaxPool2D>("pool3"));  // 128 × 2 × 2
  add(std::make_unique<Linear>("fc1", 512, 1024, random));
  add(std::make_unique<Relu>("relu4"));
  add(std::make_unique<Linear>("fc2", 1024, 512, random));
  add(std::make_unique<Relu>("relu5"));
  add(std::make_unique<Linear>("fc3", 512, 10, random));
  return layers;
}

// Pictures of noise with a bright line where the label is: what is learned does
// not change what a step costs.
struct Batch {
  Batch(Index size, uint64_t seed) : images({size, 1, 8, 8}) {
    digits::Random random(seed);
    for (Index i = 0; i < images.size(); ++i)
      images[i] = static_cast<float>(random.below(17)) / 16;
    for (Index i = 0; i < size; ++i)
      labels.push_back(static_cast<int>(random.below(10)));
  }

  digits::Tensor images;
  std::vector<int> labels;
};

class Training {
 public:
  Training(digits::Layers layers, Index batch_size)
      : layers_(std::move(layers)) {
    digits::set_training(layers_, true);
    for (uint64_t seed = 0; seed < 8; ++seed)
      batches_.emplace_back(batch_size, seed);
  }

  void step_without() {
    const Batch& batch = next_batch();
    digits::Tensor x = batch.images;
    for (auto& layer : layers_) x = layer->forward(x);
    const digits::Loss loss = digits::softmax_cross_entropy(x, batch.labels);
    digits::Tensor gradient = loss.gradient;
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer)
      gradient = (*layer)->backward(gradient);
    adam_.step(kRate);
    benchmark::DoNotOptimize(gradient.data());
  }

  void step_with(SummaryWriter& writer, LayerHooks& hooks) {
    const Batch& batch = next_batch();
    auto scope = hooks.step(step_, Phase::kTrain);
    const digits::Tensor logits = forward(hooks, layers_, batch.images);
    const digits::Loss loss =
        digits::softmax_cross_entropy(logits, batch.labels);
    backward(hooks, layers_, loss.gradient);
    scope.end_backward();
    adam_.step(kRate);
    writer.scalars({{"loss", loss.mean},
                    {"correct", static_cast<double>(loss.correct)},
                    {"learning_rate", kRate}},
                   step_);
  }

  digits::Layers& layers() { return layers_; }

 private:
  static constexpr float kRate = 1e-3f;

  const Batch& next_batch() {
    ++step_;
    return batches_[static_cast<size_t>(step_) % batches_.size()];
  }

  digits::Layers layers_;
  digits::Adam adam_{layers_};
  std::vector<Batch> batches_;
  int64_t step_ = 0;
};

void measure_training(benchmark::State& state, Training& ours,
                      Training& bound) {
  const bool never = state.range(0) == 0;
  const int64_t every = never ? int64_t{1} << 40 : state.range(0);
  SummaryWriter writer = null_files_writer();
  LayerHooks hooks(writer, bench::training_rules(every));
  const auto binding = attach(hooks, ours.layers());
  if (!binding.ok()) return state.SkipWithError("the hooks are not attached");
  // The names of the layers are learned, and memory is at hand.
  ours.step_with(writer, hooks);
  bound.step_without();
  const int64_t steps = never ? 10 : std::max<int64_t>(every, 10);
  measure_row(
      state, {.items = static_cast<double>(steps), .goal = never ? 1.01 : 0},
      [&] {
        for (int64_t i = 0; i < steps; ++i) ours.step_with(writer, hooks);
      },
      [&] {
        for (int64_t i = 0; i < steps; ++i) bound.step_without();
      });
  if (!writer.status().ok()) state.SkipWithError("something was not logged");
}

void digits_example(benchmark::State& state) {
  constexpr Index kBatch = 32;
  Training ours(digits::make_network(1), kBatch);
  Training bound(digits::make_network(1), kBatch);
  measure_training(state, ours, bound);
}

void schedules(benchmark::internal::Benchmark* row) {
  measure_schedules(row, 7);
}
BENCHMARK(digits_example)->Name("digits")->Apply(schedules);

void larger(benchmark::State& state) {
  constexpr Index kBatch = 64;
  Training ours(make_larger(1), kBatch);
  Training bound(make_larger(1), kBatch);
  measure_training(state, ours, bound);
}
BENCHMARK(larger)->Apply(schedules);

}  // namespace
}  // namespace tblog::bench
