// SPDX-License-Identifier: Apache-2.0
//
// All graphs of an ONNX model: its own and the bodies of its nodes, however
// deep. One thread.

#ifndef TBLOG_SRC_GRAPH_ONNX_WALK_H_
#define TBLOG_SRC_GRAPH_ONNX_WALK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "src/graph/onnx_budget.h"
#include "src/graph/onnx_model.h"

namespace tblog::internal {

inline bool is_onnx_constant(const OnnxNode& node) {
  return node.op_type == "Constant";
}

// Whether the operator is one of ONNX's own.
inline bool is_onnx_standard(const OnnxNode& node) {
  return node.domain.empty() || node.domain == "ai.onnx";
}

// What comes before the names of values in a body of the node:
// "If_0/then_branch/". `path`: of the node itself.
std::string onnx_body_path(std::string_view path, const OnnxNode& node,
                           std::string_view attribute);

// The indices of nodes: those of the model's own graph, without constants.
class OnnxNodeIndex {
 public:
  explicit OnnxNodeIndex(bool is_body) : is_body_(is_body) {}
  // Of the next node in the graph's order.
  std::optional<int64_t> next(const OnnxNode& node) {
    if (is_body_ || is_onnx_constant(node)) return std::nullopt;
    return count_++;
  }

 private:
  bool is_body_;
  int64_t count_ = 0;
};

class OnnxVisitor {
 public:
  virtual ~OnnxVisitor() = default;
  // A graph, before its nodes.
  virtual void graph(const OnnxGraph&) {}
  // A node, before its bodies.
  virtual absl::Status node(const OnnxNode& node, const std::string& path,
                            std::optional<int64_t> index) = 0;
  virtual void attribute(const OnnxAttribute&) {}
};

// Errors: of parsing, of the budget, of the visitor.
absl::Status walk_onnx(std::string_view graph, OnnxBudget& budget,
                       OnnxVisitor& visitor);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_WALK_H_
