// SPDX-License-Identifier: Apache-2.0
//
// A Graph as TensorFlow's GraphDef, such that TensorBoard's page can draw it.

#ifndef TBLOG_SRC_GRAPH_GRAPH_ENCODER_H_
#define TBLOG_SRC_GRAPH_GRAPH_ENCODER_H_

#include <string>

#include "absl/status/statusor.h"
#include "tblog/graph.h"

namespace tblog::internal {

struct EncodedGraph {
  std::string graph_def;
  // What was drawn otherwise than it was given; empty: nothing.
  std::string remark;
};

// As SummaryWriter::graph() says. The same graph gives the same bytes.
// Errors: InvalidArgument.
absl::StatusOr<EncodedGraph> encode_graph(const Graph& graph);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_GRAPH_ENCODER_H_
