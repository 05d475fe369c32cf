// SPDX-License-Identifier: Apache-2.0
//
// Graphs, and how long their nodes took.

#include <algorithm>

#include "tools/tblog/display_text.h"
#include "tools/tblog/graph_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/table.h"
#include "tools/tblog/value_printer.h"

namespace tblog::tool {
namespace {

constexpr size_t kTreeLines = 100;
constexpr size_t kShownOps = 12;
constexpr size_t kShownNodes = 20;  // of run metadata

std::string micros_text(int64_t micros) {
  return format_value(static_cast<double>(micros) / 1000) + " ms";
}

struct DeviceNode {
  const RunMetadataValue::Node* node;
  const std::string* device;
};

}  // namespace

void print_graph(const Page& page, const GraphDefValue& value) {
  page.out << "    " << graph_size_text(value);
  if (!value.nodes.empty())
    page.out << ": " << op_counts_text(value.nodes, kShownOps);
  page.out << '\n';
  const size_t most = page.whole ? SIZE_MAX / 2 : kTreeLines;
  const auto width = static_cast<size_t>(page.terminal.width);
  for (const std::string& line : graph_tree(value, most))
    page.out << "    "
             << (width > 4 ? cut(line, width - 4, page.terminal.ellipsis())
                           : line)
             << '\n';
}

void print_run_metadata(const Page& page, const RunMetadataValue& value) {
  std::vector<DeviceNode> nodes;
  for (const RunMetadataValue::Device& device : value.devices) {
    for (const RunMetadataValue::Node& node : device.nodes)
      nodes.push_back({&node, &device.name});
  }
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](const DeviceNode& a, const DeviceNode& b) {
                     return a.node->total_micros > b.node->total_micros;
                   });
  page.out << "    " << format_count(nodes.size(), "node") << " on "
           << format_count(value.devices.size(), "device") << '\n';
  Table table({{.title = "NODE", .shorten = Shorten::kMiddle},
               {.title = "TIME", .align = Align::kRight},
               {.title = "COMPUTE", .align = Align::kRight, .expendable = 3},
               {.title = "MEMORY", .align = Align::kRight, .expendable = 2},
               {.title = "SHAPES", .shorten = Shorten::kEnd, .expendable = 1},
               {.title = "DEVICE",
                .shorten = Shorten::kMiddle,
                .style = Style::kDim,
                .expendable = 4}});
  const size_t shown =
      page.whole ? nodes.size() : std::min(nodes.size(), kShownNodes);
  for (size_t i = 0; i < shown; ++i) {
    const RunMetadataValue::Node& node = *nodes[i].node;
    const auto memory =
        static_cast<uint64_t>(std::max<int64_t>(node.memory_bytes, 0));
    table.add({printable(node.name), micros_text(node.total_micros),
               micros_text(node.compute_micros),
               memory > 0 ? format_bytes(memory) : "",
               shapes_text(node.output_shapes), printable(*nodes[i].device)});
  }
  if (!nodes.empty()) table.print(page.out, page.terminal, "    ");
  if (shown < nodes.size())
    page.print_dim("  " + std::to_string(nodes.size() - shown) +
                   " left out; all: --steps :");
  for (const GraphDefValue& graph : value.graphs) {
    page.out << "    graph that ran:\n";
    print_graph(page, graph);
  }
}

}  // namespace tblog::tool
