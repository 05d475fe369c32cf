// SPDX-License-Identifier: Apache-2.0

#include "src/hook/graph_trace.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/hook/owned_tensor.h"

namespace tblog::internal {
namespace {

// What one layer may take of the memory; more is left out of the drawing.
constexpr size_t kMaxSources = 1000;
constexpr size_t kMaxWeights = 100;

GraphShape shape_of(const TensorView& view) {
  if (!view.valid()) return GraphShape::unknown();
  std::vector<int64_t> dims;
  for (size_t axis = 0; axis < view.rank(); ++axis) {
    dims.push_back(view.dim(axis));
  }
  return GraphShape(std::move(dims));
}

}  // namespace

TracedTensor::TracedTensor(const TensorView& view) : shape(shape_of(view)) {
  if (!view.valid()) return;
  type = view.dtype();
  if (view.size() == 0) return;
  // Elements, from the first one. Strides may be anything: modulo 2^64.
  uintptr_t below = 0, above = 1;
  for (size_t axis = 0; axis < view.rank(); ++axis) {
    const uintptr_t reach = static_cast<uintptr_t>(view.stride(axis)) *
                            static_cast<uintptr_t>(view.dim(axis) - 1);
    (view.stride(axis) < 0 ? below : above) += reach;
  }
  const uintptr_t bytes = dtype_size(view.dtype());
  const auto first = reinterpret_cast<uintptr_t>(view.data());
  begin = first + below * bytes;
  end = first + above * bytes;
  if (end < begin) begin = end = 0;
}

void GraphTrace::add_inputs(LayerRecord& layer, TracedTensors inputs) {
  threads_[std::this_thread::get_id()].inputs[&layer] = std::move(inputs);
}

GraphTrace::Owners GraphTrace::add_call(LayerRecord& layer,
                                        std::string_view type,
                                        TracedTensors outputs) {
  Thread& thread = threads_[std::this_thread::get_id()];
  const size_t number = find_node(layer, type);
  TracedTensors inputs = std::move(thread.inputs[&layer]);
  thread.inputs.erase(&layer);
  ++nodes_[number].calls;
  Owners released;
  if (thread.first == number) {
    // The model runs again, on the next batch: what lies in memory that was
    // used before is something else.
    thread.places.clear();
    released = std::exchange(thread.owners, {});
  } else {
    connect(number, inputs.leaves, thread);
    if (!thread.first) thread.first = number;
  }
  thread.last = number;
  put_places(thread, number, outputs.leaves);
  for (TracedTensors* kept : {&inputs, &outputs}) {
    std::move(kept->owners.begin(), kept->owners.end(),
              std::back_inserter(thread.owners));
  }
  if (nodes_[number].calls == 1) {
    nodes_[number].outputs = std::move(outputs.leaves);
  }
  return released;
}

GraphTrace::Owners GraphTrace::release() {
  Owners released;
  for (auto& [id, thread] : threads_) {
    for (auto& [layer, inputs] : thread.inputs) {
      std::move(inputs.owners.begin(), inputs.owners.end(),
                std::back_inserter(released));
    }
    std::move(thread.owners.begin(), thread.owners.end(),
              std::back_inserter(released));
    thread.inputs.clear();
    thread.owners.clear();
  }
  return released;
}

size_t GraphTrace::find_node(LayerRecord& layer, std::string_view type) {
  const auto [known, is_new] = by_layer_.emplace(&layer, nodes_.size());
  if (is_new) {
    Node& node = nodes_.emplace_back();
    node.layer = &layer;
    node.type = std::string(type);
  }
  return known->second;
}

// From the layers whose outputs the inputs lie in; where there are none, from
// the layer that was called before, or from outside.
void GraphTrace::connect(size_t node, const std::vector<TracedTensor>& inputs,
                         Thread& thread) {
  bool found = false;
  for (const TracedTensor& input : inputs) {
    if (input.begin == input.end) continue;
    auto place = thread.places.upper_bound(input.begin);
    if (place == thread.places.begin()) continue;
    --place;
    if (input.begin >= place->second.end) continue;
    found = true;
    add_source(node, place->second.node, place->second.output);
  }
  if (found) return;
  if (thread.last) return add_source(node, *thread.last, 0);
  if (nodes_[node].calls > 1) return;  // another thread has come here before
  for (const TracedTensor& input : inputs) {
    const size_t outside = nodes_.size();
    Node& source = nodes_.emplace_back();
    source.calls = 1;
    source.type = "Placeholder";
    source.outputs = {input};
    put_places(thread, outside, source.outputs);
    add_source(node, outside, 0);
  }
}

void GraphTrace::add_source(size_t node, size_t source, size_t output) {
  auto& sources = nodes_[node].sources;
  const std::pair<size_t, size_t> edge(source, output);
  if (source == node || sources.size() >= kMaxSources ||
      std::find(sources.begin(), sources.end(), edge) != sources.end()) {
    return;
  }
  sources.push_back(edge);
}

// The latest tensor in some memory counts; those of one call may lie between
// each other, as halves of one tensor do.
void GraphTrace::put_places(Thread& thread, size_t node,
                            const std::vector<TracedTensor>& tensors) {
  auto& places = thread.places;
  for (const TracedTensor& tensor : tensors) {
    if (tensor.begin == tensor.end) continue;
    auto at = places.lower_bound(tensor.begin);
    if (at != places.begin() && std::prev(at)->second.end > tensor.begin) --at;
    while (at != places.end() && at->first < tensor.end) at = places.erase(at);
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TracedTensor& tensor = tensors[i];
    if (tensor.begin == tensor.end) continue;
    places.emplace(tensor.begin, Place{tensor.end, node, i});
  }
}

void GraphTrace::add_weight(LayerRecord& layer, std::string_view name,
                            const TensorView& value) {
  const auto known = by_layer_.find(&layer);
  if (known == by_layer_.end()) return;
  Node& node = nodes_[known->second];
  node.parameters += value.valid() ? value.size() : 0;
  if (node.weights.size() < kMaxWeights) {
    node.weights.emplace_back(name, describe_shape(value));
  }
}

Graph GraphTrace::build_named(std::vector<std::string> names) const {
  std::set<std::string> taken(names.begin(), names.end());
  for (std::string& name : names) {
    for (int i = 0; name.empty(); ++i) {
      std::string input = i == 0 ? "input" : absl::StrCat("input_", i);
      if (taken.insert(input).second) name = std::move(input);
    }
  }
  Graph graph;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& from = nodes_[i];
    GraphNode& node = graph.node(
        names[i], from.type.empty() ? "Layer" : to_valid_utf8(from.type));
    for (const auto& [source, output] : from.sources) {
      node.input(output == 0 ? names[source]
                             : absl::StrCat(names[source], ":", output));
    }
    for (const TracedTensor& output : from.outputs) {
      node.output_shape(output.shape, output.type);
    }
    if (from.calls > 1) node.attribute("calls", from.calls);
    for (const auto& [name, shape] : from.weights) {
      node.attribute(to_valid_utf8(name), shape);
    }
    if (!from.weights.empty()) node.attribute("parameters", from.parameters);
  }
  return graph;
}

}  // namespace tblog::internal
