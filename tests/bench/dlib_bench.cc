// SPDX-License-Identifier: Apache-2.0
//
// What hooks cost a training with dlib, as torch_bench.cc has it of LibTorch: a
// step of a network of two convolutions and two layers behind them, batches of
// 32 pictures of 8 × 8, on one thread. Rows are as paired.h has them.
//
//   training/every:N    compute_parameter_gradients(hooks, …) beside the net's
//   inference/every:N   forward(hooks, …) beside the net's call
//
// At each N-th step histogram and statistics of all that a layer has, in
// inference of its output; 0: rules that are never due.
//
//   cmake --build --preset dev --target tblog_dlib_bench
//   build/dev/tests/bench/tblog_dlib_bench

#include <benchmark/benchmark.h>
#include <dlib/dnn.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tblog/dlib.h"
#include "tests/bench/null_files_writer.h"
#include "tests/bench/paired.h"
#include "tests/bench/training_rules.h"

namespace tblog::bench {
namespace {

constexpr size_t kBatch = 32;

using Image = dlib::matrix<float>;
using Net = dlib::loss_multiclass_log<dlib::fc<
    10,
    dlib::htan<dlib::fc<
        48,
        dlib::max_pool<
            2, 2, 2, 2,
            dlib::relu<dlib::con<
                24, 3, 3, 1, 1,
                dlib::max_pool<2, 2, 2, 2,
                               dlib::relu<dlib::con<
                                   12, 3, 3, 1, 1, dlib::input<Image>>>>>>>>>>>;

// The same at each run; `net` is changed by each step.
class Training {
 public:
  Training() {
    std::srand(1);  // by which dlib makes the first weights
    for (size_t i = 0; i < kBatch; ++i) {
      images_.push_back(dlib::matrix_cast<float>(
          dlib::gaussian_randm(8, 8, static_cast<unsigned long>(i))));
      labels_.push_back(i % 10);
    }
  }

  Net& net() { return net_; }

  void train() {
    net_.compute_parameter_gradients(images_.begin(), images_.end(),
                                     labels_.begin());
    net_.update_parameters(solvers_, 1e-3);
  }
  void train(LayerHooks& hooks) {
    auto scope = hooks.step(step_++, Phase::kTrain);
    compute_parameter_gradients(hooks, net_, images_.begin(), images_.end(),
                                labels_.begin());
    scope.end_backward();
    net_.update_parameters(solvers_, 1e-3);
  }
  void infer() { benchmark::DoNotOptimize(net_(images_, kBatch)); }
  void infer(LayerHooks& hooks) {
    const auto scope = hooks.step(step_++, Phase::kInference);
    benchmark::DoNotOptimize(forward(hooks, net_, images_, kBatch));
  }

 private:
  Net net_;
  std::vector<dlib::sgd> solvers_ =
      std::vector<dlib::sgd>(Net::num_computational_layers);
  std::vector<Image> images_;
  std::vector<unsigned long> labels_;
  int64_t step_ = 0;
};

template <class Step>
void measure(benchmark::State& state, std::vector<Rule> (*rules)(int64_t),
             Step&& step) {
  constexpr int64_t kSteps = 20;
  Training ours;
  Training bound;
  const bool never = state.range(0) == 0;
  const int64_t every = never ? int64_t{1} << 40 : state.range(0);
  const SummaryWriter writer = null_files_writer();
  LayerHooks hooks(writer, rules(every));
  const auto binding = attach(hooks, ours.net());
  if (!binding.ok()) return state.SkipWithError("the hooks are not attached");
  step(ours, hooks);  // everything's first step is due
  step(bound);
  const int64_t steps = std::max(never ? 0 : every, kSteps);
  const bool rarely = never || every >= 100;
  measure_row(
      state, {.items = static_cast<double>(steps), .goal = rarely ? 1.01 : 0},
      [&] {
        for (int64_t i = 0; i < steps; ++i) step(ours, hooks);
      },
      [&] {
        for (int64_t i = 0; i < steps; ++i) step(bound);
      });
  if (!writer.status().ok()) state.SkipWithError("something was not logged");
}

void training(benchmark::State& state) {
  measure(state, &training_rules,
          [](Training& of, auto&... hooks) { of.train(hooks...); });
}
void inference(benchmark::State& state) {
  const auto rules = [](int64_t every) {
    return std::vector{
        Rule::layers("*").outputs().histogram().stats().every(every)};
  };
  measure(state, +rules,
          [](Training& of, auto&... hooks) { of.infer(hooks...); });
}

void schedules(benchmark::internal::Benchmark* row) {
  measure_schedules(row, 51);
}
BENCHMARK(training)->Apply(schedules);
BENCHMARK(inference)->Apply(schedules);

}  // namespace
}  // namespace tblog::bench
