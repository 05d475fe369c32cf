// SPDX-License-Identifier: Apache-2.0
//
// What the graphs page is made of: the nodes of a model, and how long each of
// them took in a step.

#ifndef TBLOG_GRAPH_VALUE_H_
#define TBLOG_GRAPH_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

struct GraphDefValue {
  // Sizes; -1: not known. None: not even the rank is known.
  using Shape = std::optional<std::vector<int64_t>>;

  struct Attribute {
    std::string name;
    // For people: "3", "[1, 1]", "DT_FLOAT", "DT_FLOAT [3, 3]" (a tensor, with
    // its value where it has one only); at most 256 bytes, "…" where more
    // followed.
    std::string value;
  };

  struct Node {
    std::string name;  // '/' nests
    std::string op;
    std::string device;
    // "node", "node:1" for its second output, "^node" where it only comes
    // first.
    std::vector<std::string> inputs;
    std::vector<Shape> output_shapes;   // of the attribute "_output_shapes"
    std::vector<Attribute> attributes;  // the others, by name
  };

  struct Function {
    std::string name;
    std::vector<std::string> arguments;
    std::vector<std::string> results;
    std::vector<Node> nodes;
  };

  std::vector<Node> nodes;
  std::vector<Function> functions;
};

struct RunMetadataValue {
  struct Node {
    std::string name;
    std::string label;           // of the timeline
    int64_t start_micros = 0;    // since the epoch
    int64_t total_micros = 0;    // from there to the end
    int64_t compute_micros = 0;  // of them, in the operation itself
    int64_t memory_bytes = 0;    // that its allocators asked for
    std::vector<GraphDefValue::Shape> output_shapes;
  };

  struct Device {
    std::string name;
    // As they stand; a node that ran several times is there several times.
    std::vector<Node> nodes;
  };

  std::vector<Device> devices;
  // Graphs of the functions that ran: as they were before optimisation, then
  // those of the partitions.
  std::vector<GraphDefValue> graphs;
};

// Decodes an encoded GraphDef, such as Event::bytes of a graph.
//
// Errors: InvalidArgument where it is malformed or has a name that is not
// valid UTF-8; ResourceExhausted for more than 4,194,304 nodes, inputs,
// attributes and other parts together.
TBLOG_EXPORT absl::StatusOr<GraphDefValue> decode_graph(
    std::string_view encoded);

// Decodes an encoded RunMetadata. Errors: as decode_graph().
TBLOG_EXPORT absl::StatusOr<RunMetadataValue> decode_run_metadata(
    std::string_view encoded);

}  // namespace tblog

#endif  // TBLOG_GRAPH_VALUE_H_
