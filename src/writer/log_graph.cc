// SPDX-License-Identifier: Apache-2.0
//
// The public calls of graphs: events that are no summary, which TensorBoard's
// readers make series of.

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/event_encoder.h"
#include "src/graph/graph_encoder.h"
#include "src/graph/message_check.h"
#include "src/writer/core.h"
#include "src/writer/log_value.h"
#include "tblog/graph.h"
#include "tblog/summary_writer.h"

namespace tblog {

using internal::Cause;
using internal::DataClass;
using internal::EventField;
using internal::Kind;
using internal::Run;

namespace {

constexpr Kind kGraphKind{"graphs", DataClass::kBlobSequence};
// The tag that TensorBoard's readers give to a run's graph.
constexpr std::string_view kRunGraph = "__run_graph__";

// `encode()` gives the GraphDef or says why there is none.
template <class Encode>
void log_graph(Run& run, At at, Encode&& encode) noexcept {
  internal::guarded(run, [&] {
    if (!run.core.admits(run, kRunGraph, kGraphKind, at)) return;
    const auto graph_def = encode();
    if (!graph_def.ok())
      return run.core.refuse(run, Cause::kInvalidValue, kRunGraph,
                             graph_def.status().message());
    run.core.log_event(
        run, {EventField::kGraphDef, *graph_def, kRunGraph, &kGraphKind}, at);
  });
}

}  // namespace

void SummaryWriter::graph(const Graph& graph, At at) noexcept {
  if (run_ == nullptr) return;
  log_graph(*run_, at, [&]() -> absl::StatusOr<std::string> {
    absl::StatusOr<internal::EncodedGraph> encoded =
        internal::encode_graph(graph);
    if (!encoded.ok()) return encoded.status();
    if (!encoded->remark.empty())
      run_->core.remark(*run_, Cause::kMissingNode, kRunGraph, encoded->remark);
    return std::move(encoded->graph_def);
  });
}

void SummaryWriter::graph(GraphDefBytes graph_def, At at) noexcept {
  if (run_ == nullptr) return;
  log_graph(*run_, at, [&]() -> absl::StatusOr<std::string_view> {
    const absl::Status status = internal::check_graph_def(graph_def.encoded);
    if (!status.ok()) return status;
    return graph_def.encoded;
  });
}

}  // namespace tblog
