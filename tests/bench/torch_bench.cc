// SPDX-License-Identifier: Apache-2.0
//
// What hooks cost a training with LibTorch: steps of a model whose layers are
// watched, beside steps of the same model without a line of tblog, in time per
// step, on one thread. Rows are as paired.h has them.
//
//   hooked/MODEL/every:N      Hooked layers
//   untouched/MODEL/every:N   stock layers, attach(…, Untouched{})
//
//   perceptron    8 layers of 64 units, batches of 32: tiny, where all shows
//   transformer   2 blocks of width 64, batches of 8 × 16 words
//   resnet18      20 convolutions, width 16, batches of 4 pictures of 16 × 16
//
// At each N-th step: histogram and statistics of every layer's output, of the
// gradient by it, of its weights and of their gradients; 0: rules that are
// never due.
//
//   build/bench/tests/bench/tblog_torch_bench

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tblog/torch.h"
#include "tests/bench/null_files_writer.h"
#include "tests/bench/paired.h"
#include "tests/bench/training_rules.h"
#include "tests/torch/models.h"

namespace tblog::bench {
namespace {

namespace nn = torch::nn;
using at::Tensor;
using testing::ResNet18Impl;
using testing::Stock;
using testing::TransformerImpl;

template <template <class> class L>
struct PerceptronImpl : nn::Module {
  PerceptronImpl() {
    for (int i = 0; i < 8; ++i) {
      layers.push_back(this->register_module("fc" + std::to_string(i),
                                             L<nn::Linear>(64, 64)));
    }
  }
  Tensor forward(Tensor x) {
    for (auto& layer : layers) x = layer(x).relu();
    return x;
  }
  std::vector<L<nn::Linear>> layers;
};

// One kind of model, how it is made and what it is trained on.
template <template <template <class> class> class Net>
struct Setting;
template <>
struct Setting<PerceptronImpl> {
  template <template <class> class L>
  static std::shared_ptr<PerceptronImpl<L>> make() {
    return std::make_shared<PerceptronImpl<L>>();
  }
  static Tensor batch() { return at::rand({32, 64}); }
  static constexpr int64_t kSteps = 100;
};
template <>
struct Setting<TransformerImpl> {
  template <template <class> class L>
  static std::shared_ptr<TransformerImpl<L>> make() {
    return std::make_shared<TransformerImpl<L>>(100, 64);
  }
  static Tensor batch() { return at::randint(100, {8, 16}); }
  static constexpr int64_t kSteps = 20;
};
template <>
struct Setting<ResNet18Impl> {
  template <template <class> class L>
  static std::shared_ptr<ResNet18Impl<L>> make() {
    return std::make_shared<ResNet18Impl<L>>(16);
  }
  static Tensor batch() { return at::rand({4, 3, 16, 16}); }
  static constexpr int64_t kSteps = 10;
};

template <class Model>
class Training {
 public:
  Training(std::shared_ptr<Model> model, const std::function<Tensor()>& batch)
      : model_(std::move(model)), optimizer_(model_->parameters(), 1e-3) {
    for (int i = 0; i < 4; ++i) batches_.push_back(batch());
  }

  void step_without() {
    optimizer_.zero_grad();
    loss().backward();
    optimizer_.step();
  }
  void step_with(LayerHooks& hooks) {
    auto scope = hooks.step(step_, Phase::kTrain);
    optimizer_.zero_grad();
    loss().backward();
    scope.end_backward();
    optimizer_.step();
  }

  Model& model() { return *model_; }

 private:
  Tensor loss() {
    const Tensor& batch = batches_[static_cast<size_t>(step_++) % 4];
    return model_->forward(batch).pow(2).mean();
  }

  std::shared_ptr<Model> model_;
  torch::optim::SGD optimizer_;
  std::vector<Tensor> batches_;
  int64_t step_ = 0;
};

template <template <template <class> class> class Net, template <class> class L,
          class... How>
void measure(benchmark::State& state, How... how) {
  at::set_num_threads(1);
  torch::manual_seed(0);
  Training ours(Setting<Net>::template make<L>(), &Setting<Net>::batch);
  Training bound(Setting<Net>::template make<Stock>(), &Setting<Net>::batch);
  const bool never = state.range(0) == 0;
  const int64_t every = never ? int64_t{1} << 40 : state.range(0);
  const SummaryWriter writer = null_files_writer();
  LayerHooks hooks(writer, bench::training_rules(every));
  const auto binding = attach(hooks, ours.model(), how...);
  if (!binding.ok()) return state.SkipWithError("the hooks are not attached");
  ours.step_with(hooks);  // everything's first step is due
  bound.step_without();
  const int64_t steps = std::max(never ? 0 : every, Setting<Net>::kSteps);
  const bool rarely = never || every >= 100;
  measure_row(
      state, {.items = static_cast<double>(steps), .goal = rarely ? 1.01 : 0},
      [&] {
        for (int64_t i = 0; i < steps; ++i) ours.step_with(hooks);
      },
      [&] {
        for (int64_t i = 0; i < steps; ++i) bound.step_without();
      });
  if (!writer.status().ok()) state.SkipWithError("something was not logged");
}

template <template <template <class> class> class Net>
void hooked(benchmark::State& state) {
  measure<Net, Hooked>(state);
}
template <template <template <class> class> class Net>
void untouched(benchmark::State& state) {
  measure<Net, Stock>(state, Untouched{});
}

void schedules(benchmark::internal::Benchmark* row) {
  measure_schedules(row, 9);
}
BENCHMARK(hooked<PerceptronImpl>)->Name("hooked/perceptron")->Apply(schedules);
BENCHMARK(untouched<PerceptronImpl>)
    ->Name("untouched/perceptron")
    ->Apply(schedules);
BENCHMARK(hooked<TransformerImpl>)
    ->Name("hooked/transformer")
    ->Apply(schedules);
BENCHMARK(untouched<TransformerImpl>)
    ->Name("untouched/transformer")
    ->Apply(schedules);
BENCHMARK(hooked<ResNet18Impl>)->Name("hooked/resnet18")->Apply(schedules);
BENCHMARK(untouched<ResNet18Impl>)
    ->Name("untouched/resnet18")
    ->Apply(schedules);

}  // namespace
}  // namespace tblog::bench
