// SPDX-License-Identifier: Apache-2.0

#include "tblog/onnx_graph.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/base/strings.h"
#include "src/graph/node_name.h"
#include "src/graph/onnx_model.h"

namespace tblog {
namespace internal {
namespace {

// Bounds on what a small hostile model can grow into.
constexpr size_t kMaxItems = 2'000'000;  // nodes, their inputs, values, …
constexpr size_t kMaxNodes = 250'000;
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr int kMaxDepth = 32;
constexpr size_t kMaxAttributes = 1000;  // of a node
constexpr size_t kMaxNameBytes = 256;    // of what stands between two '/'

// TensorBoard leaves out attributes of more than 1,024 bytes.
constexpr size_t kMaxTextBytes = 1000;
constexpr size_t kMaxListed = 100;

absl::Status too_large() {
  return absl::ResourceExhaustedError(
      "the ONNX model has more nodes, or deeper ones, than can be drawn");
}

// ONNX's word for a type, for texts.
std::string_view type_name(GraphType type) {
  static constexpr std::pair<int, std::string_view> kNames[] = {
      {1, "float"},    {2, "double"},  {3, "int32"},     {4, "uint8"},
      {5, "int16"},    {6, "int8"},    {7, "string"},    {8, "complex64"},
      {9, "int64"},    {10, "bool"},   {14, "bfloat16"}, {17, "uint16"},
      {19, "float16"}, {22, "uint32"}, {23, "uint64"},   {18, "complex128"}};
  for (const auto& [number, name] : kNames) {
    if (number == type.number()) return name;
  }
  return "values";
}

std::string describe(const OnnxValue& tensor) {
  const auto& dims = tensor.shape.dims();
  const std::vector<int64_t> shown(
      dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(
                                       std::min(dims.size(), kMaxListed)));
  return absl::StrCat(to_absl(type_name(tensor.type)), " [",
                      absl::StrJoin(shown, ", "), "]");
}

std::string count_of(size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

// What is long is said by its length.
GraphValue value_of(const OnnxAttribute& a) {
  switch (a.type) {
    case OnnxAttribute::kFloat:
      return a.f;
    case OnnxAttribute::kInt:
      return a.i;
    case OnnxAttribute::kString:
      return cut_text(a.s, kMaxTextBytes);
    case OnnxAttribute::kTensor:
      return describe(a.tensor);
    case OnnxAttribute::kFloats:
      if (a.floats.size() > kMaxListed)
        return count_of(a.floats.size(), "float");
      return a.floats;
    case OnnxAttribute::kInts:
      if (a.ints.size() > kMaxListed) return count_of(a.ints.size(), "integer");
      return a.ints;
    case OnnxAttribute::kStrings: {
      size_t bytes = 0;
      std::vector<std::string> list;
      for (const std::string_view s : a.strings) {
        bytes += s.size();
        if (bytes > kMaxTextBytes || list.size() == kMaxListed)
          return count_of(a.strings.size(), "string");
        list.emplace_back(s);
      }
      return list;
    }
    case OnnxAttribute::kTensors:
      return count_of(a.tensors, "tensor");
    case OnnxAttribute::kGraph:
    case OnnxAttribute::kGraphs:
      return count_of(a.graphs.size(), "graph");
    default:
      return "";
  }
}

// The values of one graph, which the bodies in it see too.
struct Values {
  const Values* outer = nullptr;
  // As inputs name them: "node" or "node:1".
  absl::flat_hash_map<absl::string_view, std::string> sources;
  absl::flat_hash_map<absl::string_view, const OnnxValue*> infos;

  const std::string* find(std::string_view name) const {
    for (const Values* values = this; values != nullptr;
         values = values->outer) {
      const auto known = values->sources.find(to_absl(name));
      if (known != values->sources.end()) return &known->second;
    }
    return nullptr;
  }
};

class Converter {
 public:
  // Adds a graph whose nodes' names begin with `scope`. `fed`: what flows into
  // its inputs, in their order. Appends to `results` what gives its outputs.
  absl::Status add(std::string_view bytes, const std::string& scope,
                   const Values* outer, const std::vector<std::string>& fed,
                   std::vector<std::string>& results, int depth) {
    if (depth > kMaxDepth) return too_large();
    absl::StatusOr<OnnxGraph> parsed =
        parse_onnx_graph(bytes, kMaxItems - items_);
    if (!parsed.ok()) return parsed.status();
    items_ += count_items(*parsed);
    Values values;
    values.outer = outer;
    for (const auto* list :
         {&parsed->value_infos, &parsed->inputs, &parsed->outputs}) {
      for (const OnnxValue& value : *list)
        values.infos.insert_or_assign(to_absl(value.name), &value);
    }
    add_values(*parsed, scope, fed, values);
    std::vector<std::string> names;
    for (const OnnxNode& node : parsed->nodes) {
      if (is_full()) return too_large();
      names.push_back(name_outputs(node, scope, values));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      absl::Status status = add_node(parsed->nodes[i], names[i], values, depth);
      if (!status.ok()) return status;
    }
    for (const OnnxValue& output : parsed->outputs) {
      if (is_full()) return too_large();
      results.push_back(unique(scope, output.name, "output"));
      GraphNode& node = graph_.node(results.back(), "Identity");
      connect(node, output.name, values);
      describe_output(node, output);
    }
    return is_full() ? too_large() : absl::OkStatus();
  }

  Graph take() { return std::move(graph_); }

 private:
  static size_t count_items(const OnnxGraph& graph) {
    size_t items = graph.initializers.size() + graph.inputs.size() +
                   graph.outputs.size() + graph.value_infos.size();
    for (const OnnxNode& node : graph.nodes)
      items +=
          1 + node.inputs.size() + node.outputs.size() + node.attributes.size();
    return items;
  }

  bool is_full() const {
    return spent_ > kMaxBytes || graph_.size() > kMaxNodes;
  }

  // A name that no other node has.
  std::string unique(const std::string& scope, std::string_view name,
                     std::string_view otherwise) {
    std::string wanted = mended_node_name(name);
    if (wanted.empty()) wanted = mended_node_name(otherwise);
    if (wanted.empty()) wanted = "node";
    std::string full = scope + wanted;
    if (!names_.insert(full).second) {
      int64_t& next = next_number_[full];
      std::string numbered;
      do {
        numbered = absl::StrCat(full, "_", ++next);
      } while (!names_.insert(numbered).second);
      full = std::move(numbered);
    }
    spent_ += full.size();
    return full;
  }

  // Initializers and inputs. (An input may have an initializer, its default.)
  void add_values(const OnnxGraph& graph, const std::string& scope,
                  const std::vector<std::string>& fed, Values& values) {
    for (const OnnxValue& tensor : graph.initializers) {
      if (is_full()) return;
      GraphNode& node =
          graph_.node(unique(scope, tensor.name, "constant"), "Const");
      node.output_shape(tensor.shape, tensor.type);
      if (tensor.type.known()) node.attribute("dtype", tensor.type);
      values.sources.insert_or_assign(to_absl(tensor.name), node.name());
    }
    for (size_t i = 0; i < graph.inputs.size(); ++i) {
      const OnnxValue& input = graph.inputs[i];
      if (is_full()) return;
      if (values.sources.contains(to_absl(input.name))) continue;
      GraphNode& node =
          graph_.node(unique(scope, input.name, "input"), "Placeholder");
      if (i < fed.size() && !fed[i].empty()) node.input(fed[i]);
      describe_output(node, input);
      values.sources.insert_or_assign(to_absl(input.name), node.name());
    }
  }

  std::string name_outputs(const OnnxNode& node, const std::string& scope,
                           Values& values) {
    std::string name = unique(scope, node.name, node.op_type);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      std::string source = i == 0 ? name : absl::StrCat(name, ":", i);
      spent_ += source.size();
      values.sources.insert_or_assign(to_absl(node.outputs[i]),
                                      std::move(source));
    }
    return name;
  }

  void describe_output(GraphNode& node, const OnnxValue& value) {
    spent_ += 8 * value.shape.dims().size();
    node.output_shape(value.shape, value.type);
    if (value.type.known()) node.attribute("dtype", value.type);
  }

  void connect(GraphNode& node, std::string_view value, const Values& values) {
    const std::string* const source = values.find(value);
    if (source == nullptr) return;
    spent_ += source->size();
    node.input(*source);
  }

  absl::Status add_node(const OnnxNode& node, const std::string& name,
                        const Values& values, int depth) {
    const bool constant = node.op_type == "Constant" && node.inputs.empty();
    GraphNode& out = graph_.node(
        name, constant ? "Const" : to_valid_utf8(cut_text(node.op_type, 256)));
    std::vector<std::string> fed;
    for (const std::string_view input : node.inputs) {
      if (is_full()) return too_large();
      const std::string* const source =
          input.empty() ? nullptr : values.find(input);
      fed.push_back(source == nullptr ? "" : *source);
      if (source != nullptr) connect(out, input, values);
    }
    add_output_shapes(node, values, out);
    if (!node.domain.empty())
      out.attribute("domain", cut_text(node.domain, kMaxTextBytes));
    for (const std::string_view attribute : node.attributes) {
      if (is_full()) return too_large();
      absl::Status status =
          add_attribute(attribute, out, fed, values, depth, constant);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // Only where one of them is known.
  void add_output_shapes(const OnnxNode& node, const Values& values,
                         GraphNode& out) {
    std::vector<const OnnxValue*> infos;
    bool any = false;
    for (const std::string_view name : node.outputs) {
      const auto info = values.infos.find(to_absl(name));
      infos.push_back(info == values.infos.end() ? nullptr : info->second);
      any = any || infos.back() != nullptr;
    }
    if (!any) return;
    for (const OnnxValue* info : infos) {
      spent_ += info == nullptr ? 8 : 8 + 8 * info->shape.dims().size();
      out.output_shape(info == nullptr ? GraphShape::unknown() : info->shape,
                       info == nullptr ? GraphType() : info->type);
    }
  }

  absl::Status add_attribute(std::string_view bytes, GraphNode& out,
                             const std::vector<std::string>& fed,
                             const Values& values, int depth, bool constant) {
    absl::StatusOr<OnnxAttribute> attribute = parse_onnx_attribute(bytes);
    if (!attribute.ok()) return attribute.status();
    const std::string name =
        to_valid_utf8(cut_text(attribute->name, kMaxNamePartBytes));
    if (name.empty() || out.attributes().size() >= kMaxAttributes)
      return absl::OkStatus();
    spent_ += name.size() + std::min(bytes.size(), kMaxTextBytes);
    if (constant && attribute->type == OnnxAttribute::kTensor) {
      if (out.outputs().empty())
        out.output_shape(attribute->tensor.shape, attribute->tensor.type);
      out.attribute("dtype", attribute->tensor.type);
    }
    out.attribute(name, value_of(*attribute));
    for (size_t i = 0; i < attribute->graphs.size(); ++i) {
      const std::string part = mended_node_name(name);
      std::string scope =
          absl::StrCat(out.name(), "/", part.empty() ? "body" : part);
      if (i > 0) absl::StrAppend(&scope, "_", i);
      std::vector<std::string> results;
      absl::Status status = add(attribute->graphs[i], scope + "/", &values, fed,
                                results, depth + 1);
      if (!status.ok()) return status;
      for (const std::string& result : results) {
        spent_ += result.size();
        out.input(result);
      }
    }
    return absl::OkStatus();
  }

  Graph graph_;
  absl::flat_hash_set<std::string> names_;
  absl::flat_hash_map<std::string, int64_t> next_number_;
  size_t items_ = 0;
  size_t spent_ = 0;  // bytes of names, shapes and attributes
};

}  // namespace
}  // namespace internal

absl::StatusOr<Graph> graph_from_onnx(std::string_view model) {
  absl::StatusOr<std::string_view> graph = internal::find_onnx_graph(model);
  if (!graph.ok()) return graph.status();
  internal::Converter converter;
  std::vector<std::string> results;
  absl::Status status = converter.add(*graph, "", nullptr, {}, results, 0);
  if (!status.ok()) return status;
  Graph made = converter.take();
  if (made.empty()) {
    return absl::InvalidArgumentError("the ONNX model's graph is empty");
  }
  return made;
}

}  // namespace tblog
