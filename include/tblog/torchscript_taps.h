// SPDX-License-Identifier: Apache-2.0
//
// A copy of a TorchScript method in which each call of a layer stands between
// two further calls, of functions of ours that see what goes in and comes out.
// For torchscript.h.

#ifndef TBLOG_TORCHSCRIPT_TAPS_H_
#define TBLOG_TORCHSCRIPT_TAPS_H_

#include <ATen/core/builtin_function.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
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

// Whether a value of this type is shown as what goes into a layer.
inline bool holds_tensors(const c10::TypePtr& type) {
  if (type->kind() == c10::TypeKind::TensorType) return true;
  if (type->kind() == c10::TypeKind::ClassType) return false;
  const auto contained = type->containedTypes();
  return std::any_of(
      contained.begin(), contained.end(),
      [](const c10::TypePtr& inner) { return holds_tensors(inner); });
}

// ---- The copy of a method ----

class ScriptMethod : public std::enable_shared_from_this<ScriptMethod> {
 public:
  using Graph = torch::jit::Graph;
  using Node = torch::jit::Node;
  using Value = torch::jit::Value;

  // Of a method of the model itself; throws what LibTorch does.
  ScriptMethod(const torch::jit::Method& method,
               const torch::jit::Module& model,
               std::shared_ptr<const ScriptPoints> points)
      : points_(std::move(points)), called_(points_->size(), false) {
    torch::jit::toGraphFunction(method.function()).ensure_defined();
    schema_ =
        std::make_unique<c10::FunctionSchema>(method.function().getSchema());
    const std::shared_ptr<Graph> graph = method.graph()->copy();
    objects_[graph->inputs()[0]] = model._ivalue().get();
    Value* const run = graph->addInput("run")->setType(c10::AnyType::get());
    expand(*graph, graph->block(), run);
    if (is_forward(method.name())) watch_whole(*graph, run);
    graph->lint();
    function_ = std::make_unique<torch::jit::GraphFunction>(
        c10::QualifiedName("tblog_" + method.name()), graph, nullptr);
    objects_.clear();
  }

  // The layers that it calls.
  const std::vector<bool>& called() const { return called_; }

  // As Method::operator() of the same method.
  c10::IValue run(const torch::jit::Module& model,
                  std::vector<c10::IValue> inputs,
                  const torch::jit::Kwargs& kwargs,
                  c10::intrusive_ptr<ScriptRun> run) const {
    inputs.insert(inputs.begin(), model._ivalue());
    schema_->checkAndNormalizeInputs(inputs, kwargs);
    inputs.push_back(c10::IValue::make_capsule(std::move(run)));
    try {
      function_->run(inputs);
    } catch (...) {
      if (forks_) keep_for_ever();
      throw;
    }
    return std::move(inputs.front());
  }

 private:
  // A traced module that is called again has a forward1(), forward2(), …
  static bool is_forward(const std::string& name) {
    return name.compare(0, 7, "forward") == 0 &&
           std::all_of(name.begin() + 7, name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
  }

  // What an exception has ended leaves the tasks of its fork() behind, which
  // refer to the executor of their graph.
  void keep_for_ever() const {
    static auto& mutex = *new std::mutex;
    static auto& kept = *new std::set<std::shared_ptr<const ScriptMethod>>;
    const std::lock_guard<std::mutex> lock(mutex);
    kept.insert(shared_from_this());
  }

  // The following insert where the graph's insert point is.

  static Value* insert_call(Graph& graph, torch::jit::BuiltinOpFunction& callee,
                            std::vector<Value*> inputs, c10::TypePtr returned) {
    Node* const constant = graph.create(c10::prim::Constant);
    constant->s_(c10::attr::name, callee.qualname().name());
    constant->output()->setType(c10::FunctionType::create(&callee));
    inputs.insert(inputs.begin(), graph.insertNode(constant)->output());
    Node* const node = graph.create(c10::prim::CallFunction, inputs);
    node->output()->setType(std::move(returned));
    return graph.insertNode(node)->output();
  }
  static Value* insert_begin(Graph& graph, Value* run, Value* module,
                             at::ArrayRef<Value*> arguments) {
    int64_t shown = 0;
    for (size_t i = 0; i < arguments.size() && i < kScriptArguments; ++i) {
      if (holds_tensors(arguments[i]->type())) shown |= int64_t{1} << i;
    }
    Value* const tuple =
        graph.insertNode(graph.createTuple(arguments))->output();
    return insert_call(graph, script_begin(),
                       {run, module, graph.insertConstant(shown), tuple},
                       c10::AnyType::get());
  }
  static void insert_end(Graph& graph, Value* call, Value* result) {
    insert_call(graph, script_end(), {call, result}, c10::NoneType::get());
  }

  void expand(Graph& graph, torch::jit::Block* block, Value* run) {
    for (auto it = block->nodes().begin(); it != block->nodes().end();) {
      Node* const node = *it;
      if (node->kind() == c10::prim::CallMethod) {
        it = expand_call(graph, node, run);
        continue;
      }
      if (node->kind() == c10::prim::GetAttr) follow(node);
      for (torch::jit::Block* inner : node->blocks()) expand(graph, inner, run);
      if (node->kind() == c10::prim::fork) expand_task(node, run);
      ++it;
    }
  }
  // What runs on another thread.
  void expand_task(Node* node, Value* run) {
    forks_ = true;
    const std::shared_ptr<Graph> task = node->g(c10::attr::Subgraph)->copy();
    for (size_t i = 0; i < task->inputs().size(); ++i) {
      const auto known = objects_.find(node->inputs()[i]);
      if (known != objects_.end()) objects_[task->inputs()[i]] = known->second;
    }
    node->addInput(run);
    Value* const inner = task->addInput("run")->setType(c10::AnyType::get());
    expand(*task, task->block(), inner);
    node->g_(c10::attr::Subgraph, task);
  }
  // Puts the method in the place of its call; gives where to go on.
  torch::jit::graph_node_list_iterator expand_call(Graph& graph, Node* node,
                                                   Value* run) {
    const std::string method = node->s(c10::attr::name);
    const auto type = node->input(0)->type()->cast<c10::ClassType>();
    const bool layer = is_forward(method) && is_module(*node->input(0)->type());
    Node* first = nullptr;
    {
      const torch::jit::WithInsertPoint here(node);
      // Marks where the method's nodes begin.
      first = graph.insertNode(graph.create(c10::prim::Constant));
      first->output()->setType(c10::NoneType::get());
      if (layer) {
        note_called(node->input(0));
        Value* const call =
            insert_begin(graph, run, node->input(0), node->inputs().slice(1));
        const torch::jit::WithInsertPoint behind(node->next());
        insert_end(graph, call, node->output());
      }
    }
    torch::jit::GraphFunction* const callee =
        type == nullptr || !type->is_module()
            ? nullptr
            : torch::jit::tryToGraphFunction(type->getMethod(method));
    auto it = first->iterator();
    if (callee == nullptr) {
      it = node->iterator();
    } else {
      callee->ensure_defined();
      torch::jit::inlineCallTo(node, callee, callee->graph().get());
    }
    ++it;
    first->destroy();
    return it;
  }

  // The model itself, whose forward() this is.
  void watch_whole(Graph& graph, Value* run) {
    const auto inputs = graph.inputs();  // self, the arguments, run
    note_called(inputs[0]);
    const torch::jit::WithInsertPoint begins(*graph.nodes().begin());
    Value* const call =
        insert_begin(graph, run, inputs[0], inputs.slice(1, inputs.size() - 2));
    const torch::jit::WithInsertPoint ends(graph.return_node());
    insert_end(graph, call, graph.outputs()[0]);
  }

  // A submodule of a module that is known is known.
  void follow(const Node* node) {
    const auto known = objects_.find(node->input());
    if (known == objects_.end()) return;
    const c10::IValue value = known->second->getAttr(node->s(c10::attr::name));
    if (value.isModule()) objects_[node->output()] = value.toObject().get();
  }
  void note_called(const Value* module) {
    const auto known = objects_.find(module);
    for (const auto& [object, point] : *points_) {
      // Any of its type, where the model decides as it runs.
      const bool called = known != objects_.end()
                              ? object == known->second
                              : point.type->isSubtypeOf(*module->type());
      if (called) called_[point.index] = true;
    }
  }

  static bool is_module(const c10::Type& type) {
    if (const auto* known = type.castRaw<c10::ClassType>()) {
      return known->is_module();
    }
    const auto* interface = type.castRaw<c10::InterfaceType>();
    return interface != nullptr && interface->is_module();
  }

  std::shared_ptr<const ScriptPoints> points_;
  std::vector<bool> called_;
  bool forks_ = false;
  std::unique_ptr<c10::FunctionSchema> schema_;
  // What module a value is, as long as the graph is made.
  std::unordered_map<const Value*, const c10::ivalue::Object*> objects_;
  std::unique_ptr<torch::jit::GraphFunction> function_;
};

}  // namespace internal
}  // namespace tblog

#endif  // TBLOG_TORCHSCRIPT_TAPS_H_
