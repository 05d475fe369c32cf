// SPDX-License-Identifier: Apache-2.0

#include "src/hook/hook_core.h"

#include <algorithm>
#include <utility>

#include "src/hook/step_output.h"

namespace tblog::internal {
namespace {

// What a step turns on for all layers.
uint32_t common_bits(const StepContext& context) {
  return (context.keep_all ? kAllKinds : 0) |
         (context.traces ? kTracedKinds : 0);
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
      finish(*context, End::kCut);
    } catch (...) {
      reports_.caught("logging a step");
    }
  }
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

SummaryWriter HookCore::run_writer(const std::string& run) const {
  return run.empty() ? writer_.share() : writer_.share().child(run);
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
