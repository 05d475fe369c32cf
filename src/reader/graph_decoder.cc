// SPDX-License-Identifier: Apache-2.0
//
// Graphs and the times of their nodes, see tblog/graph_value.h.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/reader/checked_parse.h"
#include "src/reader/tensor_decoder.h"
#include "tblog/graph_value.h"
#include "tblog/proto/graph.pb.h"
#include "tblog/proto/run_metadata.pb.h"

namespace tblog {
namespace {

using internal::to_absl;

constexpr size_t kMaxTextBytes = 256;
constexpr int kMaxListed = 64;  // of a list, before "…"
constexpr absl::string_view kEllipsis = "…";

// `text` in kMaxTextBytes; not cut inside a character.
std::string shortened(std::string text) {
  if (text.size() <= kMaxTextBytes) return text;
  size_t end = kMaxTextBytes - kEllipsis.size();
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return absl::StrCat(text, kEllipsis);
}

GraphDefValue::Shape shape_of(const proto::TensorShapeProto& message) {
  if (message.unknown_rank()) return std::nullopt;
  std::vector<int64_t> sizes;
  for (const auto& dim : message.dim())
    sizes.push_back(std::max<int64_t>(dim.size(), -1));
  return sizes;
}

std::string shape_text(const proto::TensorShapeProto& message) {
  const GraphDefValue::Shape shape = shape_of(message);
  if (!shape.has_value()) return "?";
  std::string text = "[";
  for (const int64_t size : *shape) {
    if (text.size() > kMaxTextBytes) break;
    absl::StrAppend(&text, text.size() > 1 ? ", " : "",
                    size < 0 ? "?" : absl::StrCat(size));
  }
  return text + "]";
}

std::string dtype_text(int dtype) {
  const std::string& name =
      proto::DataType_Name(static_cast<proto::DataType>(dtype));
  return name.empty() ? absl::StrCat("DT_", dtype) : name;
}

std::string bytes_text(const std::string& bytes) {
  if (internal::is_valid_utf8(bytes)) return bytes;
  return absl::StrCat(bytes.size(), " bytes");
}

// Type and shape, and the value where it is one.
std::string tensor_text(const proto::TensorProto& tensor) {
  std::string text = absl::StrCat(dtype_text(tensor.dtype()), " ",
                                  shape_text(tensor.tensor_shape()));
  const absl::StatusOr<internal::TensorLayout> layout =
      internal::tensor_layout(tensor);
  if (!layout.ok() || layout->size != 1) return text;
  const absl::StatusOr<TensorValue> value = internal::decode_tensor(tensor);
  if (!value.ok()) return text;
  if (!value->dtype.has_value())
    return absl::StrCat(text, " ", bytes_text(value->strings[0]));
  const absl::StatusOr<std::vector<double>> numbers = value->numbers();
  return numbers.ok() ? absl::StrCat(text, " ", (*numbers)[0]) : text;
}

template <class Field, class F>
void append_all(const Field& field, F&& text_of, std::string& out) {
  for (int i = 0; i < field.size() && out.size() <= kMaxTextBytes; ++i) {
    absl::StrAppend(&out, out.size() > 1 ? ", " : "",
                    i < kMaxListed
                        ? text_of(field[i])
                        : std::string(kEllipsis.data(), kEllipsis.size()));
    if (i == kMaxListed) break;
  }
}

std::string list_text(const proto::AttrValue::ListValue& list) {
  const auto number = [](auto x) { return std::string(absl::StrCat(x)); };
  std::string out = "[";
  append_all(list.s(), &bytes_text, out);
  append_all(list.i(), number, out);
  append_all(list.f(), number, out);
  append_all(
      list.b(), [](bool b) { return std::string(b ? "true" : "false"); }, out);
  append_all(list.type(), &dtype_text, out);
  append_all(list.shape(), &shape_text, out);
  append_all(list.tensor(), &tensor_text, out);
  append_all(
      list.func(), [](const proto::NameAttrList& func) { return func.name(); },
      out);
  return out + "]";
}

std::string attribute_text(const proto::AttrValue& value) {
  switch (value.value_case()) {
    case proto::AttrValue::kList:
      return list_text(value.list());
    case proto::AttrValue::kS:
      return bytes_text(value.s());
    case proto::AttrValue::kI:
      return absl::StrCat(value.i());
    case proto::AttrValue::kF:
      return absl::StrCat(value.f());
    case proto::AttrValue::kB:
      return value.b() ? "true" : "false";
    case proto::AttrValue::kType:
      return dtype_text(value.type());
    case proto::AttrValue::kShape:
      return shape_text(value.shape());
    case proto::AttrValue::kTensor:
      return tensor_text(value.tensor());
    case proto::AttrValue::kPlaceholder:
      return value.placeholder();
    case proto::AttrValue::kFunc:
      return value.func().name();
    case proto::AttrValue::VALUE_NOT_SET:
      break;
  }
  return "";
}

GraphDefValue::Node node_of(const proto::NodeDef& message) {
  GraphDefValue::Node node;
  node.name = message.name();
  node.op = message.op();
  node.device = message.device();
  node.inputs.assign(message.input().begin(), message.input().end());
  for (const auto& [name, value] : message.attr()) {
    if (name == "_output_shapes" && value.has_list()) {
      for (const auto& shape : value.list().shape())
        node.output_shapes.push_back(shape_of(shape));
    } else {
      node.attributes.push_back({name, shortened(attribute_text(value))});
    }
  }
  std::sort(node.attributes.begin(), node.attributes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return node;
}

GraphDefValue::Function function_of(const proto::FunctionDef& message) {
  GraphDefValue::Function function;
  function.name = message.signature().name();
  for (const auto& argument : message.signature().input_arg())
    function.arguments.push_back(argument.name());
  for (const auto& result : message.signature().output_arg())
    function.results.push_back(result.name());
  for (const proto::NodeDef& node : message.node_def())
    function.nodes.push_back(node_of(node));
  return function;
}

GraphDefValue graph_of(const proto::GraphDef& message) {
  GraphDefValue graph;
  for (const proto::NodeDef& node : message.node())
    graph.nodes.push_back(node_of(node));
  for (const proto::FunctionDef& function : message.library().function())
    graph.functions.push_back(function_of(function));
  return graph;
}

RunMetadataValue::Node stats_of(const proto::NodeExecStats& message) {
  RunMetadataValue::Node node;
  node.name = message.node_name();
  node.label = message.timeline_label();
  node.start_micros = message.all_start_micros();
  node.total_micros = message.all_end_rel_micros();
  // Any number may stand there: the difference must not overflow.
  node.compute_micros = static_cast<int64_t>(
      static_cast<uint64_t>(message.op_end_rel_micros()) -
      static_cast<uint64_t>(message.op_start_rel_micros()));
  uint64_t bytes = 0;
  for (const auto& memory : message.memory())
    bytes += static_cast<uint64_t>(memory.total_bytes());
  node.memory_bytes = static_cast<int64_t>(bytes);
  for (const auto& output : message.output())
    node.output_shapes.push_back(shape_of(output.tensor_description().shape()));
  return node;
}

}  // namespace

absl::StatusOr<GraphDefValue> decode_graph(std::string_view encoded) {
  proto::GraphDef message;
  absl::Status status = internal::checked_parse(encoded, "graph", &message);
  if (!status.ok()) return status;
  return graph_of(message);
}

absl::StatusOr<RunMetadataValue> decode_run_metadata(std::string_view encoded) {
  proto::RunMetadata message;
  absl::Status status =
      internal::checked_parse(encoded, "run metadata", &message);
  if (!status.ok()) return status;
  RunMetadataValue value;
  for (const auto& device : message.step_stats().dev_stats()) {
    value.devices.push_back({device.device(), {}});
    for (const auto& node : device.node_stats())
      value.devices.back().nodes.push_back(stats_of(node));
  }
  for (const auto& function : message.function_graphs()) {
    if (function.has_pre_optimization_graph())
      value.graphs.push_back(graph_of(function.pre_optimization_graph()));
  }
  for (const auto& partition : message.partition_graphs())
    value.graphs.push_back(graph_of(partition));
  return value;
}

}  // namespace tblog
