// SPDX-License-Identifier: Apache-2.0
//
// The graph of an ONNX model, for TensorBoard's Graphs page. Links nothing of
// ONNX or protobuf.
//
//   absl::StatusOr<tblog::Graph> graph = tblog::graph_from_onnx(model_bytes);
//   if (graph.ok()) writer.graph(*graph);

#ifndef TBLOG_ONNX_GRAPH_H_
#define TBLOG_ONNX_GRAPH_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "tblog/export.h"
#include "tblog/graph.h"

namespace tblog {

// The graph of the encoded ModelProto `model`, which may come from anywhere.
//
// Nodes keep their names, '/' making scopes; where a name is empty, repeated or
//   not what a Graph allows, it is mended ("Conv", "Conv_1"). Inputs are nodes
//   of op Placeholder, outputs of op Identity, initializers and constants of op
//   Const. The bodies of If, Loop and Scan are scopes within their node. Shapes
//   and types are those of value_info; names of dimensions count as unknown.
//   Attributes are kept, tensors as "float [3, 3]". Weights are not looked at,
//   and neither are external data and model-local functions.
// Thread safety: thread-safe.
// Cost: one pass over the bytes; memory for the graph alone.
// Errors: InvalidArgument for bytes that are no ONNX model; ResourceExhausted
//   for more than 250,000 nodes, bodies that nest deeper than 32, or a graph
//   above 64 MiB.
TBLOG_EXPORT absl::StatusOr<Graph> graph_from_onnx(std::string_view model);

}  // namespace tblog

#endif  // TBLOG_ONNX_GRAPH_H_
