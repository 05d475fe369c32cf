// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that watches: it reads weights before and after a step,
// and tells what was found.

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/finding.h"
#include "src/hook/hook_core.h"
#include "src/hook/leaf_logger.h"

namespace tblog::internal {
namespace {

bool same_shape(const TensorView& a, const TensorView& b) {
  if (a.dtype() != b.dtype() || a.rank() != b.rank()) return false;
  for (size_t axis = 0; axis < a.rank(); ++axis) {
    if (a.dim(axis) != b.dim(axis)) return false;
  }
  return true;
}

}  // namespace

// ---- What was found ----

bool HookCore::take_nonfinite(Series& series, StepContext& context) {
  if (forked()) return false;
  Lock lock(mutex_);
  {
    std::lock_guard<std::mutex> context_lock(context.mutex);
    context.nonfinite = true;
  }
  if (std::exchange(nonfinite_, true)) return false;
  return series.watch.look(Watch::kNonfinite, true, 1);
}

void HookCore::end_nonfinite(const StepContext& context) {
  if (!context.watches_nonfinite || context.nonfinite) return;
  Lock lock(mutex_);
  nonfinite_ = false;
}

bool HookCore::look(Series& series, Watch watch, bool holds, int in_a_row) {
  if (forked()) return false;
  Lock lock(mutex_);
  return series.watch.look(watch, holds, in_a_row);
}

void HookCore::tell(WatchFinding finding, std::string_view tag,
                    const std::vector<std::string>& facts) {
  finding.message = finding_message(finding, tag);
  reports_.findings.fetch_add(1, std::memory_order_relaxed);
  run_writer(run_of(finding.phase))
      .text(absl::StrCat("watch/", to_absl(tag), "/",
                         to_absl(watch_name(finding.watch))),
            finding_text(finding, tag, facts), finding.step);
  reports_.remark(absl::OutOfRangeError(finding.message));
  if (!options_.on_finding || closed()) return;
  try {
    options_.on_finding(finding);
  } catch (...) {
    reports_.caught("on_finding");
  }
}

// ---- What a step makes of the weights ----

template <class F>
void HookCore::visit_updated(StepContext& context, const F& visit) {
  std::vector<std::shared_ptr<BindingRecord>> bindings;
  {
    Lock lock(mutex_);
    bindings = bindings_;
  }
  for (const auto& binding : bindings) {
    std::lock_guard<std::recursive_mutex> lock(binding->mutex);
    for (size_t i = 0; i < binding->layers.size(); ++i) {
      if (!binding->alive || closed()) break;
      const BoundLayer& layer = binding->layers[i];
      LayerRecord& record = *binding->records[i];
      if (!layer.parameters) continue;
      KindState* const state =
          kind_state(record, TensorKind::kWeights, context);
      if (state == nullptr) return;
      const RuleSpec* const rule =
          state->plan.log[static_cast<size_t>(LogKind::kUpdateRatio)];
      if (rule == nullptr) continue;
      const auto min_rank = static_cast<size_t>(rule->update_ratio->min_rank);
      try {
        layer.parameters([&](const ParameterView& parameter) {
          if (parameter.value.rank() >= min_rank) visit(*state, parameter);
        });
      } catch (...) {
        reports_.caught("reading the parameters of", record.name);
      }
    }
  }
}

void HookCore::hold_weights(StepContext& context) {
  visit_updated(context, [&](const KindState& state,
                             const ParameterView& parameter) {
    const TensorView& value = parameter.value;
    absl::Status status = check_countable(value);
    if (status.ok() &&
        value.size_bytes() > options_.max_watch_bytes - context.watch_bytes) {
      status = absl::ResourceExhaustedError(
          absl::StrCat("left out: the copies of weights would pass "
                       "max_watch_bytes = ",
                       options_.max_watch_bytes));
    }
    if (!status.ok()) {
      return reports_.refuse(absl::Status(
          status.code(),
          absl::StrCat("update ratio of \"", escaped(state.layer->name), "/",
                       escaped(parameter.name), "\": ", status.message())));
    }
    context.watch_bytes += value.size_bytes();
    context.weights_before[state.layer].push_back(
        {std::string(parameter.name),
         std::make_shared<const OwnedTensor>(value)});
  });
}

void HookCore::read_changes(StepContext& context) {
  visit_updated(context, [&](KindState& state, const ParameterView& parameter) {
    const auto held = context.weights_before.find(state.layer);
    if (held == context.weights_before.end()) return;
    for (const HeldTensor& before : held->second) {
      if (before.leaf != parameter.name ||
          !check_countable(parameter.value).ok() ||
          !same_shape(before.tensor->view(), parameter.value)) {
        continue;
      }
      LeafLogger(*this, context, state, 0)
          .add_change(parameter.name,
                      squared_change(before.tensor->view(), parameter.value));
    }
  });
  context.weights_before.clear();
}

}  // namespace tblog::internal
