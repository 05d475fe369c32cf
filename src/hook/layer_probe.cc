// SPDX-License-Identifier: Apache-2.0
//
// LayerProbe's calls: as LayerHooks' own, but the hooks may have gone.

#include <utility>

#include "src/hook/budget.h"
#include "src/hook/hook_core.h"
#include "tblog/layer_hooks.h"

namespace tblog {

using internal::CorePtr;
using internal::here;
using internal::HookCore;

namespace {

// The layer that a record stands for here; null where its Binding has gone.
internal::LayerRecord* living(
    HookCore& core, internal::LayerRecord* record, bool bound,
    const std::shared_ptr<internal::BindingRecord>& binding) {
  if (record == nullptr || core.closed()) return nullptr;
  if (bound && (binding == nullptr || !core.heir_of(*binding).alive)) {
    return nullptr;
  }
  return &core.heir_of(*record);
}

}  // namespace

bool LayerProbe::gone() const noexcept {
  const CorePtr core = here(core_.lock());
  return core == nullptr ||
         living(*core, record_, bound_, binding_.lock()) == nullptr;
}

CallToken LayerProbe::begin_call(TensorKind kind) const noexcept {
  CallToken token;
  const CorePtr core = here(core_.lock());
  if (core == nullptr) return token;
  const internal::SpendTimer timer(core->budget(), core->clock());
  try {
    internal::LayerRecord* const layer =
        living(*core, record_, bound_, binding_.lock());
    const auto context = layer == nullptr ? nullptr : core->current();
    if (context == nullptr) return token;
    token.call_ = core->begin_call(*layer, kind, *context);
    token.context_ = context;
  } catch (...) {
    core->reports().caught("looking at layer", record_->name);
  }
  return token;
}

void LayerProbe::observe_erased(internal::ErasedValue value, TensorKind kind,
                                const CallToken* call) const noexcept {
  const CorePtr core = here(core_.lock());
  if (core == nullptr) return;
  const internal::SpendTimer timer(core->budget(), core->clock());
  try {
    internal::LayerRecord* const layer =
        living(*core, record_, bound_, binding_.lock());
    if (layer == nullptr) return;
    const std::shared_ptr<internal::StepContext> context =
        call == nullptr ? core->current() : call->context_.lock();
    if (context == nullptr) {
      if (call != nullptr) core->refuse_late(*layer);
    } else if (context->owner != core.get()) {
      return;  // the step is that of the process that forked this one
    } else if (call != nullptr) {
      core->observe_part(*layer, value, kind, *context, call->call_);
    } else {
      core->observe(*layer, value, kind, *context);
    }
  } catch (...) {
    core->reports().caught("looking at layer", record_->name);
  }
}

void LayerProbe::note_training(bool training) const noexcept {
  const CorePtr core = here(core_.lock());
  if (core == nullptr || record_ == nullptr || core->closed()) return;
  try {
    core->note_training(record_->name, training);
  } catch (...) {
    core->reports().caught("looking at layer", record_->name);
  }
}

Clock::Monotonic LayerProbe::now() const noexcept {
  const CorePtr core = core_.lock();
  return core == nullptr ? Clock::Monotonic() : core->now();
}

void LayerProbe::note_time(TimedPass pass, Clock::Monotonic begin,
                           Clock::Monotonic end) const noexcept {
  const CorePtr core = here(core_.lock());
  if (core == nullptr) return;
  try {
    internal::LayerRecord* const layer =
        living(*core, record_, bound_, binding_.lock());
    if (layer != nullptr) core->note_time(*layer, pass, begin, end);
  } catch (...) {
    core->reports().caught("timing layer", record_->name);
  }
}

}  // namespace tblog
