// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that knows layers, their names and their prefixes.

#include <algorithm>
#include <utility>

#include "src/hook/hook_core.h"

namespace tblog::internal {
namespace {

// What this thread has opened, of any LayerHooks. Scopes own theirs.
thread_local std::vector<std::weak_ptr<NamePrefix>> thread_prefixes;

}  // namespace

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
    if (entry != nullptr && is_or_succeeds(entry->core.get()) &&
        !entry->prefix.empty()) {
      full += entry->prefix + "/";
    }
  }
  return full.append(name);
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
    std::vector<BoundLayer> layers, std::function<void()> on_switch) {
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
      binding->on_switch = std::move(on_switch);
      bindings_.push_back(binding);
      publish_estate();
      layers_off_ = false;
      turn_switches();
    }
  }
  findings.deliver(reports_);
  if (!status.ok()) return status;
  if (binding->on_switch) tell_bindings();
  return binding;
}

void HookCore::unbind(BindingRecord& binding) noexcept {
  try {
    {
      std::lock_guard<std::recursive_mutex> wait_for_readers(binding.mutex);
      if (!binding.alive.exchange(false)) return;
    }
    {
      Lock lock(mutex_);
      table_.unbind(binding.records);
      bindings_.erase(std::remove_if(bindings_.begin(), bindings_.end(),
                                     [&](const auto& other) {
                                       return other.get() == &binding;
                                     }),
                      bindings_.end());
      publish_estate();
      layers_off_ = false;
      turn_switches();
    }
    if (binding.on_switch) binding.on_switch();
  } catch (...) {
    reports_.caught("removing hooks");
  }
}

Series* HookCore::series(LayerRecord& layer, TensorKind kind,
                         std::string_view leaf, int call) {
  if (forked()) return nullptr;
  Findings findings;
  Series* series = nullptr;
  {
    Lock lock(mutex_);
    series = table_.series(layer, kind, leaf, call, findings);
  }
  findings.deliver(reports_);
  return series;
}

}  // namespace tblog::internal
