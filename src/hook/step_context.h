// SPDX-License-Identifier: Apache-2.0
//
// StepContext: what one step has gathered so far. Several threads may work on
// it; what changes is guarded by its mutex. It is filled by LeafLogger and
// emptied by step_output.

#ifndef TBLOG_SRC_HOOK_STEP_CONTEXT_H_
#define TBLOG_SRC_HOOK_STEP_CONTEXT_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "src/hook/graph_trace.h"
#include "src/hook/image_grid.h"
#include "src/hook/layer_table.h"
#include "src/hook/merged_histogram.h"
#include "src/hook/owned_tensor.h"
#include "src/hook/watch_kernels.h"
#include "tblog/histogram.h"
#include "tblog/rule.h"

namespace tblog::internal {

class HookCore;

// What is done with one kind of tensor of one layer in one step. Points into
// the rules of the LayerTable.
struct Plan {
  std::vector<RuleState*> rules;
  std::array<const RuleSpec*, kLogKinds> log{};  // null: not logged
  std::vector<const RuleSpec*> callbacks;
  const RuleSpec* capture_rule = nullptr;
  bool capture = false;
  bool keeps_inputs = false;  // until the outputs of the same call are seen
  std::vector<const RuleSpec*> npz;

  bool copies() const { return capture || !npz.empty(); }
  // How repeated calls are copied.
  Repeat copy_repeat() const;
  int copy_max_calls() const;
  bool empty() const;
};

// What was gathered of one tag.
struct LeafState {
  Series* series = nullptr;
  std::string leaf;
  int call = 0;    // in the tag: 0 but for Repeat::kIndex
  int latest = 0;  // call that Repeat::kLast has

  std::optional<TensorStats> stats;
  std::optional<MergedHistogram> histogram;
  int histogram_calls = 0;
  std::optional<GridImage> image;
  std::shared_ptr<const OwnedTensor> tensor;
  std::optional<std::string> shape;
  std::shared_ptr<const OwnedTensor> copy;

  // What watches count.
  std::optional<uint64_t> nonfinite;
  std::optional<TensorStats> norm;
  std::vector<uint8_t> live_units;
  std::optional<SaturatedCount> saturation;
  std::optional<SquaredChange> change;
};

// One kind of tensor of one layer.
struct KindState {
  LayerRecord* layer = nullptr;  // its name never changes, …
  std::string type;              // … but these may, for later steps
  int64_t index = 0;
  std::optional<int64_t> count;
  TensorKind kind = TensorKind::kOutputs;
  Plan plan;
  int calls = 0;
  std::map<std::pair<std::string, int>, std::unique_ptr<LeafState>> leaves;
  std::vector<LeafState*> order;
};

// A copy of a tensor that is held for a while.
struct HeldTensor {
  std::string leaf;
  std::shared_ptr<const OwnedTensor> tensor;
};

// How long one layer took in one pass.
struct LayerTime {
  LayerRecord* layer = nullptr;
  Clock::Monotonic begin;                // of its first call
  std::chrono::nanoseconds duration{0};  // of all its calls
};

class StepContext {
 public:
  StepContext(int64_t step_in, const Phase& phase_in, size_t rules)
      : step(step_in), phase(phase_in), due(rules, false) {}

  const int64_t step;
  const Phase phase;

  // Set while it opens.
  const HookCore* owner = nullptr;
  Clock::Monotonic begin;
  std::vector<bool> due;   // by number of the rule
  uint32_t due_kinds = 0;  // bits of Switch, of the due rules
  bool traces = false;     // the layers' calls, into `trace`
  bool keep_all = false;   // copies of everything
  bool updates = false;    // weights are read when it opens and ends

  // Guarded by the core's mutex.
  int scopes = 0;
  std::thread::id thread;

  std::mutex mutex;
  bool ended = false;
  bool broken = false;  // an exception ended one of its scopes
  bool read_parameters = false;
  size_t copied_bytes = 0;
  size_t left_out = 0;
  std::map<std::pair<const LayerRecord*, TensorKind>,
           std::unique_ptr<KindState>>
      kinds;
  std::vector<KindState*> order;
  GraphTrace trace;
  // The inputs of the calls that run just now, where a watch wants them.
  std::map<std::pair<const LayerRecord*, std::thread::id>,
           std::vector<HeldTensor>>
      inputs;
  // The weights as they were when the step was opened.
  std::map<const LayerRecord*, std::vector<HeldTensor>> weights_before;
  size_t watch_bytes = 0;
  bool nonfinite = false;          // something was
  bool watches_nonfinite = false;  // something was looked at
  // By TimedPass, in the order of the first calls.
  std::array<std::vector<LayerTime>, kTimedPasses> times;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_STEP_CONTEXT_H_
