// SPDX-License-Identifier: Apache-2.0
//
// The part of HookCore that reads the parameters of bound layers.

#include <memory>
#include <mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/hook_core.h"
#include "src/hook/leaf_logger.h"

namespace tblog::internal {

void HookCore::read_parameters(StepContext& context) noexcept {
  try {
    {
      std::lock_guard<std::mutex> lock(context.mutex);
      if (context.read_parameters) return;
      context.read_parameters = true;
    }
    std::vector<std::shared_ptr<BindingRecord>> bindings;
    {
      Lock lock(mutex_);
      bindings = bindings_;
    }
    for (const auto& binding : bindings) {
      std::lock_guard<std::recursive_mutex> lock(binding->mutex);
      for (size_t i = 0; i < binding->layers.size(); ++i) {
        if (!binding->alive || closed()) break;
        read_layer(binding->layers[i], *binding->records[i], context);
      }
    }
  } catch (...) {
    reports_.caught("reading parameters");
  }
}

void HookCore::read_layer(const BoundLayer& layer, LayerRecord& record,
                          StepContext& context) {
  if (!layer.parameters) return;
  KindState* const weights = kind_state(record, TensorKind::kWeights, context);
  KindState* const gradients =
      kind_state(record, TensorKind::kWeightGradients, context);
  if (weights == nullptr || gradients == nullptr) return;
  if (weights->plan.empty() && gradients->plan.empty() && !context.traces) {
    return;
  }
  LeafLogger weight_logger(*this, context, *weights, 0);
  LeafLogger gradient_logger(*this, context, *gradients, 0);
  try {
    layer.parameters([&](const ParameterView& parameter) {
      if (context.traces) {
        std::lock_guard<std::mutex> lock(context.mutex);
        if (!context.ended) {
          context.trace.add_weight(record, parameter.name, parameter.value);
        }
      }
      if (!weights->plan.empty()) {
        weight_logger.leaf(parameter.name, parameter.value);
      }
      if (gradients->plan.empty()) return;
      if (parameter.has_gradient) {
        gradient_logger.leaf(parameter.name, parameter.gradient);
      } else {
        reports_.remark(absl::NotFoundError(
            absl::StrCat("the gradient of \"", escaped(record.name), "/",
                         escaped(parameter.name), "\" is absent")));
      }
    });
  } catch (...) {
    reports_.caught("reading the parameters of", record.name);
  }
}

}  // namespace tblog::internal
