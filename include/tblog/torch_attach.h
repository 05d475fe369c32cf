// SPDX-License-Identifier: Apache-2.0
//
// attach() for LibTorch models: rules learn the model's layers by the names of
// named_modules(), and see
//
//   outputs, inputs   of layers that are Hooked (torch_hooked.h); of any layer
//                     by attach(hooks, *model, Untouched{}), torch_untouched.h
//   gradients         of the loss by these outputs, in the step and phase of
//                     the forward pass, wherever backward() runs; it must run
//                     while the step is open
//   weights and their gradients, of every layer, by named_parameters(): at
//                     StepScope::end_backward(), so call it before the
//                     optimizer steps and before zero_grad()
//
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, *net);
//   for (…) {
//     auto scope = hooks.step(step, tblog::Phase::kTrain);
//     optimizer.zero_grad();
//     loss(net(x), y).backward();
//     scope.end_backward();
//     optimizer.step();
//   }
//
// The layers are the modules without children, in the order of named_modules();
// indices count these. Modules with children that are Hooked or have parameters
// of their own have their names too, but no index. The model itself is called
// as its type ("Net") where it is one of these. A module that is registered
// twice has its first name. A type is the class without namespace and "Impl":
// Rule::type("Conv2d").
//
// attach() must not run while the model does; removing the Binding may, and may
// happen inside a hook. Where a layer's is_training() contradicts the phase of
// the step, that is told once.

#ifndef TBLOG_TORCH_ATTACH_H_
#define TBLOG_TORCH_ATTACH_H_

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/forward.h"
#include "tblog/layer_hooks.h"
#include "tblog/tensor_view.h"
#include "tblog/torch_hooked.h"
#include "tblog/torch_places.h"
#include "tblog/torch_point.h"
#include "tblog/torch_tensor.h"

namespace tblog {
namespace internal {

// forward.h's attach() is not for these.
template <class M>
struct HasOwnAttach<
    M, std::enable_if_t<
           std::is_base_of_v<torch::nn::Module, M> ||
           std::is_base_of_v<torch::detail::ModuleHolderIndicator, M>>>
    : std::true_type {};

// A module of a model, that may go before the Binding does.
class TorchModuleRef {
 public:
  explicit TorchModuleRef(torch::nn::Module& module)
      : weak_(module.weak_from_this()),
        unowned_(weak_.expired() ? &module : nullptr) {}

  // Null once it has gone. One that no shared_ptr owns must outlive this.
  std::shared_ptr<torch::nn::Module> lock() const {
    if (unowned_ == nullptr) return weak_.lock();
    return {std::shared_ptr<void>(), unowned_};
  }

 private:
  std::weak_ptr<torch::nn::Module> weak_;
  torch::nn::Module* unowned_;
};

struct TorchLayer {
  std::string name;
  std::string type;
  torch::nn::Module* module = nullptr;
  HookedLayer* hooked = nullptr;  // null: a stock module
  bool composite = false;
};

inline std::string type_of(const torch::nn::Module& module) {
  const auto* const hooked = dynamic_cast<const HookedLayer*>(&module);
  return hooked != nullptr ? hooked->tblog_type()
                           : short_type_name(module.name());
}

inline void add_layer(const std::string& name, torch::nn::Module& module,
                      std::set<const torch::nn::Module*>& seen,
                      std::vector<TorchLayer>& layers) {
  if (!seen.insert(&module).second) return;
  TorchLayer layer;
  layer.hooked = dynamic_cast<HookedLayer*>(&module);
  layer.composite = !module.children().empty();
  if (layer.composite && layer.hooked == nullptr &&
      module.named_parameters(/*recurse=*/false).is_empty()) {
    return;
  }
  layer.type = type_of(module);
  layer.name = name.empty() ? layer.type : name;
  layer.module = &module;
  layers.push_back(std::move(layer));
}

inline std::vector<TorchLayer> layers_of(torch::nn::Module& model) {
  std::set<const torch::nn::Module*> seen;
  std::vector<TorchLayer> layers;
  add_layer({}, model, seen, layers);
  for (const auto& item : model.named_modules({}, /*include_self=*/false)) {
    add_layer(item.key(), *item.value(), seen, layers);
  }
  return layers;
}

inline void visit_parameters_of(const TorchModuleRef& ref,
                                const ParameterVisitor& visit) {
  const std::shared_ptr<torch::nn::Module> module = ref.lock();
  if (module == nullptr) return;
  for (const auto& item : module->named_parameters(/*recurse=*/false)) {
    visit_parameter(item.key(), item.value(), visit);
  }
}

inline BoundLayer bound_layer(const TorchLayer& layer) {
  BoundLayer bound;
  bound.name = layer.name;
  bound.type = layer.type;
  bound.composite = layer.composite;
  if (!layer.module->named_parameters(/*recurse=*/false).is_empty()) {
    bound.parameters =
        [ref = TorchModuleRef(*layer.module)](const ParameterVisitor& visit) {
          visit_parameters_of(ref, visit);
        };
  }
  return bound;
}

inline std::shared_ptr<TorchPoint> own_point_of(HookedLayer& layer) {
  return layer.tblog_tap().own_point(layer.tblog_parameters());
}

// Binds these layers. `due`: where what is due of a layer is written that is
// not Hooked and is seen all the same; null where it is not.
inline absl::StatusOr<Binding> attach_layers(
    LayerHooks& hooks, const std::vector<TorchLayer>& layers,
    const std::vector<std::shared_ptr<Switch>>& due,
    std::function<void()> on_switch) {
  TorchPlaces places;
  std::vector<BoundLayer> bound;
  for (size_t i = 0; i < layers.size(); ++i) {
    bound.push_back(bound_layer(layers[i]));
    bound[i].due = due[i];
    bound[i].unseen = layers[i].hooked == nullptr && due[i] == nullptr;
    if (layers[i].hooked == nullptr) continue;
    bound[i].due = places.add(i, own_point_of(*layers[i].hooked));
    if (bound[i].due == nullptr) {
      return absl::ResourceExhaustedError(
          "layer \"" + layers[i].name +
          "\" has four attached LayerHooks, which is the most");
    }
  }
  absl::StatusOr<Binding> binding =
      hooks.bind(std::move(bound), std::move(on_switch));
  if (binding.ok()) places.connect(*binding);
  return binding;
}

}  // namespace internal

// Makes the model's layers known to the hooks. Of the model nothing is kept
// alive; one that no shared_ptr owns must outlive the Binding. Errors: see
// LayerHooks::bind(); ResourceExhausted where four LayerHooks are attached to a
// layer already.
template <class Model,
          class = std::enable_if_t<std::is_base_of_v<torch::nn::Module, Model>>>
absl::StatusOr<Binding> attach(LayerHooks& hooks, Model& model) {
  const std::vector<internal::TorchLayer> layers = internal::layers_of(model);
  const std::vector<std::shared_ptr<internal::Switch>> none(layers.size());
  return internal::attach_layers(hooks, layers, none, {});
}
template <class Contained>
absl::StatusOr<Binding> attach(
    LayerHooks& hooks, const torch::nn::ModuleHolder<Contained>& model) {
  return attach(hooks, *model.ptr());
}

// Takes a model's Hooked layers from all hooks: a clone's from those of what it
// was cloned from. Must not run while the model does.
inline void unhook(torch::nn::Module& model) {
  for (const internal::TorchLayer& layer : internal::layers_of(model)) {
    if (layer.hooked != nullptr)
      layer.hooked->tblog_tap().follow(nullptr,
                                       layer.hooked->tblog_parameters());
  }
}

// As LayerHooks::tap(), and shows the gradients of these tensors as well where
// a rule asks for them: for inner tensors of a layer, which are no layer's
// outputs.
template <class T>
void tap(LayerHooks& hooks, std::string_view layer, const T& value) noexcept {
  hooks.tap(layer, value);
  if (hooks.wants(TensorKind::kGradients)) {
    internal::watch_gradients(hooks.probe(layer), value);
  }
}

}  // namespace tblog

#endif  // TBLOG_TORCH_ATTACH_H_
