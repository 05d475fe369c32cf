// SPDX-License-Identifier: Apache-2.0
//
// The layers of a TorchScript module, and what sees their calls in one run of a
// method: the functions that torchscript_taps.h puts into its graph. For
// torchscript.h.

#ifndef TBLOG_TORCHSCRIPT_RUN_H_
#define TBLOG_TORCHSCRIPT_RUN_H_

#include <ATen/core/builtin_function.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tblog/torch_point.h"
#include "tblog/torchscript_value.h"

namespace tblog {
namespace internal {

// ---- The layers of a module ----

struct ScriptLayer {
  std::string name;
  std::string type;
  torch::jit::Module module;
  bool composite = false;
  std::shared_ptr<TorchPoint> point;
};

inline std::string type_of(const torch::jit::Module& module) {
  const auto& name = module.type()->name();
  return name ? name->name() : std::string("Module");
}

// In the order of named_modules(), each module once; the model itself first,
// called as its type.
inline std::vector<ScriptLayer> layers_of(const torch::jit::Module& model) {
  std::vector<ScriptLayer> layers;
  for (const auto& named : model.named_modules()) {
    const bool seen = std::any_of(
        layers.begin(), layers.end(),
        [&](const ScriptLayer& layer) { return layer.module == named.value; });
    if (seen) continue;
    ScriptLayer layer;
    layer.type = type_of(named.value);
    layer.name = named.name.empty() ? layer.type : named.name;
    layer.composite = named.value.children().size() > 0;
    layer.module = named.value;
    layer.point = std::make_shared<TorchPoint>(layers.size());
    layers.push_back(std::move(layer));
  }
  return layers;
}

// A layer to the functions of ours; of the model nothing is kept alive.
struct ScriptPoint {
  size_t index;
  c10::ClassTypePtr type;
  std::shared_ptr<TorchPoint> point;
};
using ScriptPoints = std::unordered_map<const void*, ScriptPoint>;

// ---- One run of a method ----

// Ends a run that has given what was wanted of it.
struct ScriptStop : std::exception {
  const char* what() const noexcept override { return "enough was computed"; }
};

// Who looks at a run: hooks, or who wants some layers' outputs.
class ScriptRun : public torch::CustomClassHolder {
 public:
  explicit ScriptRun(std::shared_ptr<const ScriptPoints> points,
                     std::vector<bool> wanted = {})
      : points_(std::move(points)),
        wanted_(std::move(wanted)),
        missing_(static_cast<size_t>(
            std::count(wanted_.begin(), wanted_.end(), true))),
        seen_(wanted_.size(), false) {}

  struct Item {
    size_t layer;
    c10::IValue value;
  };

  // Null of a module that is no layer.
  const ScriptPoint* point_of(const c10::ivalue::Object* module) const {
    const auto at = points_->find(module);
    return at == points_->end() ? nullptr : &at->second;
  }
  bool for_hooks() const { return wanted_.empty(); }

  // Throws ScriptStop when nothing is missing any more.
  void add(size_t layer, const c10::IValue& value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!wanted_[layer] || missing_ == 0) return;
    items_.push_back({layer, value});
    if (!seen_[layer]) --missing_;
    seen_[layer] = true;
    if (missing_ == 0) throw ScriptStop();
  }
  bool complete() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return missing_ == 0;
  }
  bool seen(size_t layer) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return seen_[layer];
  }
  std::vector<Item> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(items_);
  }

 private:
  const std::shared_ptr<const ScriptPoints> points_;
  const std::vector<bool> wanted_;
  mutable std::mutex mutex_;
  size_t missing_;
  std::vector<bool> seen_;
  std::vector<Item> items_;
};

// One call of a layer, from its beginning to its end.
class ScriptCall : public torch::CustomClassHolder {
 public:
  ScriptCall(c10::intrusive_ptr<ScriptRun> run_in, const ScriptPoint& point,
             std::optional<bool> training_in)
      : run(std::move(run_in)),
        layer(point.index),
        training(training_in),
        point_(point.point),
        watched(*point_) {}

  const c10::intrusive_ptr<ScriptRun> run;
  const size_t layer;
  const std::optional<bool> training;

 private:
  const std::shared_ptr<TorchPoint> point_;

 public:
  WatchedCall watched;
};

// ---- The functions that stand in the graph ----

// Arguments beyond these are not shown.
inline constexpr size_t kScriptArguments = 62;

// None of modules that C++ has made, and of frozen ones.
inline std::optional<bool> mode_of(const torch::jit::Module& module) {
  if (!module.hasattr("training")) return std::nullopt;
  return module.is_training();
}

// The call of a layer that begins; null where nobody is interested. Bits of
// `shown`: of those of the arguments that hold tensors.
inline c10::intrusive_ptr<ScriptCall> begin_script_call(
    const c10::IValue& run_value, const c10::IValue& module, int64_t shown,
    const c10::IValue& arguments) {
  if (!module.isObject()) return {};
  auto run =
      c10::static_intrusive_pointer_cast<ScriptRun>(run_value.toCapsule());
  const auto object = module.toObject();
  const ScriptPoint* const point = run->point_of(object.get());
  const bool for_hooks = run->for_hooks();
  if (point == nullptr ||
      (for_hooks && (point->point->due() & TorchPoint::kCall) == 0)) {
    return {};
  }
  auto call = c10::make_intrusive<ScriptCall>(
      std::move(run), *point, mode_of(torch::jit::Module(object)));
  if (!for_hooks) return call;
  ScriptArguments inputs;
  const auto& values = arguments.toTupleRef().elements();
  for (size_t i = 0; i < values.size() && i < kScriptArguments; ++i) {
    if ((shown >> i & 1) != 0) inputs.values.emplace_back(i, values[i]);
  }
  call->watched.begin(inputs);
  return call;
}

// (run, module, shown, arguments as a tuple) -> the call, or None.
inline void begin_script_call(torch::jit::Stack& stack) {
  c10::IValue call;
  try {
    const c10::IValue* const a = stack.data() + (stack.size() - 4);
    if (auto begun = begin_script_call(a[0], a[1], a[2].toInt(), a[3])) {
      call = c10::IValue::make_capsule(std::move(begun));
    }
  } catch (...) {  // no memory: the call is not seen
  }
  torch::jit::drop(stack, 4);
  stack.push_back(std::move(call));
}

// (the call, what the layer has returned) -> None. Throws ScriptStop alone.
inline void end_script_call(torch::jit::Stack& stack) {
  const c10::IValue result = torch::jit::pop(stack);
  const c10::IValue token = torch::jit::pop(stack);
  stack.emplace_back();
  if (!token.isCapsule()) return;
  const auto call =
      c10::static_intrusive_pointer_cast<ScriptCall>(token.toCapsule());
  if (!call->run->for_hooks()) return call->run->add(call->layer, result);
  try {
    call->watched.end(result, call->training);
  } catch (...) {
  }
}

inline torch::jit::BuiltinOpFunction make_script_function(
    const char* name, size_t inputs, void (*call)(torch::jit::Stack&)) {
  std::vector<c10::Argument> arguments;
  for (size_t i = 0; i < inputs; ++i) {
    arguments.emplace_back("a" + std::to_string(i), c10::AnyType::get());
  }
  c10::FunctionSchema schema(name, "", std::move(arguments),
                             {c10::Argument("", c10::AnyType::get())});
  return {c10::QualifiedName(name), std::move(schema), call};
}

// They outlive every graph: a fork() may still run when its model has gone.
inline torch::jit::BuiltinOpFunction& script_begin() {
  static auto& function = *new auto(make_script_function(
      "tblog_begin", 4,
      static_cast<void (*)(torch::jit::Stack&)>(&begin_script_call)));
  return function;
}
inline torch::jit::BuiltinOpFunction& script_end() {
  static auto& function =
      *new auto(make_script_function("tblog_end", 2, &end_script_call));
  return function;
}

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_TORCHSCRIPT_RUN_H_
