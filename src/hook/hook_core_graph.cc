// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that gathers graphs and times of layers.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/graph/node_name.h"
#include "src/hook/hook_core.h"

namespace tblog::internal {

void HookCore::request_graph() noexcept {
  Lock lock(mutex_);
  graph_requested_ = true;
}

bool HookCore::take_graph(const std::string& run) {
  Lock lock(mutex_);
  return graph_runs_.insert(run).second;
}

std::string HookCore::node_name(LayerRecord& layer) {
  Lock lock(mutex_);
  std::string& name = layer.node_name;
  if (!name.empty()) return name;
  std::string wanted = mended_node_name(layer.name);
  if (wanted.empty()) wanted = "layer";
  name = wanted;
  for (int i = 1; !node_names_.insert(name).second; ++i) {
    name = absl::StrCat(wanted, "_", i);
  }
  return name;
}

void HookCore::trace(LayerRecord& layer, std::string_view type, TensorKind kind,
                     TracedTensors tensors, StepContext& context) {
  GraphTrace::Owners released;  // without the lock
  std::lock_guard<std::mutex> lock(context.mutex);
  if (context.ended) return;  // observe() says so
  if (kind == TensorKind::kInputs) {
    context.trace.add_inputs(layer, std::move(tensors));
  } else {
    released = context.trace.add_call(layer, type, std::move(tensors));
  }
}

void HookCore::note_time(std::string_view name, TimedPass pass,
                         Clock::Monotonic begin, Clock::Monotonic end) {
  if (closed()) return;
  LayerRecord* const layer = find_tapped(name);
  if (layer != nullptr) note_time(*layer, pass, begin, end);
}

void HookCore::note_time(LayerRecord& layer, TimedPass pass,
                         Clock::Monotonic begin, Clock::Monotonic end) {
  const std::shared_ptr<StepContext> context = current();
  if (context == nullptr) return;
  bool due = false;
  {
    Lock lock(mutex_);
    for (const size_t rule : layer.rules) {
      RuleState& state = table_.rules()[rule];
      if (!context->due[rule] || !state.spec.times) continue;
      state.fired.fetch_or(Switch::kTimes, std::memory_order_relaxed);
      due = true;
    }
  }
  if (!due) return;
  std::lock_guard<std::mutex> lock(context->mutex);
  if (context->ended) return;
  std::vector<LayerTime>& times = context->times[static_cast<size_t>(pass)];
  auto time = std::find_if(
      times.begin(), times.end(),
      [&](const LayerTime& known) { return known.layer == &layer; });
  if (time == times.end()) {
    time = times.insert(times.end(), LayerTime{&layer, begin, {}});
  }
  if (end > begin) time->duration += end - begin;
}

}  // namespace tblog::internal
