// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/graph_text.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "tools/tblog/display_text.h"
#include "tools/tblog/number.h"

namespace tblog::tool {
namespace {

constexpr int kMaxLevels = 32;  // names nest as deep as their writer likes
constexpr size_t kShownInputs = 6;
constexpr size_t kShownOps = 4;  // of a part

// A node, a part that holds others, or both: "a" beside "a/b".
struct Part {
  std::string name;
  const GraphDefValue::Node* node = nullptr;
  std::vector<std::unique_ptr<Part>> parts;  // in the order of the graph
  std::map<std::string_view, Part*> by_name;

  Part& child(std::string_view child_name) {
    Part*& found = by_name[child_name];
    if (found == nullptr) {
      parts.push_back(std::make_unique<Part>());
      found = parts.back().get();
      found->name = std::string(child_name);
    }
    return *found;
  }
};

// Adds the nodes below `root`; views of their names stay in it.
void add_nodes(const std::vector<GraphDefValue::Node>& nodes, Part& root) {
  for (const GraphDefValue::Node& node : nodes) {
    std::string_view rest = node.name;
    Part* at = &root;
    for (int level = 0; level < kMaxLevels; ++level) {
      const size_t slash = rest.find('/');
      if (slash == std::string_view::npos) break;
      at = &at->child(rest.substr(0, slash));
      rest.remove_prefix(slash + 1);
    }
    Part& leaf = at->child(rest);
    if (leaf.node == nullptr) {
      leaf.node = &node;
    } else {  // names are unique, but for damage
      at->parts.push_back(std::make_unique<Part>());
      at->parts.back()->name = std::string(rest);
      at->parts.back()->node = &node;
    }
  }
}

void collect_nodes(const Part& part,
                   std::vector<const GraphDefValue::Node*>& nodes) {
  if (part.node != nullptr) nodes.push_back(part.node);
  for (const auto& child : part.parts) collect_nodes(*child, nodes);
}

// Lines of the parts down to that level.
size_t lines_to(const Part& part, int levels) {
  size_t lines = 0;
  for (const auto& child : part.parts)
    lines += 1 + (levels > 1 ? lines_to(*child, levels - 1) : 0);
  return lines;
}

std::string op_counts(const std::vector<const GraphDefValue::Node*>& nodes,
                      size_t most) {
  std::map<std::string_view, size_t> counts;
  for (const GraphDefValue::Node* node : nodes) ++counts[node->op];
  std::vector<std::pair<std::string_view, size_t>> sorted(counts.begin(),
                                                          counts.end());
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (size_t i = 0; i < sorted.size(); ++i) {
    text += i > 0 ? ", " : "";
    if (i == most)
      return text + std::to_string(sorted.size() - most) + " others";
    text +=
        sorted[i].first.empty() ? "(no operation)" : printable(sorted[i].first);
    if (sorted[i].second > 1) text += " " + std::to_string(sorted[i].second);
  }
  return text;
}

std::string node_text(const GraphDefValue::Node& node) {
  std::string text = "  " + printable(node.op);
  if (!node.inputs.empty()) {
    text += " (";
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      text += i > 0 ? ", " : "";
      if (i == kShownInputs) {
        text += std::to_string(node.inputs.size() - i) + " others";
        break;
      }
      text += printable(node.inputs[i]);
    }
    text += ")";
  }
  if (!node.output_shapes.empty())
    text += "  " + shapes_text(node.output_shapes);
  if (!node.device.empty()) text += "  on " + printable(node.device);
  return text;
}

void print_part(const Part& part, int levels, const std::string& indent,
                std::vector<std::string>& lines) {
  for (const auto& child : part.parts) {
    std::string line = indent + printable(child->name);
    if (!child->parts.empty()) line += '/';
    if (child->node != nullptr) line += node_text(*child->node);
    if (!child->parts.empty()) {
      std::vector<const GraphDefValue::Node*> nodes;
      for (const auto& inner : child->parts) collect_nodes(*inner, nodes);
      line += "  " + format_count(nodes.size(), "node") + ": " +
              op_counts(nodes, kShownOps);
    }
    lines.push_back(std::move(line));
    if (levels > 1) print_part(*child, levels - 1, indent + "  ", lines);
  }
}

// The tree of `nodes`, open as far as that many lines allow.
void print_tree(const std::vector<GraphDefValue::Node>& nodes,
                const std::string& indent, size_t max_lines,
                std::vector<std::string>& lines) {
  Part root;
  add_nodes(nodes, root);
  int levels = 1;
  while (levels <= kMaxLevels && lines_to(root, levels + 1) <= max_lines)
    ++levels;
  print_part(root, levels, indent, lines);
}

}  // namespace

std::string shape_text(const GraphDefValue::Shape& shape) {
  if (!shape) return "?";
  std::string text = "[";
  for (const int64_t size : *shape)
    text += (text.size() > 1 ? ", " : "") +
            (size < 0 ? std::string("?") : std::to_string(size));
  return text + "]";
}

std::string shapes_text(const std::vector<GraphDefValue::Shape>& shapes) {
  std::string text;
  for (const GraphDefValue::Shape& shape : shapes)
    text += (text.empty() ? "" : " ") + shape_text(shape);
  return text;
}

std::string graph_size_text(const GraphDefValue& graph) {
  return format_count(graph.nodes.size(), "node") +
         (graph.functions.empty()
              ? ""
              : ", " + format_count(graph.functions.size(), "function"));
}

std::string op_counts_text(const std::vector<GraphDefValue::Node>& nodes,
                           size_t most) {
  std::vector<const GraphDefValue::Node*> pointers;
  for (const GraphDefValue::Node& node : nodes) pointers.push_back(&node);
  return op_counts(pointers, most);
}

std::vector<std::string> graph_tree(const GraphDefValue& graph,
                                    size_t max_lines) {
  std::vector<std::string> lines;
  print_tree(graph.nodes, "", max_lines, lines);
  for (const GraphDefValue::Function& function : graph.functions) {
    std::string line = "function " + printable(function.name) + "(";
    for (size_t i = 0; i < function.arguments.size(); ++i)
      line += (i > 0 ? ", " : "") + printable(function.arguments[i]);
    lines.push_back(line + ")  " + format_count(function.nodes.size(), "node") +
                    ": " + op_counts_text(function.nodes, kShownOps));
    const size_t left = max_lines - std::min(max_lines, lines.size());
    if (left > 0) print_tree(function.nodes, "  ", left, lines);
  }
  if (lines.size() > max_lines + 1) {
    const size_t more = lines.size() - max_lines;
    lines.resize(max_lines);
    lines.push_back(std::to_string(more) + " more lines");
  }
  return lines;
}

}  // namespace tblog::tool
