// SPDX-License-Identifier: Apache-2.0
//
// What a model that nobody trusts may cost: its parts, how deep they nest, and
// the names that are made for it. One thread.

#ifndef TBLOG_SRC_GRAPH_ONNX_BUDGET_H_
#define TBLOG_SRC_GRAPH_ONNX_BUDGET_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/graph/onnx_model.h"

namespace tblog::internal {

class OnnxBudget {
 public:
  // parse_onnx_graph() and parse_onnx_attribute(), as long as the model has
  // not cost too much. Errors: also ResourceExhausted.
  absl::StatusOr<OnnxGraph> parse_graph(std::string_view bytes, int depth);
  absl::StatusOr<std::vector<OnnxAttribute>> parse_attributes(
      const OnnxNode& node);

  // Counts the bytes of a name. Errors: ResourceExhausted.
  absl::Status take_name(size_t bytes);

 private:
  size_t items_ = 0;  // nodes, their inputs, values, …
  size_t name_bytes_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_BUDGET_H_
