// SPDX-License-Identifier: Apache-2.0
//
// Rule: which layers of a model are looked at, which of their tensors, what is
// logged of them, and when. A value: copy it freely. Thread-compatible.
//
//   Rule::layers("encoder.*").outputs().gradients().histogram().every(100)
//   Rule::layers("#0,#-1").outputs().image_grid().in(Phase::kInference)
//   Rule::type("Conv2D").weights().stats().every(std::chrono::seconds(30))
//
// What a rule logs has the tag
//
//   <layer>[:<call>][/<leaf>]/<kind>[/<what>]
//
//   layer  the layer's name, with the prefixes of LayerHooks::scope()
//   call   1, 2, … for later calls in one step, see Repeat::kIndex
//   leaf   the place in an output of several tensors ("0", "1/state"), or the
//          parameter's name for weights
//   kind   outputs, inputs, gradients, weights or weight_gradients
//   what   nothing for the histogram; mean, std, min, max, l1, l2,
//          zero_fraction and nonfinite_fraction for the statistics; image,
//          tensor, shape; for watches see watch.h
//
// such as "conv1/outputs", "conv1/outputs/mean", "lstm:1/0/outputs/image",
// "fc1/bias/weight_gradients".

#ifndef TBLOG_RULE_H_
#define TBLOG_RULE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tblog/export.h"
#include "tblog/histogram.h"
#include "tblog/rule_types.h"
#include "tblog/tensor_view.h"
#include "tblog/watch.h"

namespace tblog {

// One number of Rule::stats(). Of the finite values but for the fractions.
enum class Stat : uint8_t {
  kMean,
  kStd,  // of the population: divided by the number of values
  kMin,
  kMax,
  kL1,  // Σ|x|
  kL2,  // √Σx²
  kZeroFraction,
  kNonfiniteFraction,
};
inline constexpr size_t kStats = 8;

// As in tags: "mean", "zero_fraction".
constexpr std::string_view stat_name(Stat stat) noexcept {
  switch (stat) {
    case Stat::kMean:
      return "mean";
    case Stat::kStd:
      return "std";
    case Stat::kMin:
      return "min";
    case Stat::kMax:
      return "max";
    case Stat::kL1:
      return "l1";
    case Stat::kL2:
      return "l2";
    case Stat::kZeroFraction:
      return "zero_fraction";
    case Stat::kNonfiniteFraction:
      return "nonfinite_fraction";
  }
  return "unknown";
}

// A set of them: `Stat::kMean | Stat::kStd`.
class StatSet {
 public:
  constexpr StatSet() noexcept = default;
  constexpr StatSet(Stat stat) noexcept
      : bits_(uint32_t{1} << static_cast<uint32_t>(stat)) {}
  static constexpr StatSet all() noexcept {
    StatSet set;
    set.bits_ = (uint32_t{1} << kStats) - 1;
    return set;
  }
  constexpr bool contains(Stat stat) const noexcept {
    return (bits_ & StatSet(stat).bits_) != 0;
  }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  friend constexpr StatSet operator|(StatSet a, StatSet b) noexcept {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  uint32_t bits_ = 0;
};
constexpr StatSet operator|(Stat a, Stat b) noexcept {
  return StatSet(a) | StatSet(b);
}

// What becomes of a layer that is called several times in one step (shared
// weights, a loop, 100 batches of evaluation). There are never two values of
// one tag at one step.
enum class Repeat : uint8_t {
  // One value for all calls, at the step's end. Statistics are exact, and
  // histograms of Scale::kTensorFlow and kExplicit. Of Scale::kLinear min, max,
  // num and sums are exact, and each value is counted at most 1/2000 of the
  // range from its place; in the step in which a layer that was known for one
  // call gets a second one, the first call's values may be off by one bucket of
  // that call. Images, tensors, shapes and captures cannot be merged and stand
  // for the first call.
  kMerge,
  // One value a call: `<layer>`, `<layer>:1`, `<layer>:2`, … up to max_calls;
  // more are left out, and reported once.
  kIndex,
  kFirst,  // the first call's
  kLast,   // the last call's
};

// Order of dimensions for Rule::image_grid().
enum class GridLayout : uint8_t {
  kChannelsFirst,  // [batch, channels, height, width] or [channels, height,
                   // width]
  kChannelsLast,   // [batch, height, width, channels] or [height, width,
                   // channels]
};

// How channels become one image. Two dimensions are one tile, one dimension is
// a row of pixels.
struct ImageGridOptions {
  // Default: channels first. Weights are always [out, in, height, width]:
  // a tile each of out · in.
  GridLayout layout = GridLayout::kChannelsFirst;
  // Which of the batch is shown. Valid: 0 and up; beyond the batch: refused.
  int64_t example = 0;
  // Tiles at most; the first ones are shown. Valid: 1 to 4,096.
  int max_tiles = 64;
  // Pixels of the image a value is wide and high. 0: as many as make a tile
  // about 32 pixels high. Valid: 0 to 64.
  int zoom = 0;
};

// A layer, for Rule::where().
struct LayerInfo {
  std::string_view name;
  std::string_view type;  // empty where the framework does not say
  int64_t index = 0;      // as `#index` selects it; -1: no index means it
};

// A tensor that has just been seen, for Rule::call(). Borrowed for the call.
struct LayerEvent {
  std::string_view layer;
  std::string_view type;
  std::string_view leaf;  // empty for a single tensor
  TensorKind kind = TensorKind::kOutputs;
  int call = 0;  // of this layer in this step, from 0
  Phase phase = Phase::kTrain;
  int64_t step = 0;
  TensorView value;
};

namespace internal {

enum class SelectBy : uint8_t { kPattern, kRegex, kType, kPredicate };

// What a Rule says, as plain fields.
struct RuleSpec {
  SelectBy select_by = SelectBy::kPattern;
  std::string selector;
  std::function<bool(const LayerInfo&)> predicate;

  TensorKindSet kinds;

  StatSet stats;  // empty: none
  bool histogram = false;
  bool image_grid = false;
  bool tensor = false;
  bool shapes = false;
  bool times = false;
  bool capture = false;
  HistogramOptions histogram_options;
  ImageGridOptions image_grid_options;
  std::optional<NonfiniteWatch> nonfinite;
  std::optional<NormWatch> norm;
  std::optional<DeadUnitsWatch> dead_units;
  std::optional<UpdateRatioWatch> update_ratio;
  std::optional<SaturationWatch> saturation;
  bool save_npz = false;
  std::string npz_directory;
  std::vector<std::function<void(const LayerEvent&)>> callbacks;

  int64_t every_steps = 1;
  int64_t first_steps = std::numeric_limits<int64_t>::max();
  bool by_time = false;
  std::chrono::nanoseconds every_time{0};
  std::vector<Phase> phases;  // none: all

  Repeat repeat = Repeat::kMerge;
  int max_calls = 8;
};

}  // namespace internal

class TBLOG_EXPORT Rule {
 public:
  // ---- Which layers ----
  // A rule that can match nothing (a bad pattern, a layer that is not there) is
  // reported, see LayerHooks.

  // By a comma-separated list. Each part is
  //   a name or a glob: * any characters, ? one, [a-c] one of them, a backslash
  //     takes the next character as it is; a layer whose name is the part
  //     itself always matches
  //   #2       the layer of this index, from 0
  //   #-1      from the end, the last one being #-1
  //   #1..#3   an inclusive range; also written #1..3
  // Index: the order in which the adapter lists the layers of one model, or
  // LayerHooks::declare() names them, else that of the first tap of each.
  static Rule layers(std::string_view selector);
  // By an ECMAScript regular expression that the whole name matches.
  static Rule regex(std::string_view expression);
  // By the layer's type as the framework spells it ("Conv2D"), or a list or
  // globs of such.
  static Rule type(std::string_view selector);
  // By the caller's own judgement, asked once a layer. What it throws is
  // reported and counts as false.
  static Rule where(std::function<bool(const LayerInfo&)> predicate);

  // ---- Which of their tensors ---- Default: outputs.

  Rule& outputs();
  Rule& inputs();
  Rule& gradients();
  Rule& weights();
  Rule& weight_gradients();

  // ---- What is logged of them ---- At least one.
  // Of several due rules that log the same of a layer (two histograms of its
  // outputs, say), the last in the list does.

  // Complex tensors: tensor(), shapes(), capture(), save_npz() and call() take
  // them; the others refuse them, for complex numbers have no order.

  // Mean, standard deviation, … as scalars; all scalars of one step are one
  // event. Of a tensor without a finite value only the two fractions. Default:
  // all of them. Cost: the same for one and for all, but for their bytes.
  Rule& stats(StatSet which = StatSet::all());
  Rule& histogram(const HistogramOptions& options = {});
  // One gray image of all channels, from black at the smallest to white at the
  // largest value; NaN is magenta. Gray lines, a pixel wide, part the tiles.
  Rule& image_grid(const ImageGridOptions& options = {});
  // All values, see SummaryWriter::tensor().
  Rule& tensor();
  // How long the forward and the backward pass of each layer took, as run
  // metadata of the tags "<phase>/forward" and "<phase>/backward", by which the
  // Graphs page colours the graph of LayerHooks::log_graph(). Several calls in
  // one step are added up. Where something measures it: tblog::forward() and
  // tblog::backward() do; see LayerHooks::note_time(). Needs no tensor.
  Rule& times();
  // Type and shape as text, such as "float32 [16, 8, 8]".
  Rule& shapes();
  // Keeps a copy of what was seen in the last finished step for
  // LayerHooks::capture().
  Rule& capture();
  // Saves a copy as DIRECTORY/<step>.npz at each due step's end, a member a
  // tensor.
  Rule& save_npz(std::string_view directory);
  // Calls `callback` for each tensor, on the thread of the model, maybe on
  // several at once. What it throws is counted and reported, and never reaches
  // the model. It may log, and remove hooks.
  Rule& call(std::function<void(const LayerEvent&)> callback);

  // ---- What is watched ---- See watch.h: a series each, and a text the first
  // time that something is wrong.

  // NaN and infinities in any kind of tensor. Cost: one reading of the tensor,
  // or none beside stats().
  Rule& watch_nonfinite(const NonfiniteWatch& options = {});
  // Gradients that vanish or explode. Cost: as stats(), or none beside it.
  Rule& watch_norm(const NormWatch& options = {});
  // Units whose outputs are zero. Cost: up to a reading, mostly far less.
  Rule& watch_dead_units(const DeadUnitsWatch& options = {});
  // How far a step moves the weights; of no other kind of tensor. Cost: a copy
  // and two readings of each.
  Rule& watch_update_ratio(const UpdateRatioWatch& options = {});
  // Values at the flat ends of an activation. Cost: one reading.
  Rule& watch_saturation(const SaturationWatch& options = {});

  // ---- When ---- Default: in each step. All that is said must hold.

  // Steps that are multiples of `steps`. Valid: 1 and up.
  Rule& every(int64_t steps);
  // The first `steps` ones that are due otherwise. Valid: 1 and up.
  Rule& first(int64_t steps);
  // Not sooner than `time` after the last due step. Valid: above 0.
  Rule& every(std::chrono::nanoseconds time);
  // In this phase only; several calls add phases.
  Rule& in(const Phase& phase);

  // Default: Repeat::kMerge. `max_calls`, of Repeat::kIndex: 1 to 1,000.
  Rule& repeat(Repeat repeat, int max_calls = 8);

  const internal::RuleSpec& spec() const noexcept { return spec_; }

 private:
  Rule() = default;

  internal::RuleSpec spec_;
};

}  // namespace tblog

#endif  // TBLOG_RULE_H_
