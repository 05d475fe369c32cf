// SPDX-License-Identifier: Apache-2.0
//
// An ONNX model as plain structs that point into its bytes: what a graph shows
// of it. Trusts no byte.

#ifndef TBLOG_SRC_GRAPH_ONNX_MODEL_H_
#define TBLOG_SRC_GRAPH_ONNX_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/graph.h"

namespace tblog::internal {

// Fields are named as in onnx/onnx:onnx/onnx.proto.
struct OnnxValue {
  std::string_view name;
  GraphShape shape = GraphShape::unknown();
  GraphType type;
  // TensorProto.DataType; 0: not known, or no tensor.
  uint64_t element = 0;
  bool is_sequence = false;  // or a map, an optional: no tensor
  // Of a tensor whose values are in a file beside the model: its name.
  std::string_view external_file;
};

struct OnnxNode {
  std::string_view name;
  std::string_view op_type;
  std::string_view domain;
  std::vector<std::string_view> inputs;  // "" for one that is left out
  std::vector<std::string_view> outputs;
  std::vector<std::string_view> attributes;  // encoded, see parse_attribute()
};

struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  std::vector<OnnxValue> initializers;
  std::vector<OnnxValue> inputs;
  std::vector<OnnxValue> outputs;
  std::vector<OnnxValue> value_infos;
};

struct OnnxAttribute {
  // AttributeProto.AttributeType.
  enum Type : uint64_t {
    kUndefined = 0,
    kFloat = 1,
    kInt = 2,
    kString = 3,
    kTensor = 4,
    kGraph = 5,
    kFloats = 6,
    kInts = 7,
    kStrings = 8,
    kTensors = 9,
    kGraphs = 10,
  };

  std::string_view name;
  uint64_t type = kUndefined;
  float f = 0;
  int64_t i = 0;
  std::string_view s;
  OnnxValue tensor;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string_view> strings;
  size_t tensors = 0;
  std::vector<std::string_view> graphs;  // encoded, see parse_onnx_graph()
};

// The bytes of the model's graph. Errors: InvalidArgument.
absl::StatusOr<std::string_view> find_onnx_graph(std::string_view model);
// Errors: InvalidArgument; ResourceExhausted where it has more than `max_items`
// nodes, values and names of such.
absl::StatusOr<OnnxGraph> parse_onnx_graph(std::string_view bytes,
                                           size_t max_items);
absl::StatusOr<OnnxAttribute> parse_onnx_attribute(std::string_view bytes);

// The type with this number in TensorProto.DataType.
GraphType onnx_type(uint64_t number);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_MODEL_H_
