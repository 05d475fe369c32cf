// SPDX-License-Identifier: Apache-2.0
//
// HookCore in a child of fork(). Any of its locks may be held for ever, and
// what they guard half changed: what is read here was fixed before the fork, or
// is published whole.

#include <memory>
#include <utility>
#include <vector>

#include "src/hook/hook_core.h"

namespace tblog::internal {

void HookCore::publish_estate() {
  auto fresh = std::make_unique<Estate>();
  fresh->bindings = bindings_;
  fresh->requests = table_.requests();
  // A child finds the one that was published when it came into being, and no
  // other thread that could delete it.
  delete estate_.exchange(fresh.release(), std::memory_order_acq_rel);
}

std::shared_ptr<HookCore> HookCore::known_successor() const noexcept {
  const auto* held = successor_.load(std::memory_order_acquire);
  if (held == nullptr) return nullptr;
  return (*held)->forked() ? (*held)->known_successor() : *held;
}

std::shared_ptr<HookCore> HookCore::successor() noexcept {
  auto* held = successor_.load(std::memory_order_acquire);
  if (held != nullptr) {
    return (*held)->forked() ? (*held)->successor() : *held;
  }
  if (!writer_.enabled()) {
    gate_.due = 0;
    if (outer_gate_ != nullptr) outer_gate_->due = 0;
    return nullptr;
  }
  try {
    auto fresh = std::make_unique<std::shared_ptr<HookCore>>(make_successor());
    if (successor_.compare_exchange_strong(held, fresh.get(),
                                           std::memory_order_acq_rel)) {
      held = fresh.release();
      board_->succeed((*held)->board_);
    }
    return *held;
  } catch (...) {
    return nullptr;  // no memory: nothing is looked at
  }
}

std::shared_ptr<HookCore> HookCore::make_successor() {
  Findings told_before;
  std::shared_ptr<HookCore> fresh =
      make(writer_, rules_, options_, keep_all_, told_before);
  fresh->predecessor_ = this;
  fresh->outer_gate_ = outer_gate_ != nullptr ? outer_gate_ : &gate_;
  fresh->inherit(*estate_.load(std::memory_order_acquire));
  return fresh;
}

void HookCore::inherit(const Estate& estate) {
  Findings findings;
  Lock lock(mutex_);
  for (const auto& weak : estate.requests) {
    if (auto request = weak.lock()) table_.add_request(std::move(request));
  }
  for (const auto& old : estate.bindings) {
    if (!old->alive.load()) continue;
    absl::StatusOr<std::vector<LayerRecord*>> records =
        table_.bind_again(old->layers, findings);
    if (!records.ok()) continue;  // cannot be: it could before
    auto heir = std::make_shared<BindingRecord>();
    heir->layers = old->layers;
    heir->on_switch = old->on_switch;
    heir->records = *std::move(records);
    for (size_t i = 0; i < heir->records.size(); ++i) {
      heir->records[i]->outer = old->records[i]->outermost();
      layer_heirs_.emplace(old->records[i], heir->records[i]);
    }
    binding_heirs_.emplace(old.get(), heir);
    bindings_.push_back(std::move(heir));
  }
  layers_off_ = false;
  publish_estate();
  turn_switches();
}

LayerRecord& HookCore::heir_of(LayerRecord& layer) const {
  LayerRecord& known =
      predecessor_ == nullptr ? layer : predecessor_->heir_of(layer);
  const auto heir = layer_heirs_.find(&known);
  return heir == layer_heirs_.end() ? known : *heir->second;
}

BindingRecord& HookCore::heir_of(BindingRecord& binding) const {
  BindingRecord& known =
      predecessor_ == nullptr ? binding : predecessor_->heir_of(binding);
  const auto heir = binding_heirs_.find(&known);
  return heir == binding_heirs_.end() ? known : *heir->second;
}

bool HookCore::is_or_succeeds(const HookCore* other) const {
  return other == this ||
         (predecessor_ != nullptr && predecessor_->is_or_succeeds(other));
}

}  // namespace tblog::internal
