// SPDX-License-Identifier: Apache-2.0

#include "tblog/run_metadata.h"

#include <utility>

namespace tblog {

NodeRun& NodeRun::start(std::chrono::nanoseconds start) {
  start_ = start;
  return *this;
}

NodeRun& NodeRun::duration(std::chrono::nanoseconds duration) {
  duration_ = duration;
  return *this;
}

NodeRun& NodeRun::device(std::string_view device) {
  device_ = std::string(device);
  return *this;
}

NodeRun& NodeRun::memory(int64_t bytes, std::string_view allocator) {
  memory_.push_back({std::string(allocator), bytes});
  return *this;
}

NodeRun& NodeRun::output_shape(GraphShape shape, GraphType type) {
  outputs_.push_back({std::move(shape), type});
  return *this;
}

NodeRun& RunMetadata::node(std::string_view name) {
  const NodeRun node(name);  // a copy, as in Graph::node()
  nodes_.push_back(node);
  return nodes_.back();
}

RunMetadata& RunMetadata::graph(Graph graph) {
  graph_ = std::move(graph);
  return *this;
}

}  // namespace tblog
