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
//          tensor, shape
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
#include <string>
#include <string_view>
#include <vector>

#include "tblog/export.h"
#include "tblog/histogram.h"
#include "tblog/tensor_view.h"

namespace tblog {

// Which tensor of a layer.
enum class TensorKind : uint8_t {
  kOutputs,
  kInputs,
  kGradients,  // of the loss by the layer's outputs
  kWeights,    // its parameters
  kWeightGradients,
};
inline constexpr size_t kTensorKinds = 5;

// As in tags: "outputs", "weight_gradients".
constexpr std::string_view tensor_kind_name(TensorKind kind) noexcept {
  switch (kind) {
    case TensorKind::kOutputs:
      return "outputs";
    case TensorKind::kInputs:
      return "inputs";
    case TensorKind::kGradients:
      return "gradients";
    case TensorKind::kWeights:
      return "weights";
    case TensorKind::kWeightGradients:
      return "weight_gradients";
  }
  return "unknown";
}

// A set of them: `TensorKind::kOutputs | TensorKind::kGradients`.
class TensorKindSet {
 public:
  constexpr TensorKindSet() noexcept = default;
  constexpr TensorKindSet(TensorKind kind) noexcept
      : bits_(uint32_t{1} << static_cast<uint32_t>(kind)) {}
  constexpr bool contains(TensorKind kind) const noexcept {
    return (bits_ & TensorKindSet(kind).bits_) != 0;
  }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  constexpr uint32_t bits() const noexcept { return bits_; }
  friend constexpr TensorKindSet operator|(TensorKindSet a,
                                           TensorKindSet b) noexcept {
    a.bits_ |= b.bits_;
    return a;
  }

 private:
  uint32_t bits_ = 0;
};
constexpr TensorKindSet operator|(TensorKind a, TensorKind b) noexcept {
  return TensorKindSet(a) | TensorKindSet(b);
}

// What a step of the model is for: training, evaluation, inference, or anything
// with a name of its own, `Phase("warmup")`. Two of one name are equal. Holds
// its name, and can be used before main().
class Phase {
 public:
  static const Phase kTrain;      // "train"
  static const Phase kEval;       // "eval"
  static const Phase kInference;  // "inference"

  static constexpr size_t kMaxNameBytes = 46;

  // A name of more than kMaxNameBytes is cut, and LayerHooks reports it.
  constexpr explicit Phase(std::string_view name) noexcept
      : size_(static_cast<uint8_t>(
            name.size() < kMaxNameBytes ? name.size() : kMaxNameBytes)),
        cut_(name.size() > kMaxNameBytes) {
    for (size_t i = 0; i < size_; ++i) name_[i] = name[i];
  }

  constexpr std::string_view name() const noexcept { return {name_, size_}; }
  constexpr bool name_was_cut() const noexcept { return cut_; }

  friend constexpr bool operator==(const Phase& a, const Phase& b) noexcept {
    return a.name() == b.name();
  }
  friend constexpr bool operator!=(const Phase& a, const Phase& b) noexcept {
    return !(a == b);
  }

 private:
  char name_[kMaxNameBytes] = {};
  uint8_t size_ = 0;
  bool cut_ = false;
};
inline constexpr Phase Phase::kTrain{"train"};
inline constexpr Phase Phase::kEval{"eval"};
inline constexpr Phase Phase::kInference{"inference"};

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
  int64_t index = 0;      // as `#index` selects it
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

  bool stats = false;
  bool histogram = false;
  bool image_grid = false;
  bool tensor = false;
  bool shapes = false;
  bool times = false;
  bool capture = false;
  HistogramOptions histogram_options;
  ImageGridOptions image_grid_options;
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
  // event. Of a tensor without a finite value only the two fractions.
  Rule& stats();
  Rule& histogram(const HistogramOptions& options = {});
  // One gray image of all channels, from black at the smallest to white at the
  // largest value; NaN is magenta.
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
