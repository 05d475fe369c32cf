// SPDX-License-Identifier: Apache-2.0

#include "src/hook/hook_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/hook/step_output.h"

namespace tblog::internal {
namespace {

// What a step turns on for all layers.
uint32_t common_bits(const StepContext& context) {
  return (context.keep_all ? kAllKinds : 0) |
         (context.traces ? kTracedKinds : 0);
}

double checked_share(double share, Findings& findings) {
  if (share >= 0 && share <= 1) return share;
  findings.failures.push_back(absl::InvalidArgumentError(
      absl::StrCat("max_overhead is ", share, ": it must be 0 to 1")));
  return 0;
}

}  // namespace

std::shared_ptr<HookCore> HookCore::make(const SummaryWriter& writer,
                                         const std::vector<Rule>& rules,
                                         const HookOptions& options,
                                         bool keep_all) {
  Findings findings;
  std::shared_ptr<HookCore> core =
      make(writer, rules, options, keep_all, findings);
  findings.deliver(core->reports_);
  return core;
}

std::shared_ptr<HookCore> HookCore::make(const SummaryWriter& writer,
                                         const std::vector<Rule>& rules,
                                         const HookOptions& options,
                                         bool keep_all, Findings& findings) {
  // In a child of fork() it stays as it is: another thread may have been just
  // changing it.
  const auto release = [](HookCore* core) {
    if (!core->forked()) delete core;
  };
  return {new HookCore(writer, rules, options, keep_all, findings), release};
}

HookCore::HookCore(const SummaryWriter& writer, const std::vector<Rule>& rules,
                   const HookOptions& options, bool keep_all,
                   Findings& findings)
    : writer_(writer.share()),
      options_(options),
      rules_(rules),
      clock_(options.clock != nullptr ? options.clock : Clock::real()),
      reports_(writer, options.on_error),
      table_(rules, findings),
      budget_(checked_share(options.max_overhead, findings)),
      keep_all_(keep_all) {
  gate_.due = kAllKinds;  // names are learned from the first tap on
  for (const RuleState& rule : table_.rules()) {
    if (rule.selector && !never_thinned(rule.spec)) budget_.add_rule(rule.spec);
  }
}

HookCore::~HookCore() {
  delete estate_.load();
  delete successor_.load();
}

void HookCore::close() noexcept {
  std::vector<std::shared_ptr<StepContext>> open;
  closed_ = true;
  turn_gate(0);
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
  tell_bindings();
  for (const auto& context : open) {
    try {
      finish(*context, End::kCut);
    } catch (...) {
      reports_.caught("logging a step");
    }
  }
  log_last_overhead();
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

void HookCore::turn_gate(uint32_t bits) {
  gate_.due.store(bits, std::memory_order_relaxed);
  if (outer_gate_ == nullptr) return;
  outer_gate_->due.store(bits, std::memory_order_relaxed);
}

void HookCore::turn_switches() {
  uint32_t due = 0;
  for (const auto* list : {&stack_, &thread_steps_}) {
    for (const auto& context : *list) {
      due |=
          context->due_kinds | table_.requested_kinds() | common_bits(*context);
    }
  }
  turn_gate(learning_ ? due | kAllKinds : due);
  if (due == 0 && layers_off_) return;
  layers_off_ = due == 0;
  for (LayerRecord& layer : table_.layers()) {
    layer.turn(wanted(layer));
  }
}

void HookCore::tell_bindings() noexcept {
  try {
    std::vector<std::shared_ptr<BindingRecord>> listeners;
    {
      Lock lock(mutex_);
      for (const auto& binding : bindings_) {
        if (binding->on_switch) listeners.push_back(binding);
      }
    }
    for (const auto& binding : listeners) binding->on_switch();
  } catch (...) {
    reports_.caught("an adapter");
  }
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
  {
    Lock lock(mutex_);
    keep_all_ = false;
    table_.add_request(request);
    publish_estate();
    layers_off_ = false;
    turn_switches();
  }
  tell_bindings();
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

SummaryWriter HookCore::run_writer(const std::string& run) const {
  return run.empty() ? writer_.share() : writer_.share().child(run);
}

bool HookCore::take_step(Series& series, LogKind kind, const std::string& run,
                         int64_t step) {
  if (forked()) return false;
  Lock lock(mutex_);
  std::optional<int64_t>& last = series.last[run][static_cast<size_t>(kind)];
  if (last == step) return false;
  last = step;
  return true;
}

}  // namespace tblog::internal
