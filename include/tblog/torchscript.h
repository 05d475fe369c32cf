// SPDX-License-Identifier: Apache-2.0
//
// Hooks on the layers of TorchScript models, traced or scripted, with nothing
// changed in the model's file. All that changes is the type of a variable:
//
//   tblog::Hooked<torch::jit::Module> model = torch::jit::load("model.pt");
//   absl::StatusOr<tblog::Binding> binding = tblog::attach(hooks, model);
//   for (…) {
//     auto scope = hooks.step(step, tblog::Phase::kInference);
//     at::Tensor y = model.forward({x}).toTensor();     // as ever
//   }
//
// It still is a torch::jit::Module, which shares its parameters and its state;
// to(), train(), save() do what they do. Its forward(), operator() and
// run_method() are those that show hooks what flows: in steps in which nothing
// is due they call the module's own, else a copy of the method in which each
// layer's call is watched; that makes the same values. Layers inside `if` and
// loops, of methods that others call and of fork() are seen, each call apart; a
// value is seen as it is when the layer returns it, whatever overwrites it
// later. A call by another way (get_method(), a torch::jit::Module& that refers
// to this one, clone()) shows nothing.
//
// The layers are the modules without children, in the order of named_modules(),
// by its names; indices count these. Modules with children, and the model
// itself (called as its type), have names and values, but no index. A type is
// the class as Python had it: Rule::type("Conv2d"). A layer's outputs are what
// its forward() returns (torchscript_value.h); other methods of it are no
// output. Layers whose forward() no method of the model calls are listed by
// Binding::unseen(); weights of all are seen. Gradients, phases and modes are
// as in torch_attach.h.
//
// torch::jit::freeze() and optimize_for_inference() take the layers' names:
// attach before, or see the model's own output alone and
// "(layers of a frozen model)" in unseen().

#ifndef TBLOG_TORCHSCRIPT_H_
#define TBLOG_TORCHSCRIPT_H_

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
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
#include "tblog/torch_places.h"
#include "tblog/torch_point.h"
#include "tblog/torch_tensor.h"
#include "tblog/torchscript_taps.h"
#include "tblog/torchscript_value.h"

namespace tblog {
namespace internal {

// forward.h's attach() is not for these.
template <class M>
struct HasOwnAttach<M,
                    std::enable_if_t<std::is_base_of_v<torch::jit::Module, M>>>
    : std::true_type {};

// What all copies of one Hooked module have in common.
class Script {
 public:
  // Makes the copies of the model's methods, once.
  absl::Status prepare(const torch::jit::Module& model) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ready_.load()) return absl::OkStatus();
    try {
      make(model);
    } catch (const std::exception& error) {
      methods_.clear();
      return absl::UnimplementedError(
          std::string("LibTorch cannot copy a method of the model: ") +
          error.what());
    }
    ready_.store(true);
    return absl::OkStatus();
  }

  // From here on, after prepare().

  const std::vector<ScriptLayer>& layers() const { return layers_; }
  bool called(size_t layer) const { return called_[layer]; }
  // Whether names have been taken from it.
  bool frozen() const { return frozen_; }

  bool due() const { return due_.load(std::memory_order_acquire); }
  // After what is due may have changed.
  void update() {
    const std::lock_guard<std::mutex> lock(mutex_);
    due_.store(std::any_of(layers_.begin(), layers_.end(),
                           [](const ScriptLayer& layer) {
                             return (layer.point->due() & TorchPoint::kCall) !=
                                    0;
                           }),
               std::memory_order_release);
  }

  // Null where the model has no such method.
  const ScriptMethod* method(const std::string& name) const {
    const auto at = methods_.find(name);
    return at == methods_.end() ? nullptr : at->second.get();
  }

  // For hooks, or for who wants the outputs of these layers.
  c10::intrusive_ptr<ScriptRun> run() const { return for_hooks_; }
  c10::intrusive_ptr<ScriptRun> run(std::vector<bool> wanted) const {
    return c10::make_intrusive<ScriptRun>(points_, std::move(wanted));
  }

  // By layers, which of them these names and indices choose. Errors: as
  // find_layer().
  absl::StatusOr<std::vector<bool>> select(
      const std::vector<std::string>& wanted) const {
    std::vector<std::string> names;
    std::vector<std::string> indexed;
    std::vector<size_t> index_of;
    for (size_t i = 0; i < layers_.size(); ++i) {
      names.push_back(layers_[i].name);
      if (layers_[i].composite) continue;
      indexed.push_back(layers_[i].name);
      index_of.push_back(i);
    }
    std::vector<bool> chosen(layers_.size(), false);
    for (const std::string& selector : wanted) {
      const bool by_index = !selector.empty() && selector[0] == '#';
      const absl::StatusOr<size_t> at =
          find_layer(by_index ? indexed : names, selector);
      if (!at.ok()) return at.status();
      chosen[by_index ? index_of[*at] : *at] = true;
    }
    return chosen;
  }

 private:
  void make(const torch::jit::Module& model) {
    layers_ = layers_of(model);
    auto points = std::make_shared<ScriptPoints>();
    for (size_t i = 0; i < layers_.size(); ++i) {
      const torch::jit::Module& module = layers_[i].module;
      points->insert(
          {module._ivalue().get(), {i, module.type(), layers_[i].point}});
    }
    points_ = points;
    for_hooks_ = c10::make_intrusive<ScriptRun>(points_);
    called_.assign(layers_.size(), false);
    for (const torch::jit::Method& method : model.get_methods()) {
      auto copy = std::make_shared<ScriptMethod>(method, model, points);
      for (size_t i = 0; i < layers_.size(); ++i) {
        if (copy->called()[i]) called_[i] = true;
      }
      methods_[method.name()] = std::move(copy);
    }
    frozen_ = layers_.size() == 1 && is_frozen(model);
  }
  // What stood in submodules stands in the method as constants.
  static bool is_frozen(const torch::jit::Module& model) {
    if (!model.find_method("forward")) return false;
    const auto graph = model.get_method("forward").graph();
    return std::any_of(graph->nodes().begin(), graph->nodes().end(),
                       [](const torch::jit::Node* node) {
                         return node->kind() == c10::prim::Constant &&
                                node->output()->type()->kind() ==
                                    c10::TypeKind::TensorType;
                       });
  }

  std::mutex mutex_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> due_{false};
  std::vector<ScriptLayer> layers_;
  std::vector<bool> called_;
  bool frozen_ = false;
  std::shared_ptr<const ScriptPoints> points_;
  c10::intrusive_ptr<ScriptRun> for_hooks_;
  std::map<std::string, std::shared_ptr<ScriptMethod>> methods_;
};

// Of the model nothing is kept alive.
inline void visit_parameters_of(
    const c10::weak_intrusive_ptr<c10::ivalue::Object>& ref,
    const ParameterVisitor& visit) {
  const auto object = ref.lock();
  if (object == nullptr) return;
  for (const auto& item :
       torch::jit::Module(object).named_parameters(/*recurse=*/false)) {
    visit_parameter(item.name, item.value, visit);
  }
}

inline BoundLayer bound_layer(const ScriptLayer& layer) {
  BoundLayer bound;
  bound.name = layer.name;
  bound.type = layer.type;
  bound.composite = layer.composite;
  bound.unseen = true;
  if (layer.module.named_parameters(/*recurse=*/false).size() > 0) {
    bound.parameters =
        [ref = c10::weak_intrusive_ptr<c10::ivalue::Object>(
             layer.module._ivalue())](const ParameterVisitor& visit) {
          visit_parameters_of(ref, visit);
        };
  }
  return bound;
}

}  // namespace internal

// The primary template is torch_hooked.h's.
template <class M>
class Hooked;

// Thread-safe where the module is. Copies are the same module, with the same
// hooks.
template <>
class Hooked<torch::jit::Module> : public torch::jit::Module {
 public:
  Hooked() = default;
  Hooked(torch::jit::Module module) : torch::jit::Module(std::move(module)) {}

  // What the module's own throw is thrown.
  c10::IValue forward(std::vector<c10::IValue> inputs,
                      const torch::jit::Kwargs& kwargs = torch::jit::Kwargs()) {
    return call("forward", std::move(inputs), kwargs);
  }
  c10::IValue operator()(std::vector<c10::IValue> inputs) {
    return forward(std::move(inputs));
  }
  template <class... A>
  c10::IValue run_method(const std::string& name, A&&... arguments) {
    return call(name, {c10::IValue(std::forward<A>(arguments))...}, {});
  }

  internal::Script& tblog_script() const { return *script_; }
  std::shared_ptr<internal::Script> tblog_shared_script() const {
    return script_;
  }

 private:
  c10::IValue call(const std::string& name, std::vector<c10::IValue> inputs,
                   const torch::jit::Kwargs& kwargs) {
    const internal::ScriptMethod* const method =
        script_->due() ? script_->method(name) : nullptr;
    if (method == nullptr) return get_method(name)(std::move(inputs), kwargs);
    return method->run(*this, std::move(inputs), kwargs, script_->run());
  }

  std::shared_ptr<internal::Script> script_ =
      std::make_shared<internal::Script>();
};

// Makes the model's layers known to the hooks. Of the model nothing is kept
// alive. Errors: see LayerHooks::bind(); ResourceExhausted where four
// LayerHooks are attached to it already; Unimplemented where LibTorch cannot
// copy its methods.
inline absl::StatusOr<Binding> attach(LayerHooks& hooks,
                                      const Hooked<torch::jit::Module>& model) {
  internal::Script& script = model.tblog_script();
  if (absl::Status status = script.prepare(model); !status.ok()) return status;
  internal::TorchPlaces places;
  std::vector<BoundLayer> bound;
  for (size_t i = 0; i < script.layers().size(); ++i) {
    bound.push_back(internal::bound_layer(script.layers()[i]));
    if (!script.called(i)) continue;
    bound[i].unseen = false;
    bound[i].due = places.add(i, script.layers()[i].point);
    if (bound[i].due == nullptr) {
      return absl::ResourceExhaustedError(
          "the model has four attached LayerHooks, which is the most");
    }
  }
  if (script.frozen()) {
    bound.emplace_back();
    bound.back().name = "(layers of a frozen model)";
    bound.back().composite = true;
    bound.back().unseen = true;
  }
  absl::StatusOr<Binding> binding = hooks.bind(
      std::move(bound),
      [weak = std::weak_ptr<internal::Script>(model.tblog_shared_script())] {
        if (const auto shared = weak.lock()) shared->update();
      });
  if (binding.ok()) places.connect(*binding);
  return binding;
}

// Weights and their gradients alone, of a model that is not Hooked: its outputs
// are unseen.
inline absl::StatusOr<Binding> attach(LayerHooks& hooks,
                                      const torch::jit::Module& model) {
  std::vector<BoundLayer> bound;
  for (const internal::ScriptLayer& layer : internal::layers_of(model)) {
    bound.push_back(internal::bound_layer(layer));
  }
  return hooks.bind(std::move(bound));
}

// What the named layers (names, or #index) return where the model's forward()
// is given `inputs`, which runs only until each of them has returned once; a
// second call before that is there as `<name>:1`. Without hooks. What the
// model writes into its own attributes until then stays written.
//
// Errors: NotFound with the nearest names, or where a layer does not run;
// InvalidArgument for a bad index or no names; Internal with what the model
// has thrown; as attach().
inline absl::StatusOr<NamedOutputs<c10::IValue>> forward_until(
    const Hooked<torch::jit::Module>& model, std::vector<c10::IValue> inputs,
    const std::vector<std::string>& wanted) {
  internal::Script& script = model.tblog_script();
  if (absl::Status status = script.prepare(model); !status.ok()) return status;
  const internal::ScriptMethod* const method = script.method("forward");
  if (method == nullptr) {
    return absl::NotFoundError("the model has no method forward()");
  }
  if (wanted.empty()) {
    return absl::InvalidArgumentError("forward_until() was given no layer");
  }
  const absl::StatusOr<std::vector<bool>> keep = script.select(wanted);
  if (!keep.ok()) return keep.status();
  const auto run = script.run(*keep);
  try {
    method->run(model, std::move(inputs), {}, run);
  } catch (const std::exception& error) {
    if (!run->complete()) return absl::InternalError(error.what());
  }
  NamedOutputs<c10::IValue> outputs;
  for (size_t i = 0; i < keep->size(); ++i) {
    if ((*keep)[i] && !run->seen(i)) {
      return absl::NotFoundError("layer \"" + script.layers()[i].name +
                                 "\" does not run in this forward()");
    }
  }
  for (internal::ScriptRun::Item& item : run->take()) {
    outputs.add(script.layers()[item.layer].name, std::move(item.value));
  }
  return outputs;
}

}  // namespace tblog

#endif  // TBLOG_TORCHSCRIPT_H_
