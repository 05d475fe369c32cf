// SPDX-License-Identifier: Apache-2.0
//
// The public calls: each lets nothing be thrown, and keeps a share of the core
// while it runs, for a callback may destroy what it was called on.

#include "tblog/layer_hooks.h"

#include <exception>
#include <utility>

#include "src/hook/budget.h"
#include "src/hook/hook_core.h"

namespace tblog {

using internal::HookCore;

namespace {

// Where a moved-from LayerHooks looks: nothing is ever due.
const internal::Switch kNever;

using internal::CorePtr;
using internal::here;

// The same of what may be left undone where nobody has called anything yet.
CorePtr known_here(const CorePtr& core) noexcept {
  if (core == nullptr || !core->forked()) return core;
  return core->known_successor();
}

absl::Status not_here() {
  return absl::FailedPreconditionError(
      "these hooks were moved away, or belong to the process that forked this "
      "one and whose writer is inert here: see WriterOptions::after_fork");
}

internal::SpendTimer timer_of(HookCore& core, bool fixed = false) {
  return internal::SpendTimer(core.budget(), core.clock(), fixed);
}

}  // namespace

// ---- Scopes ----

StepScope::StepScope(std::shared_ptr<internal::OpenStep> open) noexcept
    : open_(std::move(open)) {}

StepScope::StepScope(StepScope&& other) noexcept = default;

StepScope::~StepScope() {
  if (open_ == nullptr) return;
  const std::shared_ptr<internal::OpenStep> open = std::move(open_);
  if (open->core->forked()) return;  // what it has is the parent's
  const auto timer = timer_of(*open->core);
  open->core->end(*open, std::uncaught_exceptions() > open->exceptions);
}

void StepScope::end_backward() noexcept {
  if (open_ == nullptr) return;
  const std::shared_ptr<internal::OpenStep> open = open_;
  if (open->core->closed()) return;
  const auto timer = timer_of(*open->core);
  open->core->read_parameters(*open->context);
}

NameScope::NameScope(std::shared_ptr<internal::NamePrefix> prefix) noexcept
    : prefix_(std::move(prefix)) {}
NameScope::NameScope(NameScope&& other) noexcept = default;
NameScope::~NameScope() = default;

// ---- Binding ----

Binding::Binding(std::shared_ptr<HookCore> core,
                 std::shared_ptr<internal::BindingRecord> record) noexcept
    : core_(std::move(core)), record_(std::move(record)) {}

Binding::~Binding() { remove(); }

Binding::Binding(Binding&& other) noexcept = default;

Binding& Binding::operator=(Binding&& other) noexcept {
  if (this == &other) return *this;
  remove();
  core_ = std::move(other.core_);
  record_ = std::move(other.record_);
  return *this;
}

void Binding::remove() noexcept {
  const CorePtr core = std::move(core_);
  const std::shared_ptr<internal::BindingRecord> record = std::move(record_);
  core_ = nullptr;
  record_ = nullptr;
  if (record == nullptr) return;
  if (const CorePtr now = here(core)) now->unbind(now->heir_of(*record));
}

size_t Binding::size() const noexcept {
  return record_ == nullptr ? 0 : record_->records.size();
}

LayerId Binding::layer(size_t index) const noexcept {
  internal::LayerRecord* const record = record_->records[index];
  return LayerId(record, &record->wanted);
}

LayerProbe Binding::probe(size_t index) const noexcept {
  LayerProbe probe;
  probe.core_ = core_;
  probe.binding_ = record_;
  probe.record_ = record_->records[index];
  probe.bound_ = true;
  return probe;
}

std::vector<std::string> Binding::unseen() const {
  std::vector<std::string> names;
  if (record_ == nullptr) return names;
  for (const BoundLayer& layer : record_->layers) {
    if (layer.unseen) names.push_back(layer.name);
  }
  return names;
}

// ---- LayerHooks ----

LayerHooks::LayerHooks()
    : core_(HookCore::make(SummaryWriter::null(), {}, {}, true)),
      gate_(core_->gate()) {}

LayerHooks::LayerHooks(const SummaryWriter& writer, std::vector<Rule> rules,
                       HookOptions options)
    : core_(HookCore::make(writer, rules, options, false)),
      gate_(core_->gate()) {}

LayerHooks::~LayerHooks() {
  if (const CorePtr core = known_here(core_)) core->close();
}

LayerHooks::LayerHooks(LayerHooks&& other) noexcept
    : core_(std::move(other.core_)),
      gate_(std::exchange(other.gate_, &kNever)) {}

LayerHooks& LayerHooks::operator=(LayerHooks&& other) noexcept {
  if (this == &other) return *this;
  if (const CorePtr core = known_here(core_)) core->close();
  core_ = std::move(other.core_);
  gate_ = std::exchange(other.gate_, &kNever);
  return *this;
}

StepScope LayerHooks::step(int64_t step, const Phase& phase) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return StepScope(nullptr);
  const auto timer = timer_of(*core);
  try {
    return StepScope(core->open(step, phase, false));
  } catch (...) {
    core->reports().caught("opening a step");
    return StepScope(nullptr);
  }
}

StepScope LayerHooks::thread_step(int64_t step, const Phase& phase) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return StepScope(nullptr);
  const auto timer = timer_of(*core);
  try {
    return StepScope(core->open(step, phase, true));
  } catch (...) {
    core->reports().caught("opening a step");
    return StepScope(nullptr);
  }
}

NameScope LayerHooks::scope(std::string_view prefix) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return NameScope(nullptr);
  try {
    return NameScope(core->push_prefix(prefix));
  } catch (...) {
    core->reports().caught("opening a name scope");
    return NameScope(nullptr);
  }
}

void LayerHooks::tap_erased(std::string_view layer, internal::ErasedValue value,
                            TensorKind kind) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return;
  const auto timer = timer_of(*core);
  try {
    core->tap(layer, value, kind);
  } catch (...) {
    core->reports().caught("looking at layer", layer);
  }
}

bool LayerHooks::wants_erased(std::string_view layer,
                              TensorKind kind) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return false;
  const auto timer = timer_of(*core);
  try {
    return core->wants(layer, kind);
  } catch (...) {
    core->reports().caught("looking at layer", layer);
    return false;
  }
}

void LayerHooks::observe_erased(LayerId layer, internal::ErasedValue value,
                                TensorKind kind,
                                const StepToken* token) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr || core->closed() || layer.record_ == nullptr) return;
  const auto timer = timer_of(*core);
  try {
    const std::shared_ptr<internal::StepContext> context =
        token == nullptr ? core->current() : token->context_.lock();
    if (context != nullptr && context->owner != core.get()) return;
    if (context != nullptr) {
      core->observe(core->heir_of(*layer.record_), value, kind, *context);
    } else if (token != nullptr) {
      core->reports().refuse(
          absl::FailedPreconditionError("a tensor of \"" + layer.record_->name +
                                        "\" came after the end of its step"));
    }
  } catch (...) {
    core->reports().caught("looking at layer", layer.record_->name);
  }
}

void LayerHooks::log_graph() noexcept {
  const CorePtr core = here(core_);
  if (core != nullptr) core->request_graph();
}

Clock::Monotonic LayerHooks::now() const noexcept {
  return core_ == nullptr ? Clock::Monotonic() : core_->now();
}

void LayerHooks::note_time(std::string_view layer, TimedPass pass,
                           Clock::Monotonic begin,
                           Clock::Monotonic end) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr || !wants_times()) return;
  try {
    core->note_time(layer, pass, begin, end);
  } catch (...) {
    core->reports().caught("timing layer", layer);
  }
}

void LayerHooks::note_time(LayerId layer, TimedPass pass,
                           Clock::Monotonic begin,
                           Clock::Monotonic end) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr || core->closed() || !wants_times(layer)) return;
  try {
    core->note_time(core->heir_of(*layer.record_), pass, begin, end);
  } catch (...) {
    core->reports().caught("timing layer", layer.record_->name);
  }
}

void LayerHooks::note_training(std::string_view layer, bool training) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return;
  try {
    core->note_training(core->full_name(layer), training);
  } catch (...) {
    core->reports().caught("looking at layer", layer);
  }
}

StepToken LayerHooks::token() const noexcept {
  StepToken token;
  const CorePtr core = here(core_);
  if (core == nullptr) return token;
  try {
    token.context_ = core->current();
  } catch (...) {
    core->reports().caught("taking a step's token");
  }
  return token;
}

void LayerHooks::declare(const std::vector<std::string>& layers) noexcept {
  const CorePtr core = here(core_);
  if (core == nullptr) return;
  try {
    core->declare(layers);
  } catch (...) {
    core->reports().caught("declaring layers");
  }
}

Capture LayerHooks::capture(const std::vector<std::string>& selectors,
                            TensorKindSet kinds) {
  const CorePtr core = here(core_);
  return Capture(core == nullptr ? nullptr : core->capture(selectors, kinds));
}

absl::StatusOr<Binding> LayerHooks::bind(std::vector<BoundLayer> layers,
                                         std::function<void()> on_switch) {
  const CorePtr core = here(core_);
  if (core == nullptr) {
    return not_here();
  }
  absl::StatusOr<std::shared_ptr<internal::BindingRecord>> record =
      core->bind(std::move(layers), std::move(on_switch));
  if (!record.ok()) return record.status();
  return Binding(core, *std::move(record));
}

LayerProbe LayerHooks::probe(std::string_view layer) noexcept {
  LayerProbe probe;
  const CorePtr core = here(core_);
  if (core == nullptr) return probe;
  try {
    probe.record_ = core->find_tapped(layer);
    probe.core_ = core;
  } catch (...) {
    core->reports().caught("looking at layer", layer);
  }
  return probe;
}

std::vector<std::string> LayerHooks::unmatched() const {
  const CorePtr core = here(core_);
  return core == nullptr ? std::vector<std::string>() : core->unmatched();
}

std::vector<std::string> LayerHooks::never_fired() const {
  const CorePtr core = here(core_);
  return core == nullptr ? std::vector<std::string>() : core->never_fired();
}

absl::Status LayerHooks::status() const {
  if (core_ == nullptr) return absl::OkStatus();
  const CorePtr core = here(core_);
  return core == nullptr ? not_here() : core->reports().status();
}

std::vector<std::string> LayerHooks::reports() const {
  const CorePtr core = here(core_);
  return core == nullptr ? std::vector<std::string>() : core->reports().all();
}

HookStats LayerHooks::stats() const noexcept {
  const CorePtr core = here(core_);
  return core == nullptr ? HookStats() : core->reports().stats();
}

}  // namespace tblog
