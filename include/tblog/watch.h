// SPDX-License-Identifier: Apache-2.0
//
// Watches: what rules of LayerHooks keep an eye on, and what they found.
// Values.
//
//   Rule::layers("*").outputs().gradients().watch_nonfinite()
//   Rule::layers("*").weight_gradients().watch_norm()
//   Rule::type("ReLU").watch_dead_units().every(100)
//   Rule::layers("*").weights().watch_update_ratio().every(100)
//   Rule::type("Tanh").watch_saturation().every(100)
//
// Each gives a series of scalars, <tag> being what rule.h says:
//
//   <tag>/nonfinite_count     values that are NaN or ±inf
//   <tag>/norm                √Σx²; NaN or inf where a value is
//   <tag>/dead_fraction       share of units that gave nothing but zeros
//   <tag>/update_ratio        ‖change‖ / ‖weights‖ of one step
//   <tag>/saturated_fraction  share of values at or beyond a bound
//
// and the first time that its condition is met a finding: a text under
// watch/<tag>/<watch> that says where, what it means and what to look at, a
// line in LayerHooks::reports() and to on_error, and a call of
// HookOptions::on_finding. A finding of one watch and one tag is told once.

#ifndef TBLOG_WATCH_H_
#define TBLOG_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tblog/rule_types.h"

namespace tblog {

// What can be found.
enum class Watch : uint8_t {
  kNonfinite,     // a value that is NaN or ±inf
  kVanishing,     // a norm so small that it moves nothing
  kExploding,     // a norm far too large
  kDeadUnits,     // too many units that give nothing but zeros
  kSmallUpdates,  // weights that hardly change
  kLargeUpdates,  // weights that change too much at once
  kSaturation,    // too many values at the flat ends of an activation
};
inline constexpr size_t kWatches = 7;

// As in tags: "nonfinite", "small_updates".
constexpr std::string_view watch_name(Watch watch) noexcept {
  switch (watch) {
    case Watch::kNonfinite:
      return "nonfinite";
    case Watch::kVanishing:
      return "vanishing";
    case Watch::kExploding:
      return "exploding";
    case Watch::kDeadUnits:
      return "dead_units";
    case Watch::kSmallUpdates:
      return "small_updates";
    case Watch::kLargeUpdates:
      return "large_updates";
    case Watch::kSaturation:
      return "saturation";
  }
  return "unknown";
}

// Told at once, when the tensor is seen. What comes after it in the same step,
// and in the steps until one has none, is its consequence and is not told.
struct NonfiniteWatch {
  // Where to save what went in, as DIRECTORY/nonfinite-<step>.npz: the tensor
  // itself and, of outputs, the inputs of that call, where an adapter or a tap
  // shows them. Costs a copy of each layer's inputs in each due step, of which
  // as many are held as layers are running, HookOptions::max_capture_bytes at
  // most. Default: not saved.
  std::string save_npz = {};
};

// `in_a_row`, here and below: in how many looks (steps in which the rule is
// due) one after the other the condition must hold. Larger: later, and fewer
// false alarms. Valid: 1 to 1,000,000.

// Of gradients and weight gradients, mostly. Exploding is told at once.
struct NormWatch {
  // Told at or below. Larger: sooner. Valid: 0 and up. Default: 2^-23, the
  // resolution of float32: no single element is larger, and a weight of 1 with
  // a learning rate of 1 or less stands still.
  double vanishing = 0x1p-23;
  // Told above, and of infinity. Smaller: sooner. Valid: above `vanishing`.
  // Default: 1,000, a hundred times what gradients are clipped to where they
  // are (1 to 10; R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of
  // training recurrent neural networks", 2013).
  double exploding = 1e3;
  int in_a_row = 3;
};

// Of outputs: a unit is one index of one dimension, and dead in a look where
// all its values are zero, over all calls that the look merges.
struct DeadUnitsWatch {
  // The dimension that counts units; negative ones count from the end. Default:
  // 1, as in [batch, features] and [batch, channels, height, width]; channels
  // last: -1. A tensor of one dimension has its units there.
  int unit_axis = 1;
  // Told where at least this share of units is dead. Valid: above 0 to 1.
  // Default: 0.4 (what a learning rate that is too high does to ReLU, says A.
  // Karpathy, Stanford CS231n, "Neural Networks Part 1").
  double share = 0.4;
  // One batch is a small sample: a unit that it leaves silent may live.
  int in_a_row = 3;
};

// Of weights: how far one step moved them. They are read when the step's scope
// opens and again when it ends, so that the optimizer must run inside it; a
// copy is kept meanwhile, HookOptions::max_watch_bytes at most.
struct UpdateRatioWatch {
  // Told at or below, and above. Valid: 0 and up; above `low`. Default: a
  // hundredth and a hundred times 1e-3, about where the ratio should be (A.
  // Karpathy, Stanford CS231n, "Neural Networks Part 3").
  double low = 1e-5;
  double high = 1e-1;
  // Parameters of fewer dimensions are left out: biases and scales begin near
  // 0, where the ratio says little. Valid: 0 to 8.
  int min_rank = 2;
  int in_a_row = 3;
};

// Of outputs of a bounded activation.
struct SaturationWatch {
  // A value at or below `lower`, or at or above `upper`, is saturated. Valid:
  // finite, lower < upper. Default: those of tanh, beyond which less than 6 %
  // of its steepest slope is left; of a sigmoid take 0.015 and 0.985.
  double lower = -0.97;
  double upper = 0.97;
  // Told where at least this share of values is. Valid: above 0 to 1. Default:
  // a half.
  double share = 0.5;
  int in_a_row = 3;
};

// What a watch has found, for HookOptions::on_finding.
struct WatchFinding {
  Watch watch = Watch::kNonfinite;
  std::string layer;
  std::string leaf;  // empty for a single tensor; a parameter's name
  TensorKind kind = TensorKind::kOutputs;
  int call = 0;  // of this layer in this step, from 0
  Phase phase = Phase::kTrain;
  int64_t step = 0;
  // What was measured: of kNonfinite the value itself, else the norm, the
  // share, the ratio.
  double value = 0;
  // Of kNonfinite, where the value stands in the tensor.
  std::vector<int64_t> index;
  // One line of text.
  std::string message;
};

}  // namespace tblog

#endif  // TBLOG_WATCH_H_
