// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "src/event/wire_reader.h"
#include "src/graph/onnx_edit.h"
#include "src/graph/onnx_model.h"
#include "src/graph/onnx_names.h"
#include "src/graph/onnx_rewriter.h"
#include "src/graph/onnx_selection.h"
#include "src/graph/onnx_walk.h"
#include "tblog/onnx.h"

namespace tblog {
namespace internal {
namespace {

constexpr size_t kMaxModelBytes = (size_t{1} << 31) - 1;

size_t count_graphs(std::string_view model) {
  size_t count = 0;
  wire::WireReader reader(model);
  while (reader.next())
    count += reader.is(kOnnxModelGraph, wire::kBytes) ? 1 : 0;
  return count;
}

// What is chosen of the model before its optimiser, and is gone.
class RemovedFinder : public OnnxVisitor {
 public:
  RemovedFinder(const OnnxTapOptions& options, const OnnxNames& names,
                OnnxSelection& selection, OnnxBudget& budget, OnnxTap& tap)
      : options_(options),
        names_(names),
        selection_(selection),
        budget_(budget),
        tap_(tap) {}

  // No index: those are of nodes of the model that there is.
  absl::Status node(const OnnxNode& node, const std::string& path,
                    std::optional<int64_t>) override {
    if (is_onnx_constant(node) && !options_.constants) return absl::OkStatus();
    for (const std::string_view name : node.outputs) {
      if (name.empty() || names_.contains(name)) continue;
      const std::string inner = path + std::string(name);
      if (absl::Status status = budget_.take_name(inner.size()); !status.ok())
        return status;
      if (!selection_.has({name, node.name, inner})) continue;
      tap_.removed.push_back({std::string(name), std::string(node.name),
                              std::string(node.op_type),
                              "the optimiser removed it"});
    }
    return absl::OkStatus();
  }

 private:
  const OnnxTapOptions& options_;
  const OnnxNames& names_;
  OnnxSelection& selection_;
  OnnxBudget& budget_;
  OnnxTap& tap_;
};

absl::Status find_removed(const OnnxTapOptions& options, const OnnxNames& names,
                          OnnxSelection& selection, OnnxTap& tap) {
  const absl::StatusOr<std::string_view> graph =
      find_onnx_graph(options.before);
  if (!graph.ok()) return graph.status();
  OnnxBudget budget;
  RemovedFinder finder(options, names, selection, budget, tap);
  return walk_onnx(*graph, budget, finder);
}

// Appends the outputs to the model's graph and puts it in its place.
absl::Status encode(std::string_view model, size_t graph_bytes,
                    OnnxRewriter::Rewritten& graph, OnnxTap& tap) {
  for (const OnnxExposed& one : graph.exposed) {
    tap.values.push_back(one.value);
    if (!one.value.added) continue;
    if (one.info.empty())
      append_graph_output(graph.bytes, one.value.name, one.type.element,
                          one.type.rank.dims);
    else
      append_graph_output(graph.bytes, one.info);
  }
  if (model.size() - graph_bytes + graph.bytes.size() > kMaxModelBytes) {
    return absl::ResourceExhaustedError(
        "the ONNX model with its new outputs would have 2 GiB and more");
  }
  tap.model =
      replace_fields(model, kOnnxModelGraph, {{0, std::move(graph.bytes)}});
  return absl::OkStatus();
}

absl::Status tap(std::string_view model, const OnnxTapOptions& options,
                 OnnxTap& tap) {
  const absl::StatusOr<std::string_view> graph = find_onnx_graph(model);
  if (!graph.ok()) return graph.status();
  if (count_graphs(model) != 1)
    return absl::InvalidArgumentError("the ONNX model has several graphs");
  absl::StatusOr<OnnxNames> names = OnnxNames::of(*graph);
  if (!names.ok()) return names.status();
  tap.external_files = names->external_files();
  absl::StatusOr<OnnxSelection> selection =
      OnnxSelection::make(options.layers, names->indexed_nodes());
  if (!selection.ok()) return selection.status();
  if (!options.before.empty()) {
    absl::Status status = find_removed(options, *names, *selection, tap);
    if (!status.ok()) return status;
  }
  OnnxRewriter rewriter(options, *selection, *names, tap.left_out);
  auto made = rewriter.rewrite(*graph);
  if (!made.ok()) return made.status();
  tap.unmatched = selection->unmatched();
  return encode(model, graph->size(), *made, tap);
}

}  // namespace
}  // namespace internal

absl::StatusOr<OnnxTap> tap_onnx(std::string_view model,
                                 const OnnxTapOptions& options) {
  OnnxTap tap;
  absl::Status status = internal::tap(model, options, tap);
  if (!status.ok()) return status;
  return tap;
}

std::optional<DType> onnx_dtype(int data_type) {
  using D = std::optional<DType>;
  constexpr D kNone;
  // From 0 on; 18 and 20 are the kinds of 8-bit floats without zero's sign.
  constexpr D kTypes[] = {kNone,
                          DType::kFloat32,
                          DType::kUint8,
                          DType::kInt8,
                          DType::kUint16,
                          DType::kInt16,
                          DType::kInt32,
                          DType::kInt64,
                          kNone,
                          DType::kBool,
                          DType::kFloat16,
                          DType::kFloat64,
                          DType::kUint32,
                          DType::kUint64,
                          DType::kComplex64,
                          DType::kComplex128,
                          DType::kBFloat16,
                          DType::kFloat8E4M3,
                          kNone,
                          DType::kFloat8E5M2};
  if (data_type < 0 || static_cast<size_t>(data_type) >= std::size(kTypes))
    return std::nullopt;
  return kTypes[data_type];
}

}  // namespace tblog
