// SPDX-License-Identifier: Apache-2.0
//
// LeafLogger: does with each leaf of one call of a layer what the plan says,
// and puts the results into the step. One thread; never throws but bad_alloc.

#ifndef TBLOG_SRC_HOOK_LEAF_LOGGER_H_
#define TBLOG_SRC_HOOK_LEAF_LOGGER_H_

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/hook/hook_core.h"
#include "src/hook/step_context.h"
#include "tblog/histogram.h"
#include "tblog/leaves.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

class LeafLogger final : public LeafVisitor {
 public:
  // `call`: of the layer in this step, from 0.
  LeafLogger(HookCore& core, StepContext& context, KindState& state, int call)
      : core_(core), context_(context), state_(state), call_(call) {}

  void leaf(std::string_view path, const TensorView& value) override;

  // After the last leaf: what was held for this call goes.
  void finish();
  // What a step made of the weights under `path`.
  void add_change(std::string_view path, const SquaredChange& change);

  // The leaves seen so far: "{0, 1/state}".
  std::string leaves() const { return "{" + leaves_ + "}"; }

 private:
  struct Slot {
    LeafState* leaf = nullptr;  // null: this call is not wanted
    bool merges = false;        // with other calls of the same step
  };

  Slot find_slot(std::string_view path, Repeat repeat, int max_calls);
  // Under the step's lock.
  Slot take_slot(LeafState& leaf, Repeat repeat) const;
  void log(LogKind kind, const RuleSpec& rule, std::string_view path,
           const TensorView& value);
  const absl::StatusOr<TensorStats>& stats_of(const TensorView& value);
  void add_stats(const Slot& slot, const TensorView& value);
  void add_histogram(const Slot& slot, const RuleSpec& rule,
                     const TensorView& value);
  void add_image(const Slot& slot, const RuleSpec& rule,
                 const TensorView& value);
  void add_tensor(const Slot& slot, const TensorView& value);
  void add_shape(const Slot& slot, const TensorView& value);
  void add_copy(std::string_view path, const TensorView& value);
  void watch_nonfinite(const Slot& slot, const RuleSpec& rule,
                       const TensorView& value);
  void tell_nonfinite(const LeafState& leaf, const RuleSpec& rule,
                      uint64_t count, const TensorView& value);
  std::string save_inputs(const LeafState& leaf, const std::string& directory,
                          const TensorView& value);
  void watch_norm(const Slot& slot, const TensorView& value);
  void watch_units(const Slot& slot, const RuleSpec& rule,
                   const TensorView& value);
  void watch_saturation(const Slot& slot, const RuleSpec& rule,
                        const TensorView& value);
  void hold_input(std::string_view path, const TensorView& value);
  void drop_inputs();
  void call_back(const RuleSpec& rule, std::string_view path,
                 const TensorView& value);
  // Whether `bytes` more may be copied in this step, the copy that `replaced`
  // has, if any, being given back.
  bool reserve_bytes(const std::string& tag, const LeafState* replaced,
                     size_t bytes);
  // Runs `put` under the step's lock unless the step has ended.
  template <class F>
  void put(const F& put_value) {
    std::lock_guard<std::mutex> lock(context_.mutex);
    if (!context_.ended) put_value();  // else observe() says so
  }
  std::string tag(std::string_view path) const;
  void refuse(absl::string_view what, std::string_view path,
              const absl::Status& why);

  HookCore& core_;
  StepContext& context_;
  KindState& state_;
  const int call_;
  std::string leaves_;
  bool holds_inputs_ = false;
  std::optional<absl::StatusOr<TensorStats>> stats_;  // of this leaf
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_LEAF_LOGGER_H_
