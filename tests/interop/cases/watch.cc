// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

using tblog::Rule;

// Two steps; in the second a value is not finite, a norm explodes, and half of
// the units are dead.
void write_watched(SummaryWriter& writer) {
  tblog::LayerHooks hooks(
      writer,
      {Rule::layers("*").outputs().stats(tblog::Stat::kMean).watch_nonfinite(),
       Rule::layers("*").gradients().watch_norm({.exploding = 4}),
       Rule::layers("*").watch_dead_units({.share = 0.5, .in_a_row = 1}),
       Rule::layers("*").watch_saturation({.in_a_row = 2})});
  const std::vector<std::vector<float>> outputs{
      {0.5f, -0.25f, 0.125f, 1}, {0, 3, 0, static_cast<float>(kInfinity)}};
  const std::vector<std::vector<float>> gradients{{0, 0.25f}, {3, 4}};
  for (int64_t step = 0; step < 2; ++step) {
    const auto scope = hooks.step(step, tblog::Phase::kTrain);
    hooks.tap("fc_1", outputs[static_cast<size_t>(step)]);
    hooks.tap("fc_1", gradients[static_cast<size_t>(step)],
              tblog::TensorKind::kGradients);
  }
}

}  // namespace

Runs watch_runs() { return {{"watched", write_watched, kReported}}; }

}  // namespace cases
