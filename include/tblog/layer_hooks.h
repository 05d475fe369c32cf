// SPDX-License-Identifier: Apache-2.0
//
// LayerHooks: looks at the tensors that flow through a model's layers, and logs
// of them what its rules say, when they say so. It only observes: it changes
// no tensor, keeps none alive (captures are copies), and nothing that happens
// in it reaches the model. Thread-safe, but for moving and destroying it.
//
//   tblog::LayerHooks hooks(writer, {
//       Rule::layers("conv*").outputs().gradients().histogram().every(100),
//       Rule::layers("*").weights().stats().every(1000)});
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, layers);
//   for (int64_t step = 0; step < steps; ++step) {
//     auto scope = hooks.step(step, tblog::Phase::kTrain);
//     x = tblog::forward(hooks, layers, x);          // or, in your own code:
//     hooks.tap("fc1", fc1_output);
//     …
//     scope.end_backward();                // weights and gradients are read
//   }                                      // the step's values are logged
//
// Refusals and failures are counted (stats()), told once a cause to the
// writer's status() and on_error and to HookOptions::on_error, and kept in
// status() and reports(). Remarks, where nothing is lost, go everywhere but to
// status().
//
// In a child of fork() the hooks do what WriterOptions::after_fork tells the
// writer: kInert, nothing (without a writer too); kReopen, they go on with the
// same rules, bindings and captures at the next step; what a step has gathered
// that is open is the parent's.

#ifndef TBLOG_LAYER_HOOKS_H_
#define TBLOG_LAYER_HOOKS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/capture.h"
#include "tblog/clock.h"
#include "tblog/export.h"
#include "tblog/leaves.h"
#include "tblog/rule.h"
#include "tblog/summary_writer.h"
#include "tblog/tensor_view.h"
#include "tblog/watch.h"

namespace tblog {

namespace internal {

class HookCore;
class LayerRecord;
struct BindingRecord;
struct NamePrefix;
struct OpenStep;
class StepContext;

// Bits of TensorKindSet for the kinds that something is due for, now, and one
// for times.
struct Switch {
  static constexpr uint32_t kTimes = uint32_t{1} << kTensorKinds;

  std::atomic<uint32_t> due{0};

  bool wants_any(uint32_t bits) const noexcept {
    return (due.load(std::memory_order_relaxed) & bits) != 0;
  }
  bool wants(TensorKind kind) const noexcept {
    return (due.load(std::memory_order_relaxed) & TensorKindSet(kind).bits()) !=
           0;
  }
};

// A tensor or a structure of tensors of any type, that stands at `path` of what
// a layer gave.
struct ErasedValue {
  const void* value;
  void (*walk)(const void* value, std::string& path, LeafVisitor& visitor);
  std::string_view path = {};

  void visit(LeafVisitor& visitor) const {
    std::string place(path);
    walk(value, place, visitor);
  }
};

template <class T>
ErasedValue erase(const T& value, std::string_view path = {}) noexcept {
  return {&value,
          [](const void* v, std::string& place, LeafVisitor& visitor) {
            visit_leaves(*static_cast<const T*>(v), place, visitor);
          },
          path};
}

}  // namespace internal

// Whether phases share the event file. With one file, and two phases that log
// the same tag at the same step, the later value is refused and reported.
enum class PhaseRuns : uint8_t {
  kShared,  // all phases log into the writer's own run
  kChild,   // each into SummaryWriter::child(phase.name())
};

// How one LayerHooks behaves. A plain aggregate: change the fields you care
// about.
struct HookOptions {
  // Default: one run for all phases.
  PhaseRuns phase_runs = PhaseRuns::kShared;

  // Bytes of copies that one step may keep for Capture and Rule::save_npz();
  // what would pass it is left out, and reported. Default: 1 GiB.
  size_t max_capture_bytes = size_t{1} << 30;

  // What looking at the model may take of the time from the beginning of one
  // step to that of the next. Where it takes more, rules are due less often: by
  // the same power of two for all, and again more often when there is room. A
  // rule's first due step is never left out, and a rule with call(), capture()
  // or save_npz() not at all; the time in these does not count, nor does what
  // the writer's own thread does. The series "tblog/overhead" has the share
  // that was taken (with these), "tblog/thinning" the power of two, for every
  // 32 steps or as many as the rarest rule needs. Smaller: less is logged.
  // Valid: 0 to 1. Default: 0, nothing is measured.
  double max_overhead = 0;

  // Hears of each cause once, without a lock held, beside the writer's; what it
  // throws is swallowed. It may log, and remove hooks. Default: none.
  std::function<void(const absl::Status&)> on_error = {};

  // Bytes of copies that one step may keep for Rule::watch_update_ratio();
  // parameters that would pass it are left out, and reported. Default: 256 MiB.
  size_t max_watch_bytes = size_t{256} << 20;

  // Hears of what watches find, on the thread that saw it: of a value that is
  // not finite at once, of all else when the step ends. Without a lock held; it
  // may log, and remove hooks; what it throws is counted and reported. Default:
  // none.
  std::function<void(const WatchFinding&)> on_finding = {};

  // For Rule::every(time) and max_overhead. Null: Clock::real(). Must outlive
  // the hooks.
  Clock* clock = nullptr;
};

// Which way a layer ran, for LayerHooks::note_time().
enum class TimedPass : uint8_t { kForward, kBackward };
inline constexpr size_t kTimedPasses = 2;

// Counts over the life of a LayerHooks.
struct HookStats {
  uint64_t observed = 0;      // tensors that something was due for
  uint64_t logged = 0;        // values handed to the writer, or kept, or called
  uint64_t refused = 0;       // values that could not be had as a rule asked
  uint64_t exceptions = 0;    // thrown by callbacks, predicates, providers, …
  uint64_t findings = 0;      // of watches
  uint64_t broken_steps = 0;  // that an exception ended: not logged
};

// A step in progress: from LayerHooks::step() to the end of its life, which
// logs what was gathered; where an exception ends it, nothing is logged of it,
// and the same step may be opened again. One thread.
class TBLOG_EXPORT StepScope {
 public:
  ~StepScope();
  StepScope(StepScope&& other) noexcept;
  StepScope& operator=(StepScope&&) = delete;

  // Reads what the rules want of weights and their gradients, now: between the
  // backward pass and what changes them (an optimizer's step, zeroing).
  // Without this call they are read when the scope ends, unless an exception
  // unwinds it.
  void end_backward() noexcept;

 private:
  friend class LayerHooks;
  explicit StepScope(std::shared_ptr<internal::OpenStep> open) noexcept;

  std::shared_ptr<internal::OpenStep> open_;  // null: does nothing
};

// While it lives, names that its thread gives have a prefix.
class TBLOG_EXPORT NameScope {
 public:
  ~NameScope();
  NameScope(NameScope&& other) noexcept;
  NameScope& operator=(NameScope&&) = delete;

 private:
  friend class LayerHooks;
  explicit NameScope(std::shared_ptr<internal::NamePrefix> prefix) noexcept;

  std::shared_ptr<internal::NamePrefix> prefix_;
};

// ---- For adapters ----

// A layer of a Binding. Asking whether it is wanted costs a load and a branch.
// Valid as long as its LayerHooks.
class LayerId {
 public:
  LayerId() noexcept = default;

 private:
  friend class Binding;
  friend class LayerHooks;
  explicit LayerId(internal::LayerRecord* record,
                   const internal::Switch* wanted) noexcept
      : record_(record), wanted_(wanted) {}

  internal::LayerRecord* record_ = nullptr;
  const internal::Switch* wanted_ = nullptr;
};

// A parameter of a layer; borrowed for the call.
struct ParameterView {
  std::string_view name;  // within the layer: "kernel", "bias"
  TensorView value;
  bool has_gradient = false;
  TensorView gradient = {};
};
using ParameterVisitor = std::function<void(const ParameterView&)>;

// A layer as an adapter lists it.
struct BoundLayer {
  std::string name;
  std::string type = {};
  // Calls the visitor with each parameter. Called on the thread of the step
  // while the Binding lives, and only when something of them is due.
  std::function<void(const ParameterVisitor&)> parameters = {};
  // It holds other layers of the list: no index counts or means it.
  bool composite = false;
  // Its outputs cannot be seen; see Binding::unseen().
  bool unseen = false;
  // What is due of it is written here too, for a look that needs no lock and
  // may outlive the hooks.
  std::shared_ptr<internal::Switch> due = {};
};

// One call of a layer in a step, for values that come later and on other
// threads, such as gradients.
class CallToken {
 public:
  CallToken() noexcept = default;
  // Whether something is due for this call.
  bool wanted() const noexcept { return call_ >= 0; }
  // Whether its step has ended.
  bool expired() const noexcept { return context_.expired(); }

 private:
  friend class LayerProbe;
  std::weak_ptr<internal::StepContext> context_;
  int call_ = -1;
};

// A layer in the hands of a model, which needs no LayerHooks for it: it keeps
// nothing alive and does nothing once the Binding or the hooks have gone. Copy
// it freely. Thread-safe.
class TBLOG_EXPORT LayerProbe {
 public:
  LayerProbe() noexcept = default;

  // Whether its hooks have gone for good.
  bool gone() const noexcept;

  // As LayerHooks::observe(). Cost: a look under a lock, where nothing is due.
  template <class T>
  void observe(TensorKind kind, const T& value) const noexcept {
    observe_erased(internal::erase(value), kind, nullptr);
  }
  // A call of the layer that has values of this kind to come. Their order does
  // not matter: the calls' does.
  CallToken begin_call(TensorKind kind) const noexcept;
  // The tensors at `path` of that call. After the step's end they are left out,
  // and reported.
  template <class T>
  void observe(TensorKind kind, const T& value, const CallToken& call,
               std::string_view path) const noexcept {
    if (call.wanted())
      observe_erased(internal::erase(value, path), kind, &call);
  }

  // As LayerHooks::note_training(), now() and note_time().
  void note_training(bool training) const noexcept;
  Clock::Monotonic now() const noexcept;
  void note_time(TimedPass pass, Clock::Monotonic begin,
                 Clock::Monotonic end) const noexcept;

 private:
  friend class Binding;
  friend class LayerHooks;

  void observe_erased(internal::ErasedValue value, TensorKind kind,
                      const CallToken* call) const noexcept;

  std::weak_ptr<internal::HookCore> core_;
  std::weak_ptr<internal::BindingRecord> binding_;  // of a tapped layer: none
  internal::LayerRecord* record_ = nullptr;
  bool bound_ = false;
};

// The hooks of one model: they go when it goes. Removing it waits for other
// threads that are just reading its parameters, and may happen inside a
// callback.
class TBLOG_EXPORT Binding {
 public:
  Binding() noexcept = default;
  ~Binding();
  Binding(Binding&& other) noexcept;
  Binding& operator=(Binding&& other) noexcept;

  void remove() noexcept;
  size_t size() const noexcept;
  // In the order of the list that bind() was given; `index` < size().
  LayerId layer(size_t index) const noexcept;
  LayerProbe probe(size_t index) const noexcept;

  // The names of the layers whose outputs the adapter cannot see.
  std::vector<std::string> unseen() const;

 private:
  friend class LayerHooks;
  explicit Binding(std::shared_ptr<internal::HookCore> core,
                   std::shared_ptr<internal::BindingRecord> record) noexcept;

  std::shared_ptr<internal::HookCore> core_;
  std::shared_ptr<internal::BindingRecord> record_;
};

// A step, for values that come later and on other threads, such as gradients:
// take it in the forward pass, give it back with the value.
class StepToken {
 public:
  StepToken() noexcept = default;

 private:
  friend class LayerHooks;
  std::weak_ptr<internal::StepContext> context_;
};

class TBLOG_EXPORT LayerHooks {
 public:
  // For capture() alone. Until the first capture() says what is wanted, every
  // tensor of each step is kept, so that a look back finds it.
  LayerHooks();
  // Takes a share of the writer. A rule that makes no sense is reported at
  // once, also as the error of attach(), and is left out.
  LayerHooks(const SummaryWriter& writer, std::vector<Rule> rules,
             HookOptions options = {});
  // Logs what open scopes have gathered, and ends them.
  ~LayerHooks();
  LayerHooks(LayerHooks&& other) noexcept;
  LayerHooks& operator=(LayerHooks&& other) noexcept;

  // ---- A step ----

  // Opens the step that all threads without one of their own work on. Nested
  // ones (an evaluation inside a training step) take over until they end; on
  // another thread than the open one's, it is refused and reported. The same
  // step of the same phase is logged once: a second scope's values are refused.
  [[nodiscard]] StepScope step(int64_t step, const Phase& phase) noexcept;
  // Opens a step for the calling thread alone, beside the others'. Threads that
  // have the same step of the same phase open at one time work on it together:
  // their values merge, and the last one to end logs.
  [[nodiscard]] StepScope thread_step(int64_t step,
                                      const Phase& phase) noexcept;

  // Puts `prefix` and '/' before the names that this thread gives meanwhile.
  [[nodiscard]] NameScope scope(std::string_view prefix) noexcept;

  // ---- What flows ----

  // Shows a tensor of the layer `layer` to the rules: anything that a
  // TensorView can be made of, or a structure of such (see leaves.h), or a
  // function that returns one, which is called only where it is due.
  // Cost: a load and a branch where no rule is due in this step; else looking
  // up the name, and what the due rules do.
  template <class T>
  void tap(std::string_view layer, const T& value,
           TensorKind kind = TensorKind::kOutputs) noexcept {
    if (gate_->wants(kind)) tap_erased(layer, internal::erase(value), kind);
  }
  void tap(std::string_view layer, const TensorView& value,
           TensorKind kind = TensorKind::kOutputs) noexcept {
    if (gate_->wants(kind)) tap_erased(layer, internal::erase(value), kind);
  }
  // Whether a tap of some layer could lead anywhere now, so that costly work
  // can be left out when not.
  bool wants(TensorKind kind) const noexcept { return gate_->wants(kind); }
  // The same of this layer's. Cost: as a tap.
  bool wants(std::string_view layer, TensorKind kind) noexcept {
    return gate_->wants(kind) && wants_erased(layer, kind);
  }

  // Logs the graph of the layers at the end of the next step that begins, as
  // they were called in it, for TensorBoard's Graphs page: once, or with
  // PhaseRuns::kChild once in each phase's run. Unless a step has no calls,
  // then the next one counts.
  //
  // Nodes: a layer each, its type as op; '/' in names makes boxes. Shapes and
  //   types of what it gave in its first call; how often it was called, where
  //   more than once; shapes of its parameters, where a Binding knows them.
  // Edges: where a layer's input (shown by adapters, or tapped as
  //   TensorKind::kInputs) lies in the memory of another's output, between the
  //   two; where no input does, from the layer that the thread called before.
  //   What the first one takes comes from a Placeholder. Computation between
  //   layers is not seen.
  // Memory: of tensors that share theirs (LibTorch's) what flows in one pass of
  //   the model in that step is kept until the pass is over, as in training, so
  //   that nothing else comes to lie there.
  // Errors: see SummaryWriter::graph().
  void log_graph() noexcept;

  // Names the layers that taps will show, in their order: rules that match none
  // are reported now, and indices from the end are known.
  void declare(const std::vector<std::string>& layers) noexcept;

  // ---- Copies ----

  // What the layers of these selectors (as of Rule::layers) produced in the
  // last finished step, from now on, and in the last one too where something
  // kept it: Rule::capture(), another Capture, or LayerHooks().
  [[nodiscard]] Capture capture(const std::vector<std::string>& selectors,
                                TensorKindSet kinds = TensorKind::kOutputs);

  // ---- What came of it ----

  // Parts of selectors that match no layer known so far.
  std::vector<std::string> unmatched() const;
  // What was asked for and never seen, as "<layer selector>: <kind>": rules
  // whose layers are there, but gave no such tensor in a due step; "times"
  // where nobody measured.
  std::vector<std::string> never_fired() const;
  // The first refusal or failure.
  absl::Status status() const;
  // Each cause once, remarks included; 1,000 at most.
  std::vector<std::string> reports() const;
  HookStats stats() const noexcept;

  // ---- For adapters ----

  // Makes the layers of a model known, with the prefixes of this thread.
  // Errors: InvalidArgument (a bad rule, an empty or repeated name),
  // AlreadyExists (a name of another living Binding; give it a prefix),
  // NotFound (a part of a selector matches no layer known so far; names the
  // nearest). Nothing is bound then.
  // `on_switch` is called with no lock held whenever BoundLayer::due of these
  // layers may have changed: as a step begins and ends, as captures are asked
  // for, as the Binding goes; on the thread that does so, also on several at
  // once.
  absl::StatusOr<Binding> bind(std::vector<BoundLayer> layers,
                               std::function<void()> on_switch = {});

  // Of a layer that is tapped by this name, with the prefixes of this thread;
  // where too many names are known: one that does nothing.
  LayerProbe probe(std::string_view layer) noexcept;

  bool wants(LayerId layer, TensorKind kind) const noexcept {
    return layer.wanted_ != nullptr && layer.wanted_->wants(kind);
  }
  // As tap(), of a bound layer.
  template <class T>
  void observe(LayerId layer, TensorKind kind, const T& value) noexcept {
    if (wants(layer, kind)) {
      observe_erased(layer, internal::erase(value), kind, nullptr);
    }
  }
  // What the framework's own flag of a layer says; where it contradicts the
  // phase of the step, that is told once.
  void note_training(std::string_view layer, bool training) noexcept;

  // Whether how long a call takes is due now; of any layer, and of this one.
  bool wants_times() const noexcept {
    return gate_->wants_any(internal::Switch::kTimes);
  }
  bool wants_times(LayerId layer) const noexcept {
    return layer.wanted_ != nullptr &&
           layer.wanted_->wants_any(internal::Switch::kTimes);
  }
  // wants(kind) || wants_times(), by one load and branch.
  bool wants_call(TensorKind kind) const noexcept {
    return gate_->wants_any(TensorKindSet(kind).bits() |
                            internal::Switch::kTimes);
  }
  // Now, by HookOptions::clock.
  Clock::Monotonic now() const noexcept;
  // How long a call of a layer took, for Rule::times().
  void note_time(std::string_view layer, TimedPass pass, Clock::Monotonic begin,
                 Clock::Monotonic end) noexcept;
  void note_time(LayerId layer, TimedPass pass, Clock::Monotonic begin,
                 Clock::Monotonic end) noexcept;

  // The step that the calling thread works on, and a value that belongs to it.
  // After the step's end it is left out, and reported.
  StepToken token() const noexcept;
  template <class T>
  void observe(LayerId layer, TensorKind kind, const T& value,
               const StepToken& token) noexcept {
    observe_erased(layer, internal::erase(value), kind, &token);
  }

 private:
  void tap_erased(std::string_view layer, internal::ErasedValue value,
                  TensorKind kind) noexcept;
  void observe_erased(LayerId layer, internal::ErasedValue value,
                      TensorKind kind, const StepToken* token) noexcept;
  bool wants_erased(std::string_view layer, TensorKind kind) noexcept;

  std::shared_ptr<internal::HookCore> core_;  // null after a move
  const internal::Switch* gate_;              // never null
};

}  // namespace tblog

#endif  // TBLOG_LAYER_HOOKS_H_
