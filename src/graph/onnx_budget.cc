// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_budget.h"

#include <utility>

namespace tblog::internal {
namespace {

constexpr size_t kMaxItems = 2'000'000;
constexpr int kMaxDepth = 32;
// Names of nodes are part of the names of all that is in their bodies, which
// takes the square of the model's size at worst.
constexpr size_t kMaxNameBytes = size_t{64} << 20;

absl::Status too_large() {
  return absl::ResourceExhaustedError(
      "the ONNX model has more nodes, deeper ones or longer names than can be "
      "tapped");
}

}  // namespace

absl::StatusOr<OnnxGraph> OnnxBudget::parse_graph(std::string_view bytes,
                                                  int depth) {
  if (depth > kMaxDepth) return too_large();
  absl::StatusOr<OnnxGraph> graph = parse_onnx_graph(bytes, kMaxItems);
  if (!graph.ok()) return graph;
  items_ += 1 + graph->initializers.size() + graph->inputs.size() +
            graph->outputs.size() + graph->value_infos.size();
  for (const OnnxNode& node : graph->nodes) {
    items_ +=
        1 + node.inputs.size() + node.outputs.size() + node.attributes.size();
  }
  if (items_ > kMaxItems) return too_large();
  return graph;
}

absl::StatusOr<std::vector<OnnxAttribute>> OnnxBudget::parse_attributes(
    const OnnxNode& node) {
  std::vector<OnnxAttribute> attributes;
  for (const std::string_view encoded : node.attributes) {
    absl::StatusOr<OnnxAttribute> attribute = parse_onnx_attribute(encoded);
    if (!attribute.ok()) return attribute.status();
    attributes.push_back(*std::move(attribute));
  }
  return attributes;
}

absl::Status OnnxBudget::take_name(size_t bytes) {
  name_bytes_ += bytes;
  return name_bytes_ > kMaxNameBytes ? too_large() : absl::OkStatus();
}

}  // namespace tblog::internal
