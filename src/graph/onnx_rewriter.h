// SPDX-License-Identifier: Apache-2.0
//
// OnnxRewriter: graphs of an ONNX model, encoded anew with what is chosen of
// them given out. One thread.

#ifndef TBLOG_SRC_GRAPH_ONNX_REWRITER_H_
#define TBLOG_SRC_GRAPH_ONNX_REWRITER_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "src/graph/onnx_budget.h"
#include "src/graph/onnx_lift.h"
#include "src/graph/onnx_names.h"
#include "src/graph/onnx_selection.h"

namespace tblog::internal {

class OnnxRewriter {
 public:
  // A graph with all that its bodies give out, but not yet what it gives out
  // itself.
  struct Rewritten {
    std::string bytes;
    std::vector<OnnxExposed> exposed;
    std::vector<OnnxType> outputs;  // types of those that it had
    std::set<size_t> chosen;        // those of them that are chosen; of a body
  };

  // What is chosen and cannot be given out goes to `left_out`.
  OnnxRewriter(const OnnxTapOptions& options, OnnxSelection& selection,
               OnnxNames& names, std::vector<OnnxTap::LeftOut>& left_out)
      : options_(options),
        selection_(selection),
        names_(names),
        left_out_(left_out) {}

  // Of the model's own graph.
  absl::StatusOr<Rewritten> rewrite(std::string_view graph) {
    return rewrite(graph, nullptr, "", 0);
  }

 private:
  // The types of a graph's values, which the bodies in it see too.
  struct Scope {
    const Scope* outer = nullptr;
    absl::flat_hash_map<absl::string_view, OnnxType> types;

    OnnxType find(std::string_view name) const;
    void add(const std::vector<OnnxValue>& values);
  };
  struct Graph;
  struct Node;

  absl::StatusOr<Rewritten> rewrite(std::string_view bytes, const Scope* outer,
                                    const std::string& path, int depth);
  absl::Status rewrite_node(const OnnxNode& node, size_t n, Graph& graph,
                            Rewritten& made);
  absl::Status rewrite_bodies(const Graph& graph, Node& node);
  absl::Status choose_outputs(const Node& node, Graph& graph, Rewritten& made);
  void give_out(OnnxTap::Value value, Graph& graph, Rewritten& made);
  void leave_out(const OnnxTap::Value& value, std::string why);

  const OnnxTapOptions& options_;
  OnnxSelection& selection_;
  OnnxNames& names_;
  OnnxBudget budget_;
  std::vector<OnnxTap::LeftOut>& left_out_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_GRAPH_ONNX_REWRITER_H_
