// SPDX-License-Identifier: Apache-2.0
//
// GraphTrace: the layers of one step as they were called, and from where to
// where tensors went, by the memory they lie in. Guarded by its StepContext's
// mutex. Knows addresses of tensors, but never reads there; keeps
// their memory for one pass of the model, where it can.

#ifndef TBLOG_SRC_HOOK_GRAPH_TRACE_H_
#define TBLOG_SRC_HOOK_GRAPH_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tblog/graph.h"
#include "tblog/layer_hooks.h"
#include "tblog/leaves.h"
#include "tblog/tensor_view.h"

namespace tblog::internal {

// What is kept of a tensor: its shape, and which bytes it occupies (none where
// it is empty or invalid).
struct TracedTensor {
  explicit TracedTensor(const TensorView& view);

  GraphShape shape;
  GraphType type;
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

// The leaves of one value. What owns their memory, where that is known, is
// kept: what is written next must lie elsewhere to be told from them.
struct TracedTensors {
  std::vector<TracedTensor> leaves;
  std::vector<std::shared_ptr<const void>> owners;
};

// Notes the leaves that pass through it.
class TracingVisitor final : public LeafVisitor {
 public:
  explicit TracingVisitor(LeafVisitor& next) : next_(next) {}

  void leaf(std::string_view path, const TensorView& value) override {
    seen.leaves.emplace_back(value);
    next_.leaf(path, value);
  }

  bool keeps_owners() const noexcept override { return true; }
  void keep(std::shared_ptr<const void> owner) override {
    seen.owners.push_back(std::move(owner));
  }

  TracedTensors seen;

 private:
  LeafVisitor& next_;
};

class GraphTrace {
 public:
  using Owners = std::vector<std::shared_ptr<const void>>;

  // What flows into the layer that this thread calls next.
  void add_inputs(LayerRecord& layer, TracedTensors inputs);
  // A call of a layer, once it has returned. Gives what is kept no longer.
  [[nodiscard]] Owners add_call(LayerRecord& layer, std::string_view type,
                                TracedTensors outputs);
  // Of what is complete.
  [[nodiscard]] Owners release();
  void add_weight(LayerRecord& layer, std::string_view name,
                  const TensorView& value);

  bool empty() const { return nodes_.empty(); }
  // In the order of the layers' first calls. `name_of(layer)` gives each its
  // node's name.
  template <class NameOf>
  Graph build(const NameOf& name_of) const {
    std::vector<std::string> names;
    for (const Node& node : nodes_) {
      names.push_back(node.layer == nullptr ? "" : name_of(*node.layer));
    }
    return build_named(std::move(names));
  }

 private:
  struct Node {
    LayerRecord* layer = nullptr;  // null: what comes from outside
    std::string type;
    int calls = 0;
    std::vector<TracedTensor> outputs;               // of the first call
    std::vector<std::pair<size_t, size_t>> sources;  // node, its output
    std::vector<std::pair<std::string, std::string>> weights;
    int64_t parameters = 0;
  };
  // Bytes that an output lies in, by where they begin.
  struct Place {
    uintptr_t end;
    size_t node;
    size_t output;
  };
  // Calls of one thread follow each other.
  struct Thread {
    std::optional<size_t> first;
    std::optional<size_t> last;
    std::map<LayerRecord*, TracedTensors> inputs;
    std::map<uintptr_t, Place> places;
    Owners owners;  // of what lies there
  };

  size_t find_node(LayerRecord& layer, std::string_view type);
  void connect(size_t node, const std::vector<TracedTensor>& inputs,
               Thread& thread);
  void add_source(size_t node, size_t source, size_t output);
  static void put_places(Thread& thread, size_t node,
                         const std::vector<TracedTensor>& tensors);
  Graph build_named(std::vector<std::string> names) const;

  std::vector<Node> nodes_;
  std::map<LayerRecord*, size_t> by_layer_;
  std::map<std::thread::id, Thread> threads_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_GRAPH_TRACE_H_
