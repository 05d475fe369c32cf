// SPDX-License-Identifier: Apache-2.0
//
// HookCore: what a LayerHooks and all that it has handed out share. It knows
// the layers and rules, which steps are open, and turns the switches that the
// model's threads look at. Thread-safe.
//
// A tensor's way: a tap finds its switch on, the layer's record and the step
// that the thread works on; LeafLogger reduces each leaf without a lock and
// puts the result into the StepContext; when the step's last scope ends,
// step_output logs what was gathered. Locks: mutex_ before StepContext::mutex;
// none is held while a callback, on_error, a provider or the writer runs. (A
// rule's predicate runs under mutex_, once a layer.)

#ifndef TBLOG_SRC_HOOK_HOOK_CORE_H_
#define TBLOG_SRC_HOOK_HOOK_CORE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/fork.h"
#include "src/hook/budget.h"
#include "src/hook/capture_data.h"
#include "src/hook/layer_table.h"
#include "src/hook/report.h"
#include "src/hook/step_context.h"
#include "tblog/layer_hooks.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// A scope in somebody's hands.
struct OpenStep {
  std::shared_ptr<HookCore> core;
  std::shared_ptr<StepContext> context;
  bool of_thread = false;
  int exceptions = 0;  // in flight when it began
};

struct NamePrefix {
  std::shared_ptr<HookCore> core;
  std::string prefix;
};

// The hooks of one model. Providers run under `mutex`; it is recursive, since a
// callback may remove the hooks.
struct BindingRecord {
  std::vector<BoundLayer> layers;
  std::vector<LayerRecord*> records;
  std::function<void()> on_switch;  // may be null
  std::recursive_mutex mutex;
  std::atomic<bool> alive{true};
};

constexpr uint32_t kAllKinds = (uint32_t{1} << kTensorKinds) - 1;
// What the graph of a step is made of.
constexpr uint32_t kTracedKinds =
    (TensorKind::kInputs | TensorKind::kOutputs).bits();

// What a due rule turns on of a Switch.
inline uint32_t bits_of(const RuleSpec& spec) {
  return spec.kinds.bits() | (spec.times ? Switch::kTimes : 0) |
         (keeps_inputs(spec) ? TensorKindSet(TensorKind::kInputs).bits() : 0);
}

// Takes out what has expired.
template <class T>
void sweep(std::vector<std::weak_ptr<T>>& entries) {
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [](const auto& weak) { return weak.expired(); }),
                entries.end());
}

class HookCore : public std::enable_shared_from_this<HookCore> {
 public:
  static std::shared_ptr<HookCore> make(const SummaryWriter& writer,
                                        const std::vector<Rule>& rules,
                                        const HookOptions& options,
                                        bool keep_all);
  static std::shared_ptr<HookCore> make(const SummaryWriter& writer,
                                        const std::vector<Rule>& rules,
                                        const HookOptions& options,
                                        bool keep_all, Findings& findings);
  HookCore(const SummaryWriter& writer, const std::vector<Rule>& rules,
           const HookOptions& options, bool keep_all, Findings& findings);
  ~HookCore();

  const Switch* gate() const { return &gate_; }
  HookReports& reports() { return reports_; }
  Budget& budget() { return budget_; }
  Clock& clock() { return *clock_; }
  const SummaryWriter& writer() const { return writer_; }
  const HookOptions& options() const { return options_; }
  // Nothing is to be done any more: also in a child of fork().
  bool closed() const {
    return closed_.load(std::memory_order_relaxed) || forked();
  }

  // Ends all open steps; nothing happens any more afterwards.
  void close() noexcept;

  // ---- In a child of fork(); hook_core_fork.cc ----
  // There no lock of this may be taken. A call goes on in its successor, which
  // has the same rules, bindings and captures and begins with no open step, or
  // does nothing.

  bool forked() const {
    return fork_count.load(std::memory_order_relaxed) != generation_;
  }
  // Null where the writer is inert.
  std::shared_ptr<HookCore> successor() noexcept;
  // Null where there is none yet, either.
  std::shared_ptr<HookCore> known_successor() const noexcept;
  // Of what came from a predecessor: what stands for it here; else itself.
  LayerRecord& heir_of(LayerRecord& layer) const;
  BindingRecord& heir_of(BindingRecord& binding) const;

  // ---- Steps ----

  // Null where it was refused.
  std::shared_ptr<OpenStep> open(int64_t step, const Phase& phase,
                                 bool of_thread);
  // `unwinding`: an exception ends the scope: nothing is read, and what the
  // step has gathered is not logged.
  void end(OpenStep& open, bool unwinding) noexcept;
  void read_parameters(StepContext& context) noexcept;
  // The step that the calling thread works on, or null.
  std::shared_ptr<StepContext> current();

  // ---- Names ----

  std::shared_ptr<NamePrefix> push_prefix(std::string_view prefix);
  std::string full_name(std::string_view name) const;

  // ---- Tensors ----

  void tap(std::string_view name, ErasedValue value, TensorKind kind);
  void observe(LayerRecord& layer, ErasedValue value, TensorKind kind,
               StepContext& context);
  // The same of a call that begin_call() has counted: its tensors come in
  // pieces and in any order.
  void observe_part(LayerRecord& layer, ErasedValue value, TensorKind kind,
                    StepContext& context, int call);
  // Whether a tap of this layer could lead anywhere now.
  bool wants(std::string_view name, TensorKind kind);
  // The number of a call whose tensors of this kind come later; -1 where
  // nothing is due for them.
  int begin_call(LayerRecord& layer, TensorKind kind, StepContext& context);
  void refuse_late(const LayerRecord& layer);

  // A layer by its full name.
  void note_training(std::string_view layer, bool training);

  // ---- Graphs and times ----

  void request_graph() noexcept;
  Clock::Monotonic now() const { return clock_->now(); }
  void note_time(std::string_view name, TimedPass pass, Clock::Monotonic begin,
                 Clock::Monotonic end);
  void note_time(LayerRecord& layer, TimedPass pass, Clock::Monotonic begin,
                 Clock::Monotonic end);
  // Of a layer in every graph and among all times: as its own name, but such
  // that a graph can have it, and another than any other layer's.
  std::string node_name(LayerRecord& layer);
  // Whether the graph of this run is wanted, and was not had yet; asked once
  // there is one.
  bool take_graph(const std::string& run);

  // ---- Watches ----

  // A value of this tag is not finite; whether that is to be told: the first of
  // a step, after a step without any, and of each tag once.
  bool take_nonfinite(Series& series, StepContext& context);
  // Takes note of one look; whether its finding is to be told.
  bool look(Series& series, Watch watch, bool holds, int in_a_row);
  // Completes a finding and tells of it everywhere.
  void tell(WatchFinding finding, std::string_view tag,
            const std::vector<std::string>& facts);

  // ---- Layers ----

  void declare(const std::vector<std::string>& layers);
  // The record of a tapped name, or null where it leads nowhere.
  LayerRecord* find_tapped(std::string_view name);
  absl::StatusOr<std::shared_ptr<BindingRecord>> bind(
      std::vector<BoundLayer> layers, std::function<void()> on_switch);
  void unbind(BindingRecord& binding) noexcept;
  Series* series(LayerRecord& layer, TensorKind kind, std::string_view leaf,
                 int call);

  // ---- Results ----

  std::shared_ptr<CaptureView> capture(
      const std::vector<std::string>& selectors, TensorKindSet kinds);
  std::vector<std::string> unmatched() const;
  std::vector<std::string> never_fired() const;

  // The name of the run that `phase` logs into, "" for the writer's own.
  std::string run_of(const Phase& phase) const;
  SummaryWriter run_writer(const std::string& run) const;
  // Whether a value of this tag may be logged at `step`: not twice.
  bool take_step(Series& series, LogKind kind, const std::string& run,
                 int64_t step);

 private:
  using Lock = std::lock_guard<std::mutex>;

  // What a successor needs; immutable.
  struct Estate {
    std::vector<std::shared_ptr<BindingRecord>> bindings;
    std::vector<std::weak_ptr<const CaptureRequest>> requests;
  };
  // Under mutex_, when bindings_ or the requests have changed.
  void publish_estate();
  std::shared_ptr<HookCore> make_successor();
  void inherit(const Estate& estate);
  bool is_or_succeeds(const HookCore* other) const;

  std::shared_ptr<StepContext> find_open(int64_t step, const Phase& phase);
  std::shared_ptr<StepContext> begin(int64_t step, const Phase& phase);
  // A step that is not inside another begins: what was measured before it.
  std::optional<Budget::Window> begin_window(int64_t step);
  void log_last_overhead() noexcept;
  void log_overhead(const Budget::Window& window, int64_t step, int stretch);
  // Takes the scope's step from the open ones; whether it was its last scope.
  bool drop_scope(const OpenStep& open);
  void turn_switches();
  void turn_gate(uint32_t bits);
  // Calls each on_switch; with no lock held.
  void tell_bindings() noexcept;
  uint32_t wanted(const LayerRecord& layer) const;
  // Null where the step has ended.
  KindState* kind_state(LayerRecord& layer, TensorKind kind,
                        StepContext& context);
  void trace(LayerRecord& layer, std::string_view type, TensorKind kind,
             TracedTensors tensors, StepContext& context);
  void make_plan(const LayerRecord& layer, const StepContext& context,
                 KindState& state);
  void note_structure(LayerRecord& layer, TensorKind kind, const Phase& phase,
                      const std::string& leaves);
  void read_layer(const BoundLayer& layer, LayerRecord& record,
                  StepContext& context);
  // Calls visit(state, parameter) for the weights whose update is watched.
  template <class F>
  void visit_updated(StepContext& context, const F& visit);
  void hold_weights(StepContext& context);
  void read_changes(StepContext& context);
  void end_nonfinite(const StepContext& context);
  // How a step ends: `kCut`: the hooks are closed while it is open.
  enum class End : uint8_t { kWhole, kCut, kBroken };
  void finish(StepContext& context, End end);
  // Leaves out what a step has gathered that an exception has ended.
  void discard(StepContext& context);
  void stop_learning();

  const SummaryWriter writer_;
  const HookOptions options_;
  const std::vector<Rule> rules_;
  const uint32_t generation_ = fork_generation();
  Clock* const clock_;
  HookReports reports_;
  Switch gate_;
  // Where somebody else's threads look: at a predecessor's. Null: at `gate_`.
  Switch* outer_gate_ = nullptr;
  std::atomic<bool> closed_{false};
  std::atomic<bool> training_told_{false};
  const std::shared_ptr<CaptureBoard> board_ = std::make_shared<CaptureBoard>();

  std::atomic<const Estate*> estate_{new Estate};
  std::atomic<std::shared_ptr<HookCore>*> successor_{nullptr};
  // Fixed before anybody else sees this.
  const HookCore* predecessor_ = nullptr;
  std::map<const LayerRecord*, LayerRecord*> layer_heirs_;
  std::map<const BindingRecord*, std::shared_ptr<BindingRecord>> binding_heirs_;

  mutable std::mutex mutex_;
  LayerTable table_;
  Budget budget_;                         // spend() but for
  int64_t last_step_ = 0;                 // that began while it was on
  std::optional<int64_t> overhead_step_;  // of its series
  bool keep_all_;                         // until the first capture()
  bool learning_ = true;    // names of taps, until a step has finished …
  int repeated_taps_ = 0;   // … or this many told nothing new
  bool layers_off_ = true;  // all LayerRecord::wanted are 0
  // The steps of step(), innermost last; then those of thread_step().
  std::vector<std::shared_ptr<StepContext>> stack_;
  std::vector<std::shared_ptr<StepContext>> thread_steps_;
  std::vector<std::shared_ptr<BindingRecord>> bindings_;
  bool nonfinite_ = false;  // until a watched step has no such value
  bool graph_requested_ = false;
  std::set<std::string> graph_runs_;  // that have their graph
  std::set<std::string> node_names_;
};

using CorePtr = std::shared_ptr<HookCore>;

// What the calls of this process go to: null where they do nothing.
inline CorePtr here(const CorePtr& core) noexcept {
  if (core == nullptr || !core->forked()) return core;
  return core->successor();
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_HOOK_CORE_H_
