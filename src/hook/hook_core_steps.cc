// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that opens and ends steps.

#include <algorithm>
#include <deque>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/hook_core.h"
#include "src/hook/step_output.h"

namespace tblog::internal {
namespace {

// What this thread has opened, of any LayerHooks. Scopes own theirs; what has
// expired is swept out on the way.
thread_local std::vector<std::weak_ptr<OpenStep>> thread_steps;

}  // namespace

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
  context->owner = this;
  context->keep_all = keep_all_;
  context->traces = graph_requested_ && writer_.enabled() &&
                    graph_runs_.count(run_of(phase)) == 0;
  const Clock::Monotonic now = clock_->now();
  context->begin = now;
  for (size_t i = 0; i < rules.size(); ++i) {
    RuleState& rule = rules[i];
    const int stretch = never_thinned(rule.spec) ? 0 : budget_.stretch();
    if (!rule.selector || !rule.schedule.take(step, phase, now, stretch)) {
      continue;
    }
    context->due[i] = true;
    context->due_kinds |= bits_of(rules[i].spec);
    context->updates = context->updates || rules[i].spec.update_ratio;
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
  bool fresh = false;
  int stretch = 0;
  std::optional<Budget::Window> window;
  {
    Lock lock(mutex_);
    const std::thread::id thread = std::this_thread::get_id();
    if (of_thread || stack_.empty() || stack_.back()->thread == thread) {
      table_.drop_dead_requests();
      open->context = find_open(step, phase);
      fresh = open->context == nullptr;
      if (fresh) {
        if (of_thread || stack_.empty()) window = begin_window(step);
        stretch = budget_.stretch();
        open->context = begin(step, phase);
      }
      ++open->context->scopes;
      open->context->thread = thread;
      (of_thread ? thread_steps_ : stack_).push_back(open->context);
      turn_switches();
    }
  }
  if (open->context != nullptr) {
    tell_bindings();
    try {
      if (window) log_overhead(*window, step, stretch);
      if (fresh && open->context->updates) hold_weights(*open->context);
    } catch (...) {
      reports_.caught("opening a step");
    }
    return open;
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
    StepContext& context = *open.context;
    if (unwinding) {
      std::lock_guard<std::mutex> lock(context.mutex);
      context.broken = true;
    }
    if (!drop_scope(open)) return;
    bool broken = false;
    {
      std::lock_guard<std::mutex> lock(context.mutex);
      broken = context.broken;
    }
    if (!broken) {
      read_parameters(context);
      if (context.updates) read_changes(context);
    }
    if (closed()) return;
    finish(context, broken ? End::kBroken : End::kWhole);
    if (forked()) return;
    stop_learning();
  } catch (...) {
    reports_.caught("logging a step");
  }
}

void HookCore::discard(StepContext& context) {
  reports_.broken_steps.fetch_add(1, std::memory_order_relaxed);
  {
    Lock lock(mutex_);
    std::deque<RuleState>& rules = table_.rules();
    for (size_t i = 0; i < rules.size(); ++i) {
      if (context.due[i]) rules[i].schedule.give_back(context.begin);
    }
  }
  reports_.remark(
      absl::AbortedError(absl::StrCat(
          "an exception ended step ", context.step, " of phase ",
          to_absl(context.phase.name()), ": what it gathered is not logged")),
      "broken step");
}

void HookCore::finish(StepContext& context, End end) {
  GraphTrace::Owners released;  // without the lock
  {
    std::lock_guard<std::mutex> lock(context.mutex);
    if (context.ended) return;
    context.ended = true;
    released = context.trace.release();
  }
  end_nonfinite(context);
  if (end == End::kBroken) return discard(context);
  const bool whole = end == End::kWhole;
  log_graph(*this, context, whole);
  log_times(*this, context);
  log_step(*this, context);
  save_step(*this, context);
  if (whole && !forked()) board_->put(copies_of(context));
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
  tell_bindings();
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

}  // namespace tblog::internal
