// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_edit.h"

#include "src/event/wire.h"
#include "src/event/wire_reader.h"

namespace tblog::internal {
namespace {

// Numbers of fields, as in onnx/onnx:onnx/onnx.proto.
enum NodeField : uint32_t { kNodeOutput = 2, kNodeOpType = 4 };
constexpr uint32_t kGraphOutput = 12;
enum AttributeField : uint32_t {
  kAttributeName = 1,
  kAttributeTensor = 5,
  kAttributeType = 20
};
constexpr uint64_t kTypeTensor = 4;
enum ValueField : uint32_t { kValueName = 1, kValueType = 2 };
constexpr uint32_t kTensorType = 1;
enum TensorTypeField : uint32_t { kElementType = 1, kTensorShape = 2 };
constexpr uint32_t kShapeDim = 1;
enum TensorField : uint32_t { kTensorDims = 1, kTensorDataType = 2 };

}  // namespace

std::string replace_fields(std::string_view message, uint32_t field,
                           const std::map<size_t, std::string>& replacements) {
  size_t bytes = message.size();
  for (const auto& [n, replacement] : replacements)
    bytes += replacement.size() + wire::kMaxVarintBytes;
  std::string out;
  out.reserve(bytes);
  size_t seen = 0;
  const char* copied = message.data();
  wire::WireReader reader(message);
  while (reader.next()) {
    if (!reader.is(field, wire::kBytes)) continue;
    const auto replacement = replacements.find(seen++);
    if (replacement == replacements.end()) continue;
    out.append(copied, static_cast<size_t>(reader.begin() - copied));
    wire::put_bytes_always(out, field, replacement->second);
    copied = reader.position();
  }
  out.append(copied,
             static_cast<size_t>(message.data() + message.size() - copied));
  return out;
}

void append_node_output(std::string& node, std::string_view name) {
  wire::put_bytes_always(node, kNodeOutput, name);
}

void append_graph_output(std::string& graph, std::string_view name,
                         uint64_t element, int64_t rank) {
  std::string value;
  wire::put_bytes(value, kValueName, name);
  if (element != 0) {
    std::string tensor, type;
    wire::put_uint64_always(tensor, kElementType, element);
    if (rank >= 0) {
      std::string shape;
      for (int64_t i = 0; i < rank; ++i)
        wire::put_bytes_always(shape, kShapeDim, "");
      wire::put_bytes_always(tensor, kTensorShape, shape);
    }
    wire::put_bytes_always(type, kTensorType, tensor);
    wire::put_bytes_always(value, kValueType, type);
  }
  append_graph_output(graph, value);
}

void append_graph_output(std::string& graph, std::string_view value_info) {
  wire::put_bytes_always(graph, kGraphOutput, value_info);
}

void append_empty_constant(std::string& graph, std::string_view name,
                           uint64_t element) {
  std::string tensor, attribute, node;
  wire::put_uint64_always(tensor, kTensorDims, 0);
  wire::put_uint64_always(tensor, kTensorDataType, element);
  wire::put_bytes(attribute, kAttributeName, "value");
  wire::put_bytes_always(attribute, kAttributeTensor, tensor);
  wire::put_uint64_always(attribute, kAttributeType, kTypeTensor);
  append_node_output(node, name);
  wire::put_bytes(node, kNodeOpType, "Constant");
  wire::put_bytes_always(node, kOnnxNodeAttribute, attribute);
  wire::put_bytes_always(graph, kOnnxGraphNode, node);
}

}  // namespace tblog::internal
