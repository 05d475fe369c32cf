// SPDX-License-Identifier: Apache-2.0
//
// The public calls of graphs and run metadata: mostly events that are no
// summary, which TensorBoard's readers make series of.

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/event_encoder.h"
#include "src/event/wire.h"
#include "src/graph/graph_encoder.h"
#include "src/graph/message_check.h"
#include "src/graph/run_metadata_encoder.h"
#include "src/summary/tensor_proto.h"
#include "src/writer/core.h"
#include "src/writer/log_value.h"
#include "tblog/graph.h"
#include "tblog/run_metadata.h"
#include "tblog/summary_writer.h"

namespace tblog {

using internal::Cause;
using internal::DataClass;
using internal::EncodedValue;
using internal::EventField;
using internal::Kind;
using internal::Run;

namespace {

constexpr Kind kGraphKind{"graphs", DataClass::kBlobSequence, {}, true};
// The tag that TensorBoard's readers give to a run's graph.
constexpr std::string_view kRunGraph = "__run_graph__";

// Times and memory alone; and those with a graph, which TensorBoard takes from
// a summary only, and with this content only.
constexpr Kind kTimesKind{"graph_tagged_run_metadata",
                          DataClass::kBlobSequence};
constexpr Kind kTimesAndGraphKind{"graph_run_metadata",
                                  DataClass::kBlobSequence, "1"};

// `encode()` gives the GraphDef or says why there is none.
template <class Encode>
void log_graph(Run& run, At at, Encode&& encode) {
  if (!run.core.admits(run, kRunGraph, kGraphKind, at)) return;
  const auto graph_def = encode();
  if (!graph_def.ok())
    return run.core.refuse(run, Cause::kInvalidValue, kRunGraph,
                           graph_def.status().message());
  run.core.log_event(
      run, {EventField::kGraphDef, *graph_def, kRunGraph, &kGraphKind}, at);
}

void log_run_metadata(Run& run, std::string_view tag, std::string_view bytes,
                      bool has_graph, At at) {
  if (has_graph) {
    const std::string tensor = internal::encode_string_list_tensor({bytes});
    const EncodedValue value{tag, &kTimesAndGraphKind, tensor};
    return run.core.log_values(run, {&value, 1}, at);
  }
  std::string tagged;  // TaggedRunMetadata{tag, run_metadata}
  internal::wire::put_bytes(tagged, 1, tag);
  internal::wire::put_bytes(tagged, 2, bytes);
  run.core.log_event(
      run, {EventField::kTaggedRunMetadata, tagged, tag, &kTimesKind}, at);
}

}  // namespace

void SummaryWriter::graph(const Graph& graph, At at) noexcept {
  internal::with_run(run_, [&](Run& run) {
    log_graph(run, at, [&]() -> absl::StatusOr<std::string> {
      absl::StatusOr<internal::EncodedGraph> encoded =
          internal::encode_graph(graph);
      if (!encoded.ok()) return encoded.status();
      if (!encoded->remark.empty())
        run.core.remark(run, Cause::kMissingNode, kRunGraph, encoded->remark);
      return std::move(encoded->graph_def);
    });
  });
}

void SummaryWriter::graph(GraphDefBytes graph_def, At at) noexcept {
  internal::with_run(run_, [&](Run& run) {
    log_graph(run, at, [&]() -> absl::StatusOr<std::string_view> {
      const absl::Status status = internal::check_graph_def(graph_def.encoded);
      if (!status.ok()) return status;
      return graph_def.encoded;
    });
  });
}

void SummaryWriter::run_metadata(std::string_view tag,
                                 const RunMetadata& metadata, At at) noexcept {
  internal::with_run(run_, [&](Run& run) {
    const bool has_graph = metadata.graph().has_value();
    const Kind& kind = has_graph ? kTimesAndGraphKind : kTimesKind;
    if (!run.core.admits(run, tag, kind, at)) return;
    const auto encoded = internal::encode_run_metadata(metadata);
    if (!encoded.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             encoded.status().message());
    if (!encoded->remark.empty())
      run.core.remark(run, Cause::kMissingNode, tag, encoded->remark);
    log_run_metadata(run, tag, encoded->run_metadata, has_graph, at);
  });
}

void SummaryWriter::run_metadata(std::string_view tag,
                                 RunMetadataBytes metadata, At at) noexcept {
  internal::with_run(run_, [&](Run& run) {
    const auto checked = internal::check_run_metadata(metadata.encoded);
    if (!checked.ok())
      return run.core.refuse(run, Cause::kInvalidValue, tag,
                             checked.status().message());
    log_run_metadata(run, tag, metadata.encoded, checked->has_graph, at);
  });
}

}  // namespace tblog
