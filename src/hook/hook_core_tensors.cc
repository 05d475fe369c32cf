// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that looks at tensors.

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/hook_core.h"
#include "src/hook/leaf_logger.h"

namespace tblog::internal {
namespace {

// Learning the names of taps costs a look-up a tap; it ends early where the
// same names come again and again.
constexpr int kMaxRepeatedTaps = 1000;

}  // namespace

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
      "layer \"", escaped(layer), "\" is ", training ? "in" : "not in",
      " training mode in a step of phase ", to_absl(context->phase.name()))));
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
      layer->turn(wanted(*layer));
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
    value.visit(visitor);
    trace(layer, state->type, kind, std::move(visitor.seen), context);
  } else {
    value.visit(logger);
  }
  if (closed()) return;  // by a callback, or it forked and this is the child
  logger.finish();
  if (call == 0) {
    note_structure(layer, kind, context.phase, logger.leaves());
  }
  std::unique_lock<std::mutex> lock(context.mutex);
  if (!context.ended) return;
  lock.unlock();
  refuse_late(layer);
}

bool HookCore::wants(std::string_view name, TensorKind kind) {
  LayerRecord* const layer = find_tapped(name);
  const std::shared_ptr<StepContext> context =
      layer == nullptr ? nullptr : current();
  if (context == nullptr) return false;
  const KindState* const state = kind_state(*layer, kind, *context);
  return state != nullptr &&
         (!state->plan.empty() ||
          (context->traces &&
           (kTracedKinds & TensorKindSet(kind).bits()) != 0));
}

int HookCore::begin_call(LayerRecord& layer, TensorKind kind,
                         StepContext& context) {
  KindState* const state = kind_state(layer, kind, context);
  if (state == nullptr || state->plan.empty()) return -1;
  std::lock_guard<std::mutex> lock(context.mutex);
  return state->calls++;
}

void HookCore::observe_part(LayerRecord& layer, ErasedValue value,
                            TensorKind kind, StepContext& context, int call) {
  KindState* const state = kind_state(layer, kind, context);
  if (state == nullptr) return refuse_late(layer);
  LeafLogger logger(*this, context, *state, call);
  value.visit(logger);
  if (closed()) return;
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
    if (!context.due[number]) continue;
    if (state.kind == TensorKind::kInputs && keeps_inputs(*spec)) {
      plan.keeps_inputs = true;
    }
    if (!spec->kinds.contains(state.kind)) continue;
    plan.rules.push_back(&rule);
    for (size_t i = 0; i < kLogKinds; ++i) {
      const auto log = static_cast<LogKind>(i);
      if (!logs && !is_watch(log)) continue;
      if (asks_for(*spec, log, state.kind)) plan.log[i] = spec;
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

}  // namespace tblog::internal
