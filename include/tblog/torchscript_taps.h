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

#include "tblog/torchscript_run.h"

namespace tblog {
namespace internal {

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
