// SPDX-License-Identifier: Apache-2.0
//
// RunMetadata: what the nodes of a graph took in one step, which TensorBoard's
// Graphs page lists as a tag beside the run's graph, and colours the nodes of
// the same names by. A value: copy it freely. Thread-compatible.
//
//   tblog::RunMetadata metadata;
//   metadata.node("block/conv").start(0us).duration(120us).memory(4096);
//   metadata.node("block/relu").start(120us).duration(3us);
//   writer.run_metadata("step 100", metadata, 100);

#ifndef TBLOG_RUN_METADATA_H_
#define TBLOG_RUN_METADATA_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tblog/export.h"
#include "tblog/graph.h"

namespace tblog {

// What one node took. Made by RunMetadata::node(); each call returns the node
// itself.
class TBLOG_EXPORT NodeRun {
 public:
  // Since a moment that all nodes share, such as the step's beginning. Default:
  // 0.
  NodeRun& start(std::chrono::nanoseconds start);
  // Stored in whole microseconds, since TensorBoard shows no others: rounded,
  // and 1 where it is more than nothing. Valid: 0 and up. Default: none, and
  // the page shows no time.
  NodeRun& duration(std::chrono::nanoseconds duration);
  // Where it ran, which the page can filter by. Default: "/device:CPU:0".
  NodeRun& device(std::string_view device);
  // Bytes that it took of an allocator; the page adds up those of one node.
  // Valid: 0 and up.
  NodeRun& memory(int64_t bytes, std::string_view allocator = "cpu");
  // The next output's, as of GraphNode.
  NodeRun& output_shape(GraphShape shape, GraphType type = GraphType());

  struct Memory {
    std::string allocator;
    int64_t bytes = 0;
  };

  const std::string& name() const noexcept { return name_; }
  std::chrono::nanoseconds start() const noexcept { return start_; }
  const std::optional<std::chrono::nanoseconds>& duration() const noexcept {
    return duration_;
  }
  const std::string& device() const noexcept { return device_; }
  const std::vector<Memory>& memory() const noexcept { return memory_; }
  const std::vector<GraphNode::Output>& outputs() const noexcept {
    return outputs_;
  }

 private:
  friend class RunMetadata;
  explicit NodeRun(std::string_view name) : name_(name) {}

  std::string name_;
  std::chrono::nanoseconds start_{0};
  std::optional<std::chrono::nanoseconds> duration_;
  std::string device_ = "/device:CPU:0";
  std::vector<Memory> memory_;
  std::vector<GraphNode::Output> outputs_;
};

class TBLOG_EXPORT RunMetadata {
 public:
  // Adds what the graph's node `name` took. Of a node that is added several
  // times the page shows the time from the first start to the last end. The
  // reference is good as long as the RunMetadata.
  NodeRun& node(std::string_view name);
  // The graph that ran, where it is another than the run's own: the page then
  // draws it for this tag.
  RunMetadata& graph(Graph graph);

  bool empty() const noexcept { return nodes_.empty() && !graph_; }
  const std::deque<NodeRun>& nodes() const noexcept { return nodes_; }
  const std::optional<Graph>& graph() const noexcept { return graph_; }

 private:
  std::deque<NodeRun> nodes_;
  std::optional<Graph> graph_;
};

// A TensorFlow RunMetadata that is encoded already. Written as it is.
struct RunMetadataBytes {
  std::string_view encoded;
};

}  // namespace tblog

#endif  // TBLOG_RUN_METADATA_H_
