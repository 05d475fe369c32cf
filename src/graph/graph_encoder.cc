// SPDX-License-Identifier: Apache-2.0

#include "src/graph/graph_encoder.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/graph/message_encoder.h"

namespace tblog::internal {
namespace {

constexpr uint32_t kGraphNode = 1;
enum Node : uint32_t { kName = 1, kOp = 2, kInput = 3, kDevice = 4, kAttr = 5 };
constexpr uint32_t kMapKey = 1;
constexpr uint32_t kMapValue = 2;

constexpr char kOutputShapes[] = "_output_shapes";
constexpr char kOutputTypes[] = "_output_types";

std::string quoted(std::string_view s) {
  return absl::StrCat("\"", escaped(s), "\"");
}

absl::Status bad_node(const GraphNode& node, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("node ", quoted(node.name()), " ", why));
}

absl::Status check_node(const GraphNode& node) {
  const std::string& name = node.name();
  if (name.empty()) {
    return absl::InvalidArgumentError("a node of the graph has no name");
  }
  bool utf8 = is_valid_utf8(name) && is_valid_utf8(node.op()) &&
              is_valid_utf8(node.device());
  for (const auto& attribute : node.attributes()) {
    utf8 = utf8 && is_valid_utf8(attribute.name);
  }
  if (!utf8) {
    return bad_node(node,
                    "has a name, an op, a device or an attribute's name that "
                    "is not UTF-8");
  }
  if (name[0] == '^' || name.find(':') != std::string::npos) {
    return bad_node(node,
                    "has a ':' in its name or begins with '^', which have "
                    "another meaning in the inputs of nodes");
  }
  if (name[0] == '/') {
    return bad_node(node, "begins with '/', of which the page draws nothing");
  }
  return absl::OkStatus();
}

// The node that an input names; empty where it is none of "node", "node:1",
// "^node", or names one that no graph can have.
std::string_view source_of(std::string_view input) {
  if (!input.empty() && input[0] == '^') input.remove_prefix(1);
  if (!input.empty() && input[0] == '/') return {};
  const size_t colon = input.find(':');
  if (colon == std::string_view::npos) return input;
  const std::string_view number = input.substr(colon + 1);
  const bool digits = !number.empty() &&
                      std::all_of(number.begin(), number.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  return digits ? input.substr(0, colon) : std::string_view();
}

void put_node(
    std::string& graph_def, std::string_view name, std::string_view op,
    const std::vector<std::string>& inputs, std::string_view device,
    const std::vector<std::pair<std::string_view, std::string>>& attributes) {
  std::string out;
  wire::put_bytes(out, kName, name);
  wire::put_bytes(out, kOp, op);
  for (const std::string& input : inputs) {
    wire::put_bytes_always(out, kInput, input);
  }
  wire::put_bytes(out, kDevice, device);
  std::string entry;
  for (const auto& [key, value] : attributes) {
    entry.clear();
    wire::put_bytes_always(entry, kMapKey, key);
    wire::put_bytes_always(entry, kMapValue, value);
    wire::put_bytes_always(out, kAttr, entry);
  }
  wire::put_bytes_always(graph_def, kGraphNode, out);
}

// By name, as the generated classes order a map where they must be
// deterministic.
std::vector<std::pair<std::string_view, std::string>> encode_attributes(
    const GraphNode& node) {
  std::vector<std::pair<std::string_view, std::string>> attributes;
  bool shapes = !node.outputs().empty();
  bool types = std::any_of(node.outputs().begin(), node.outputs().end(),
                           [](const auto& out) { return out.type.known(); });
  for (const auto& [name, value] : node.attributes()) {
    shapes = shapes && name != kOutputShapes;
    types = types && name != kOutputTypes;
    attributes.emplace_back(name, encode_attribute(value));
  }
  if (shapes) {
    std::vector<GraphShape> list;
    for (const auto& output : node.outputs()) list.push_back(output.shape);
    attributes.emplace_back(kOutputShapes, encode_attribute(list));
  }
  if (types) {
    std::vector<GraphType> list;
    for (const auto& output : node.outputs()) list.push_back(output.type);
    attributes.emplace_back(kOutputTypes, encode_attribute(list));
  }
  std::sort(attributes.begin(), attributes.end());
  return attributes;
}

}  // namespace

absl::StatusOr<EncodedGraph> encode_graph(const Graph& graph) {
  if (graph.empty()) {
    return absl::InvalidArgumentError("the graph has no nodes");
  }
  absl::flat_hash_set<absl::string_view> names;
  for (const GraphNode& node : graph.nodes()) {
    if (absl::Status status = check_node(node); !status.ok()) return status;
    if (!names.insert(node.name()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two nodes have the name ", quoted(node.name()),
                       "; each needs a name of its own"));
    }
  }
  EncodedGraph encoded;
  size_t missing = 0;
  for (const GraphNode& node : graph.nodes()) {
    for (const std::string& input : node.inputs()) {
      const std::string_view source = source_of(input);
      if (source.empty() || !is_valid_utf8(source)) {
        return bad_node(node, absl::StrCat("has the input ", quoted(input),
                                           "; expected \"node\", \"node:1\" "
                                           "or \"^node\", in UTF-8"));
      }
      if (!names.insert(to_absl(source)).second) continue;
      put_node(encoded.graph_def, source, "Placeholder", {}, "", {});
      if (missing++ > 0) continue;
      encoded.remark =
          absl::StrCat("node ", quoted(node.name()), " has the input ",
                       quoted(input), ", which names no node");
    }
  }
  if (missing > 0) {
    absl::StrAppend(&encoded.remark, missing > 1 ? ", and so have others" : "",
                    ": drawn as a Placeholder");
  }
  for (const GraphNode& node : graph.nodes()) {
    put_node(encoded.graph_def, node.name(), node.op(), node.inputs(),
             node.device(), encode_attributes(node));
  }
  return encoded;
}

}  // namespace tblog::internal
