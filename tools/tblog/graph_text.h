// SPDX-License-Identifier: Apache-2.0
//
// Graphs as an indented tree: a model's parts by the slashes in their names.

#ifndef TBLOG_TOOLS_TBLOG_GRAPH_TEXT_H_
#define TBLOG_TOOLS_TBLOG_GRAPH_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tblog/graph_value.h"

namespace tblog::tool {

// "[?, 8, 8]", "?" where not even the rank is known.
std::string shape_text(const GraphDefValue::Shape& shape);
// The shapes of a node's outputs, "" where none is said.
std::string shapes_text(const std::vector<GraphDefValue::Shape>& shapes);

// "12 nodes, 1 function".
std::string graph_size_text(const GraphDefValue& graph);

// How often each operation occurs, the most frequent first: "Conv2D 3, Relu 2".
// At most `most` of them.
std::string op_counts_text(const std::vector<GraphDefValue::Node>& nodes,
                           size_t most);

// A line a node or part, printable: name, operation, inputs, shapes; of a part
// that is left closed the number of its nodes. At most about `max_lines`, by
// closing the innermost parts first.
std::vector<std::string> graph_tree(const GraphDefValue& graph,
                                    size_t max_lines);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_GRAPH_TEXT_H_
