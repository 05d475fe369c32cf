// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_walk.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

absl::Status walk(std::string_view bytes, const std::string& path, int depth,
                  OnnxBudget& budget, OnnxVisitor& visitor) {
  const absl::StatusOr<OnnxGraph> graph = budget.parse_graph(bytes, depth);
  if (!graph.ok()) return graph.status();
  visitor.graph(*graph);
  OnnxNodeIndex index(depth > 0);
  for (const OnnxNode& node : graph->nodes) {
    absl::Status status = visitor.node(node, path, index.next(node));
    if (!status.ok()) return status;
    const auto attributes = budget.parse_attributes(node);
    if (!attributes.ok()) return attributes.status();
    for (const OnnxAttribute& attribute : *attributes) {
      visitor.attribute(attribute);
      if (attribute.graphs.empty()) continue;
      const std::string inner = onnx_body_path(path, node, attribute.name);
      if (status = budget.take_name(inner.size()); !status.ok()) return status;
      for (const std::string_view body : attribute.graphs) {
        status = walk(body, inner, depth + 1, budget, visitor);
        if (!status.ok()) return status;
      }
    }
  }
  return absl::OkStatus();
}

// What a node is called in names of outputs.
std::string_view label_of(const OnnxNode& node) {
  if (!node.name.empty()) return node.name;
  for (const std::string_view output : node.outputs) {
    if (!output.empty()) return output;
  }
  return node.op_type;
}

}  // namespace

std::string onnx_body_path(std::string_view path, const OnnxNode& node,
                           std::string_view attribute) {
  return absl::StrCat(to_absl(path), to_absl(label_of(node)), "/",
                      to_absl(attribute), "/");
}

absl::Status walk_onnx(std::string_view graph, OnnxBudget& budget,
                       OnnxVisitor& visitor) {
  return walk(graph, "", 0, budget, visitor);
}

}  // namespace tblog::internal
