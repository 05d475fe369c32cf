// SPDX-License-Identifier: Apache-2.0

#include "src/hook/step_context.h"

namespace tblog::internal {

Repeat Plan::copy_repeat() const {
  if (!npz.empty()) return npz.back()->repeat;
  return capture_rule != nullptr ? capture_rule->repeat : Repeat::kLast;
}

int Plan::copy_max_calls() const {
  if (!npz.empty()) return npz.back()->max_calls;
  return capture_rule != nullptr ? capture_rule->max_calls : 1;
}

bool Plan::empty() const {
  for (const RuleSpec* rule : log) {
    if (rule != nullptr) return false;
  }
  return callbacks.empty() && !copies() && !keeps_inputs;
}

}  // namespace tblog::internal
