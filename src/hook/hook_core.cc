// SPDX-License-Identifier: Apache-2.0

#include "src/hook/hook_core.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/leaf_logger.h"
#include "src/hook/step_output.h"

namespace tblog::internal {
namespace {

constexpr uint32_t kAllKinds = (uint32_t{1} << kTensorKinds) - 1;
constexpr uint32_t kTracedKinds =
    (TensorKind::kInputs | TensorKind::kOutputs).bits();

// What a rule turns on of a Switch.
uint32_t bits_of(const RuleSpec& spec) {
  return spec.kinds.bits() | (spec.times ? Switch::kTimes : 0);
}

// What a step turns on for all layers.
uint32_t common_bits(const StepContext& context) {
  return (context.keep_all ? kAllKinds : 0) |
         (context.traces ? kTracedKinds : 0);
}

// Learning the names of taps costs a look-up a tap; it ends early where the
// same names come again and again.
constexpr int kMaxRepeatedTaps = 1000;

// What this thread has opened, of any LayerHooks. Scopes own theirs; what has
// expired is swept out on the way.
thread_local std::vector<std::weak_ptr<OpenStep>> thread_steps;
thread_local std::vector<std::weak_ptr<NamePrefix>> thread_prefixes;

template <class T>
void sweep(std::vector<std::weak_ptr<T>>& entries) {
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [](const auto& weak) { return weak.expired(); }),
                entries.end());
}

}  // namespace

std::shared_ptr<HookCore> HookCore::make(const SummaryWriter& writer,
                                         const std::vector<Rule>& rules,
                                         const HookOptions& options,
                                         bool keep_all) {
  Findings findings;
  auto core =
      std::make_shared<HookCore>(writer, rules, options, keep_all, findings);
  findings.deliver(core->reports_);
  return core;
}

HookCore::HookCore(const SummaryWriter& writer, const std::vector<Rule>& rules,
                   const HookOptions& options, bool keep_all,
                   Findings& findings)
    : writer_(writer.share()),
      options_(options),
      clock_(options.clock != nullptr ? options.clock : Clock::real()),
      reports_(writer, options.on_error),
      table_(rules, findings),
      keep_all_(keep_all) {
  gate_.due = kAllKinds;  // names are learned from the first tap on
}

void HookCore::close() noexcept {
  std::vector<std::shared_ptr<StepContext>> open;
  closed_ = true;
  gate_.due = 0;
  try {
    Lock lock(mutex_);
    open = stack_;
    open.insert(open.end(), thread_steps_.begin(), thread_steps_.end());
    std::sort(open.begin(), open.end());
    open.erase(std::unique(open.begin(), open.end()), open.end());
    stack_.clear();
    thread_steps_.clear();
    learning_ = false;
    turn_switches();
  } catch (...) {
    reports_.caught("closing the hooks");
  }
  for (const auto& context : open) {
    try {
      finish(*context, false);
    } catch (...) {
      reports_.caught("logging a step");
    }
  }
}

// ---- Steps ----

std::shared_ptr<StepContext> HookCore::find_open(int64_t step,
                                                 const Phase& phase) {
  for (const auto* list : {&stack_, &thread_steps_}) {
    for (const auto& context : *list) {
      if (context->step == step && context->phase == phase) return context;
    }
  }
  return nullptr;
}

std::shared_ptr<StepContext> HookCore::begin(int64_t step, const Phase& phase) {
  std::deque<RuleState>& rules = table_.rules();
  auto context = std::make_shared<StepContext>(step, phase, rules.size());
  context->keep_all = keep_all_;
  context->traces = graph_requested_ && writer_.enabled() &&
                    graph_runs_.count(run_of(phase)) == 0;
  const Clock::Monotonic now = clock_->now();
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].selector || !rules[i].schedule.take(step, phase, now)) {
      continue;
    }
    context->due[i] = true;
    context->due_kinds |= bits_of(rules[i].spec);
  }
  return context;
}

std::shared_ptr<OpenStep> HookCore::open(int64_t step, const Phase& phase,
                                         bool of_thread) {
  if (closed()) return nullptr;
  if (phase.name_was_cut()) {
    reports_.remark(absl::InvalidArgumentError(
        absl::StrCat("the name of phase \"", escaped(phase.name()),
                     "\" was cut to ", Phase::kMaxNameBytes, " bytes")));
  }
  auto open = std::make_shared<OpenStep>();
  open->core = shared_from_this();
  open->of_thread = of_thread;
  open->exceptions = std::uncaught_exceptions();
  if (of_thread) {
    sweep(thread_steps);
    thread_steps.push_back(open);
  }
  {
    Lock lock(mutex_);
    const std::thread::id thread = std::this_thread::get_id();
    if (of_thread || stack_.empty() || stack_.back()->thread == thread) {
      table_.drop_dead_requests();
      open->context = find_open(step, phase);
      if (open->context == nullptr) open->context = begin(step, phase);
      ++open->context->scopes;
      open->context->thread = thread;
      (of_thread ? thread_steps_ : stack_).push_back(open->context);
      turn_switches();
      return open;
    }
  }
  reports_.refuse(
      absl::FailedPreconditionError("a step was opened while another thread's "
                                    "is open: threads open theirs by "
                                    "thread_step()"));
  return nullptr;
}

bool HookCore::drop_scope(const OpenStep& open) {
  Lock lock(mutex_);
  auto& list = open.of_thread ? thread_steps_ : stack_;
  const auto at = std::find(list.rbegin(), list.rend(), open.context);
  if (at == list.rend()) return false;  // the hooks were closed meanwhile
  list.erase(std::next(at).base());
  return --open.context->scopes == 0;
}

void HookCore::end(OpenStep& open, bool unwinding) noexcept {
  try {
    if (!drop_scope(open)) return;
    if (!unwinding) read_parameters(*open.context);
    finish(*open.context, !unwinding);
    stop_learning();
  } catch (...) {
    reports_.caught("logging a step");
  }
}

void HookCore::finish(StepContext& context, bool whole) {
  {
    std::lock_guard<std::mutex> lock(context.mutex);
    if (context.ended) return;
    context.ended = true;
  }
  log_graph(*this, context, whole);
  log_times(*this, context);
  log_step(*this, context);
  save_step(*this, context);
  if (whole) board_->put(copies_of(context));
}

void HookCore::stop_learning() {
  Findings findings;
  {
    Lock lock(mutex_);
    if (learning_) {
      learning_ = false;
      table_.complete_taps(findings);
      table_.note_unmatched(findings);
    }
    turn_switches();
  }
  findings.deliver(reports_);
}

std::shared_ptr<StepContext> HookCore::current() {
  for (auto it = thread_steps.rbegin(); it != thread_steps.rend(); ++it) {
    const std::shared_ptr<OpenStep> open = it->lock();
    if (open != nullptr && open->core.get() == this &&
        open->context != nullptr) {
      return open->context;
    }
  }
  Lock lock(mutex_);
  return stack_.empty() ? nullptr : stack_.back();
}

// ---- Switches; under mutex_ ----

uint32_t HookCore::wanted(const LayerRecord& layer) const {
  if (layer.silent()) return 0;
  uint32_t kinds = 0;
  for (const auto* list : {&stack_, &thread_steps_}) {
    for (const auto& context : *list) {
      kinds |= layer.requested | common_bits(*context);
      for (const size_t rule : layer.rules) {
        if (context->due[rule]) kinds |= bits_of(table_.rules()[rule].spec);
      }
    }
  }
  return kinds;
}

void HookCore::turn_switches() {
  uint32_t due = 0;
  for (const auto* list : {&stack_, &thread_steps_}) {
    for (const auto& context : *list) {
      due |=
          context->due_kinds | table_.requested_kinds() | common_bits(*context);
    }
  }
  gate_.due.store(learning_ ? due | kAllKinds : due, std::memory_order_relaxed);
  if (due == 0 && layers_off_) return;
  layers_off_ = due == 0;
  for (LayerRecord& layer : table_.layers()) {
    layer.wanted.due.store(wanted(layer), std::memory_order_relaxed);
  }
}

// ---- Names ----

std::shared_ptr<NamePrefix> HookCore::push_prefix(std::string_view prefix) {
  auto entry = std::make_shared<NamePrefix>();
  entry->core = shared_from_this();
  entry->prefix = std::string(prefix);
  sweep(thread_prefixes);
  thread_prefixes.push_back(entry);
  return entry;
}

std::string HookCore::full_name(std::string_view name) const {
  std::string full;
  for (const auto& weak : thread_prefixes) {
    const std::shared_ptr<NamePrefix> entry = weak.lock();
    if (entry != nullptr && entry->core.get() == this &&
        !entry->prefix.empty()) {
      full += entry->prefix + "/";
    }
  }
  return full.append(name);
}

// ---- Tensors ----

void HookCore::note_training(std::string_view layer, bool training) {
  const std::shared_ptr<StepContext> context = current();
  if (context == nullptr) return;
  const bool train = context->phase == Phase::kTrain;
  if (!train && context->phase != Phase::kEval &&
      context->phase != Phase::kInference) {
    return;  // what a phase of the user's own implies is the user's to say
  }
  if (train == training || training_told_.exchange(true)) return;
  reports_.remark(absl::FailedPreconditionError(absl::StrCat(
      "layer \"", escaped(full_name(layer)), "\" is ",
      training ? "in" : "not in", " training mode in a step of phase ",
      to_absl(context->phase.name()))));
}

LayerRecord* HookCore::find_tapped(std::string_view name) {
  const std::string full = full_name(name);
  Findings findings;
  LayerRecord* layer = nullptr;
  bool silent = false;
  {
    Lock lock(mutex_);
    const size_t known = table_.layers().size();
    layer = table_.tap(full, findings);
    silent = layer == nullptr || layer->silent();
    if (table_.layers().size() > known) {
      layer->wanted.due.store(wanted(*layer), std::memory_order_relaxed);
    } else if (learning_ && ++repeated_taps_ > kMaxRepeatedTaps) {
      learning_ = false;
      table_.complete_taps(findings);
      table_.note_unmatched(findings);
      turn_switches();
    }
  }
  findings.deliver(reports_);
  return silent ? nullptr : layer;
}

void HookCore::tap(std::string_view name, ErasedValue value, TensorKind kind) {
  if (closed()) return;
  LayerRecord* const layer = find_tapped(name);
  if (layer == nullptr) return;
  if (const std::shared_ptr<StepContext> context = current()) {
    observe(*layer, value, kind, *context);
    return;
  }
  reports_.remark(absl::FailedPreconditionError(
      absl::StrCat("layer \"", escaped(layer->name),
                   "\" was tapped outside of a step: open one by step()")));
}

void HookCore::observe(LayerRecord& layer, ErasedValue value, TensorKind kind,
                       StepContext& context) {
  KindState* const state = kind_state(layer, kind, context);
  if (state == nullptr) return refuse_late(layer);
  const bool traces =
      context.traces && (kTracedKinds & TensorKindSet(kind).bits()) != 0;
  if (state->plan.empty() && !traces) return;
  int call = 0;
  {
    std::lock_guard<std::mutex> lock(context.mutex);
    call = state->calls++;
  }
  LeafLogger logger(*this, context, *state, call);
  if (traces) {
    TracingVisitor visitor(logger);
    value.visit(value.value, visitor);
    trace(layer, state->type, kind, std::move(visitor.seen), context);
  } else {
    value.visit(value.value, logger);
  }
  if (call == 0) {
    note_structure(layer, kind, context.phase, logger.leaves());
  }
  std::unique_lock<std::mutex> lock(context.mutex);
  if (!context.ended) return;
  lock.unlock();
  refuse_late(layer);
}

void HookCore::refuse_late(const LayerRecord& layer) {
  if (closed()) return;  // the hooks were removed meanwhile
  reports_.refuse(absl::FailedPreconditionError(
      absl::StrCat("a tensor of \"", escaped(layer.name),
                   "\" came after the end of its step")));
}

KindState* HookCore::kind_state(LayerRecord& layer, TensorKind kind,
                                StepContext& context) {
  const std::pair<const LayerRecord*, TensorKind> key(&layer, kind);
  {
    std::lock_guard<std::mutex> lock(context.mutex);
    if (context.ended) return nullptr;
    const auto known = context.kinds.find(key);
    if (known != context.kinds.end()) return known->second.get();
  }
  auto fresh = std::make_unique<KindState>();
  fresh->layer = &layer;
  fresh->kind = kind;
  {
    Lock lock(mutex_);
    fresh->type = layer.type;
    fresh->index = layer.index;
    fresh->count = layer.count();
    make_plan(layer, context, *fresh);
  }
  std::lock_guard<std::mutex> lock(context.mutex);
  if (context.ended) return nullptr;
  std::unique_ptr<KindState>& state = context.kinds[key];
  if (state == nullptr) {
    state = std::move(fresh);
    context.order.push_back(state.get());
  }
  return state.get();
}

void HookCore::make_plan(const LayerRecord& layer, const StepContext& context,
                         KindState& state) {
  Plan& plan = state.plan;
  if (layer.silent()) return;
  plan.capture = context.keep_all ||
                 (layer.requested & TensorKindSet(state.kind).bits()) != 0;
  const bool logs = writer_.enabled();
  for (const size_t number : layer.rules) {
    RuleState& rule = table_.rules()[number];
    const RuleSpec* const spec = &rule.spec;
    if (!context.due[number] || !spec->kinds.contains(state.kind)) continue;
    plan.rules.push_back(&rule);
    const bool asked[kLogKinds] = {spec->stats, spec->histogram,
                                   spec->image_grid, spec->tensor,
                                   spec->shapes};
    for (size_t i = 0; i < kLogKinds; ++i) {
      if (asked[i] && logs) plan.log[i] = spec;
    }
    if (!spec->callbacks.empty()) plan.callbacks.push_back(spec);
    if (spec->capture) {
      plan.capture = true;
      plan.capture_rule = spec;
    }
    if (spec->save_npz) plan.npz.push_back(spec);
  }
}

void HookCore::note_structure(LayerRecord& layer, TensorKind kind,
                              const Phase& phase, const std::string& leaves) {
  absl::Status remark;
  {
    Lock lock(mutex_);
    auto& known = layer.structures[static_cast<size_t>(kind)];
    if (!known) {
      known = LayerRecord::Structure{phase, leaves, false};
      return;
    }
    if (known->reported || known->phase == phase || known->leaves == leaves) {
      return;
    }
    known->reported = true;
    remark = absl::FailedPreconditionError(
        absl::StrCat(to_absl(tensor_kind_name(kind)), " of \"",
                     escaped(layer.name), "\" are ", escaped(known->leaves),
                     " in phase ", to_absl(known->phase.name()), " and ",
                     escaped(leaves), " in phase ", to_absl(phase.name())));
  }
  reports_.remark(remark);
}

// ---- Layers ----

void HookCore::declare(const std::vector<std::string>& layers) {
  std::vector<std::string> names;
  for (const std::string& layer : layers) names.push_back(full_name(layer));
  Findings findings;
  {
    Lock lock(mutex_);
    table_.declare(names, findings);
    table_.note_unmatched(findings);
    if (learning_) {
      learning_ = false;
      layers_off_ = false;
      turn_switches();
    }
  }
  findings.deliver(reports_);
}

absl::StatusOr<std::shared_ptr<BindingRecord>> HookCore::bind(
    std::vector<BoundLayer> layers) {
  for (BoundLayer& layer : layers) {
    if (!layer.name.empty()) layer.name = full_name(layer.name);
  }
  auto binding = std::make_shared<BindingRecord>();
  Findings findings;
  absl::Status status;
  {
    Lock lock(mutex_);
    absl::StatusOr<std::vector<LayerRecord*>> records =
        table_.bind(layers, findings);
    status = records.status();
    if (records.ok()) {
      binding->records = *std::move(records);
      binding->layers = std::move(layers);
      bindings_.push_back(binding);
      layers_off_ = false;
      turn_switches();
    }
  }
  findings.deliver(reports_);
  if (!status.ok()) return status;
  return binding;
}

void HookCore::unbind(BindingRecord& binding) noexcept {
  try {
    {
      std::lock_guard<std::recursive_mutex> wait_for_readers(binding.mutex);
      if (!binding.alive.exchange(false)) return;
    }
    Lock lock(mutex_);
    table_.unbind(binding.records);
    bindings_.erase(std::remove_if(bindings_.begin(), bindings_.end(),
                                   [&](const auto& other) {
                                     return other.get() == &binding;
                                   }),
                    bindings_.end());
    layers_off_ = false;
    turn_switches();
  } catch (...) {
    reports_.caught("removing hooks");
  }
}

Series* HookCore::series(LayerRecord& layer, TensorKind kind,
                         std::string_view leaf, int call) {
  Findings findings;
  Series* series = nullptr;
  {
    Lock lock(mutex_);
    series = table_.series(layer, kind, leaf, call, findings);
  }
  findings.deliver(reports_);
  return series;
}

// ---- Results ----

std::shared_ptr<CaptureView> HookCore::capture(
    const std::vector<std::string>& selectors, TensorKindSet kinds) {
  auto request = std::make_shared<CaptureRequest>();
  request->kinds = kinds;
  for (const std::string& text : selectors) {
    RuleSpec spec;
    spec.selector = text;
    absl::StatusOr<Selector> selector = Selector::make(spec);
    if (selector.ok()) {
      request->selectors.push_back(*std::move(selector));
    } else {
      reports_.refuse(selector.status());
    }
  }
  Lock lock(mutex_);
  keep_all_ = false;
  table_.add_request(request);
  layers_off_ = false;
  turn_switches();
  return std::make_shared<CaptureView>(board_, std::move(request));
}

std::vector<std::string> HookCore::unmatched() const {
  Lock lock(mutex_);
  return table_.unmatched();
}

std::vector<std::string> HookCore::never_fired() const {
  Lock lock(mutex_);
  return table_.never_fired();
}

std::string HookCore::run_of(const Phase& phase) const {
  return options_.phase_runs == PhaseRuns::kChild ? std::string(phase.name())
                                                  : std::string();
}

bool HookCore::take_step(Series& series, LogKind kind, const std::string& run,
                         int64_t step) {
  Lock lock(mutex_);
  std::optional<int64_t>& last = series.last[run][static_cast<size_t>(kind)];
  if (last == step) return false;
  last = step;
  return true;
}

}  // namespace tblog::internal
