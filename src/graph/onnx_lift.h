// SPDX-License-Identifier: Apache-2.0
//
// Values in the bodies of a node become outputs of the node.

#ifndef TBLOG_SRC_GRAPH_ONNX_LIFT_H_
#define TBLOG_SRC_GRAPH_ONNX_LIFT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/graph/onnx_model.h"
#include "src/graph/onnx_names.h"
#include "src/graph/onnx_types.h"
#include "tblog/onnx.h"

namespace tblog::internal {

// A value that a graph is to give out, under its name there.
struct OnnxExposed {
  OnnxTap::Value value;
  OnnxType type;
  std::string_view info;  // its encoded ValueInfoProto, where there is one
};

// A body in which all is done but its own outputs.
struct OnnxBody {
  size_t attribute;               // of the node; its index
  std::string name;               // of that attribute
  std::string bytes;              // of the graph
  std::vector<OnnxExposed> kept;  // that are to come out of the node
};

// What the node does with its bodies.
enum class OnnxControl { kIf, kLoop, kScan, kOther };

OnnxControl onnx_control(const OnnxNode& node,
                         const std::vector<OnnxBody>& bodies);

// Why the value cannot come out of the node; empty: it can.
std::string why_not_lifted(const OnnxNode& node,
                           const std::vector<OnnxAttribute>& attributes,
                           const OnnxExposed& value, OnnxControl control,
                           bool loops);

// Gives each body the outputs that all of them must have then. Returns the
// node's new outputs under their names in the graph around it, in order.
std::vector<OnnxExposed> lift_onnx(const OnnxNode& node, OnnxControl control,
                                   OnnxNames& names,
                                   std::vector<OnnxBody>& bodies);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_LIFT_H_
