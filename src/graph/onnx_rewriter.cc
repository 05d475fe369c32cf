// SPDX-License-Identifier: Apache-2.0

#include "src/graph/onnx_rewriter.h"

#include <utility>

#include "src/base/strings.h"
#include "src/event/wire_reader.h"
#include "src/graph/onnx_edit.h"
#include "src/graph/onnx_ranks.h"
#include "src/graph/onnx_walk.h"

namespace tblog::internal {

// A graph that is being rewritten.
struct OnnxRewriter::Graph {
  std::string_view bytes;
  const std::string& path;  // "" for the model's own
  int depth;
  OnnxGraph parsed;
  Scope scope;
  // Index of each output.
  absl::flat_hash_map<absl::string_view, size_t> outputs;
  // Of value_info and node, encoded.
  absl::flat_hash_map<absl::string_view, std::string_view> infos;
  std::vector<std::string_view> encoded_nodes;
  OnnxNodeIndex index;
  std::map<size_t, std::string> new_nodes;
  absl::flat_hash_set<absl::string_view> given_out;

  bool is_body() const { return depth > 0; }

  void find_encoded() {
    constexpr uint32_t kValueInfo = 13;
    constexpr uint32_t kName = 1;
    wire::WireReader reader(bytes);
    while (reader.next()) {
      if (reader.is(kOnnxGraphNode, wire::kBytes))
        encoded_nodes.push_back(reader.bytes());
      if (!reader.is(kValueInfo, wire::kBytes)) continue;
      wire::WireReader value(reader.bytes());
      while (value.next()) {
        if (value.is(kName, wire::kBytes))
          infos.insert_or_assign(to_absl(value.bytes()), reader.bytes());
      }
    }
  }
};

struct OnnxRewriter::Node {
  const OnnxNode& parsed;
  std::vector<OnnxAttribute> attributes = {};
  std::map<size_t, std::string> new_attributes = {};
  std::vector<OnnxExposed> exposed = {};
  // Of the outputs that it had, where its bodies say them.
  std::vector<OnnxType> types = {};
  // Of these outputs, those that are chosen as a body's.
  std::set<size_t> chosen = {};

  std::string encode(std::string_view before) const {
    std::string node =
        replace_fields(before, kOnnxNodeAttribute, new_attributes);
    // Outputs that the node leaves out at the end stand before the new ones.
    for (size_t i = parsed.outputs.size(); i < types.size(); ++i)
      append_node_output(node, "");
    for (const OnnxExposed& one : exposed)
      append_node_output(node, one.value.name);
    return node;
  }
};

OnnxType OnnxRewriter::Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
    const auto known = scope->types.find(to_absl(name));
    if (known != scope->types.end()) return known->second;
  }
  return {};
}

void OnnxRewriter::Scope::add(const std::vector<OnnxValue>& values) {
  for (const OnnxValue& value : values) {
    if (value.element == 0 && !value.is_sequence) continue;
    types.insert_or_assign(
        to_absl(value.name),
        OnnxType{value.element, value.is_sequence, rank_of(value.shape)});
  }
}

absl::StatusOr<OnnxRewriter::Rewritten> OnnxRewriter::rewrite(
    std::string_view bytes, const Scope* outer, const std::string& path,
    int depth) {
  absl::StatusOr<OnnxGraph> parsed = budget_.parse_graph(bytes, depth);
  if (!parsed.ok()) return parsed.status();
  Graph graph{bytes, path, depth, *std::move(parsed),       {outer, {}},
              {},    {},   {},    OnnxNodeIndex(depth > 0), {},
              {}};
  for (const auto* list : {&graph.parsed.initializers, &graph.parsed.inputs,
                           &graph.parsed.value_infos, &graph.parsed.outputs})
    graph.scope.add(*list);
  for (size_t i = 0; i < graph.parsed.outputs.size(); ++i)
    graph.outputs.emplace(to_absl(graph.parsed.outputs[i].name), i);
  graph.find_encoded();

  Rewritten made;
  for (size_t i = 0; i < graph.parsed.nodes.size(); ++i) {
    absl::Status status = rewrite_node(graph.parsed.nodes[i], i, graph, made);
    if (!status.ok()) return status;
  }
  made.bytes = replace_fields(bytes, kOnnxGraphNode, graph.new_nodes);
  for (const OnnxValue& output : graph.parsed.outputs)
    made.outputs.push_back(graph.scope.find(output.name));
  return made;
}

absl::Status OnnxRewriter::rewrite_node(const OnnxNode& parsed, size_t n,
                                        Graph& graph, Rewritten& made) {
  auto attributes = budget_.parse_attributes(parsed);
  if (!attributes.ok()) return attributes.status();
  Node node{parsed, *std::move(attributes)};
  absl::Status status = rewrite_bodies(graph, node);
  if (!status.ok()) return status;

  std::vector<OnnxType> inputs;
  for (const std::string_view input : parsed.inputs)
    inputs.push_back(graph.scope.find(input));
  for (size_t i = 0; i < parsed.outputs.size(); ++i) {
    OnnxType type = i < node.types.size()
                        ? node.types[i]
                        : output_type(parsed, node.attributes, inputs, i);
    if (i >= node.types.size())
      type.rank = output_rank(parsed, node.attributes, inputs, i);
    graph.scope.types.emplace(to_absl(parsed.outputs[i]), type);
  }

  status = choose_outputs(node, graph, made);
  if (!status.ok() || node.new_attributes.empty()) return status;
  graph.new_nodes.emplace(n, node.encode(graph.encoded_nodes[n]));
  for (OnnxExposed& one : node.exposed) made.exposed.push_back(std::move(one));
  return absl::OkStatus();
}

absl::Status OnnxRewriter::choose_outputs(const Node& node, Graph& graph,
                                          Rewritten& made) {
  const std::optional<int64_t> index = graph.index.next(node.parsed);
  for (size_t i = 0; i < node.parsed.outputs.size(); ++i) {
    const std::string_view name = node.parsed.outputs[i];
    if (name.empty()) continue;
    if (is_onnx_constant(node.parsed) && !options_.constants) continue;
    const std::string path = graph.path + std::string(name);
    if (graph.is_body()) {
      absl::Status status = budget_.take_name(path.size());
      if (!status.ok()) return status;
    }
    const bool chosen = selection_.has({name, node.parsed.name, path, index});
    if (!chosen && !node.chosen.contains(i)) continue;
    if (!graph.given_out.insert(to_absl(name)).second) continue;
    give_out({.name = std::string(name),
              .value = std::string(name),
              .node = std::string(node.parsed.name),
              .op_type = std::string(node.parsed.op_type)},
             graph, made);
  }
  return absl::OkStatus();
}

void OnnxRewriter::give_out(OnnxTap::Value value, Graph& graph,
                            Rewritten& made) {
  const auto output = graph.outputs.find(to_absl(value.name));
  value.added = output == graph.outputs.end();
  if (!value.added && graph.is_body()) {
    made.chosen.insert(output->second);  // and comes out of the node already
    return;
  }
  if (to_valid_utf8(value.name) != value.name) {
    leave_out(value, "its name is not valid UTF-8");
    return;
  }
  const OnnxType type = graph.scope.find(value.name);
  if (type.is_sequence) {
    leave_out(value, "it is a sequence, a map or an optional, no tensor");
    return;
  }
  const auto info = graph.infos.find(to_absl(value.name));
  made.exposed.push_back(
      {std::move(value), type,
       info == graph.infos.end() ? std::string_view() : info->second});
}

absl::Status OnnxRewriter::rewrite_bodies(const Graph& graph, Node& node) {
  std::vector<OnnxBody> bodies;
  std::vector<Rewritten> made;
  for (size_t i = 0; i < node.attributes.size(); ++i) {
    const OnnxAttribute& attribute = node.attributes[i];
    if (attribute.graphs.empty()) continue;
    const std::string path =
        onnx_body_path(graph.path, node.parsed, attribute.name);
    if (absl::Status status = budget_.take_name(path.size()); !status.ok())
      return status;
    for (const std::string_view body : attribute.graphs) {
      auto rewritten = rewrite(body, &graph.scope, path, graph.depth + 1);
      if (!rewritten.ok()) return rewritten.status();
      bodies.push_back({i, std::string(attribute.name), {}, {}});
      made.push_back(*std::move(rewritten));
    }
  }
  if (bodies.empty()) return absl::OkStatus();

  const OnnxControl control = onnx_control(node.parsed, bodies);
  // The body of a Loop gives first whether it goes on, which the Loop does not.
  const size_t first = control == OnnxControl::kLoop ? 1 : 0;
  bool any = false;
  for (size_t b = 0; b < bodies.size(); ++b) {
    bodies[b].bytes = std::move(made[b].bytes);
    for (OnnxExposed& one : made[b].exposed) {
      const std::string why = why_not_lifted(node.parsed, node.attributes, one,
                                             control, options_.loops);
      if (!why.empty()) {
        leave_out(one.value, why);
        continue;
      }
      bodies[b].kept.push_back(std::move(one));
      any = true;
    }
    if (control == OnnxControl::kOther) continue;
    for (const size_t output : made[b].chosen) {
      if (output >= first) node.chosen.insert(output - first);
    }
  }
  if (control == OnnxControl::kOther) return absl::OkStatus();
  const std::vector<OnnxType>& types = made[0].outputs;
  for (size_t i = first; i < types.size(); ++i) {
    node.types.push_back(types[i]);
    node.types.back().rank = {};  // the other branch may have another
  }
  if (!any) return absl::OkStatus();

  for (const OnnxBody& body : bodies) {
    for (const OnnxExposed& one : body.kept) {
      absl::Status status = budget_.take_name(
          bodies.size() * (one.value.name.size() + graph.path.size()) +
          node.parsed.name.size());
      if (!status.ok()) return status;
    }
  }
  node.exposed = lift_onnx(node.parsed, control, names_, bodies);
  for (const OnnxBody& body : bodies) {
    node.new_attributes.emplace(
        body.attribute, replace_fields(node.parsed.attributes[body.attribute],
                                       kOnnxAttributeGraph, {{0, body.bytes}}));
  }
  return absl::OkStatus();
}

void OnnxRewriter::leave_out(const OnnxTap::Value& value, std::string why) {
  left_out_.push_back({value.value, value.node, value.op_type, std::move(why)});
}

}  // namespace tblog::internal
