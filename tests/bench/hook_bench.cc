// SPDX-License-Identifier: Apache-2.0
//
// The price of a hook where it has nothing to do, and where it has.
//
//   tap_not_due          a tap in a step in which no rule is due; the goal is
//   at
//                        most 5 ns
//   tap_in_first_step    the same in the very first step, when names are
//   learned observe_not_due      the same by LayerId observe_other_due    by
//   LayerId, in a step in which a rule for another layer
//                        is due
//   tap_other_due        the same by name: a look-up
//   forward_not_due      tblog::forward over 8 layers that do nothing, a layer
//   loop_of_layers       the bare loop over them
//   step_not_due         opening and ending a step
//   copy_due             a tap of 1,000 floats that are copied for a Capture,
//   its step
//                        included
//
//   build/dev/tests/bench/tblog_hook_bench

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tblog/forward.h"
#include "tblog/layer_hooks.h"

namespace tblog {
namespace {

using Values = std::vector<float>;

// Hooks with a rule for layer "a" that is due in steps that are multiples of
// 1,000, after a first step in which names were learned.
LayerHooks make_hooks() {
  LayerHooks hooks(
      SummaryWriter::null(),
      {Rule::layers("a").call([](const LayerEvent&) {}).every(1000)});
  const auto scope = hooks.step(1, Phase::kTrain);
  hooks.tap("a", Values{1});
  hooks.tap("b", Values{1});
  return hooks;
}

void tap_not_due(benchmark::State& state) {
  LayerHooks hooks = make_hooks();
  const auto scope = hooks.step(2, Phase::kTrain);
  const Values values(10);
  for (auto _ : state) hooks.tap("a", values);
}
BENCHMARK(tap_not_due);

void tap_in_first_step(benchmark::State& state) {
  LayerHooks hooks(
      SummaryWriter::null(),
      {Rule::layers("a").call([](const LayerEvent&) {}).every(1000)});
  const auto scope = hooks.step(1, Phase::kTrain);
  const Values values(10);
  for (auto _ : state) hooks.tap("a", values);
}
BENCHMARK(tap_in_first_step);

void observe(benchmark::State& state, int64_t step, size_t layer) {
  LayerHooks hooks = make_hooks();
  const auto binding = hooks.bind({{"x"}, {"y"}});
  const auto scope = hooks.step(step, Phase::kTrain);
  const Values values(10);
  const LayerId id = binding->layer(layer);
  for (auto _ : state) hooks.observe(id, TensorKind::kOutputs, values);
}
void observe_not_due(benchmark::State& state) { observe(state, 2, 0); }
BENCHMARK(observe_not_due);
void observe_other_due(benchmark::State& state) { observe(state, 1000, 1); }
BENCHMARK(observe_other_due);

void tap_other_due(benchmark::State& state) {
  LayerHooks hooks = make_hooks();
  const auto scope = hooks.step(1000, Phase::kTrain);
  const Values values(10);
  for (auto _ : state) hooks.tap("b", values);
}
BENCHMARK(tap_other_due);

struct Layer {
  const std::string& name() const { return label; }
  Values forward(Values& x) { return std::move(x); }
  std::string label;
};

void forward_not_due(benchmark::State& state) {
  LayerHooks hooks = make_hooks();
  std::vector<Layer> layers(8, Layer{"a"});
  const auto scope = hooks.step(2, Phase::kTrain);
  Values values(10);
  for (auto _ : state) values = forward(hooks, layers, std::move(values));
  state.SetItemsProcessed(state.iterations() * 8);
}
BENCHMARK(forward_not_due);

void loop_of_layers(benchmark::State& state) {
  std::vector<Layer> layers(8, Layer{"a"});
  Values values(10);
  for (auto _ : state) {
    for (Layer& layer : layers) values = layer.forward(values);
    benchmark::DoNotOptimize(values.data());
  }
  state.SetItemsProcessed(state.iterations() * 8);
}
BENCHMARK(loop_of_layers);

void step_not_due(benchmark::State& state) {
  LayerHooks hooks = make_hooks();
  for (auto _ : state) const auto scope = hooks.step(2, Phase::kTrain);
}
BENCHMARK(step_not_due);

void copy_due(benchmark::State& state) {
  LayerHooks hooks(SummaryWriter::null(), {Rule::layers("a").capture()});
  const Values values(1000, 1.0f);
  int64_t step = 0;
  for (auto _ : state) {
    const auto scope = hooks.step(step++, Phase::kTrain);
    hooks.tap("a", values);
  }
}
BENCHMARK(copy_due);

}  // namespace
}  // namespace tblog
