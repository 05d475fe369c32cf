// SPDX-License-Identifier: Apache-2.0

#include "tblog/graph.h"

#include "src/graph/message_encoder.h"

namespace tblog {

GraphType::GraphType(DType dtype) noexcept
    : number_(internal::data_type_number(dtype)) {}

GraphNode& GraphNode::input(std::string_view source) {
  inputs_.emplace_back(source);
  return *this;
}

GraphNode& GraphNode::control_input(std::string_view node) {
  inputs_.push_back("^" + std::string(node));
  return *this;
}

GraphNode& GraphNode::output_shape(GraphShape shape, GraphType type) {
  outputs_.push_back({std::move(shape), type});
  return *this;
}

GraphNode& GraphNode::device(std::string_view device) {
  device_ = std::string(device);
  return *this;
}

GraphNode& GraphNode::attribute(std::string_view name, GraphValue value) {
  for (Attribute& known : attributes_) {
    if (known.name == name) {
      known.value = std::move(value);
      return *this;
    }
  }
  attributes_.push_back({std::string(name), std::move(value)});
  return *this;
}

GraphNode& Graph::node(std::string_view name, std::string_view op) {
  // A copy: moved in, std::deque would make a function that returns a
  // GraphNode&, which the shared library would export as ours.
  const GraphNode node(name, op);
  nodes_.push_back(node);
  return nodes_.back();
}

}  // namespace tblog
