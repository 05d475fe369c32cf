// SPDX-License-Identifier: Apache-2.0

#include "src/graph/run_metadata_encoder.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/graph/graph_encoder.h"
#include "src/graph/message_encoder.h"

namespace tblog::internal {
namespace {

// Field numbers: proto/tblog/proto/run_metadata.proto.
enum Metadata : uint32_t { kStepStats = 1, kFunctionGraphs = 4 };
constexpr uint32_t kDevStats = 1;
enum DevStats : uint32_t { kDevice = 1, kNodeStats = 2 };
enum NodeStats : uint32_t {
  kNodeName = 1,
  kAllStart = 2,
  kOpEnd = 4,
  kAllEnd = 5,
  kMemory = 6,
  kOutput = 7
};
enum MemoryUsed : uint32_t { kAllocatorName = 1, kTotalBytes = 2 };
enum Output : uint32_t { kSlot = 1, kDescription = 3 };
enum Description : uint32_t { kDtype = 1, kShape = 2 };
constexpr uint32_t kPreOptimizationGraph = 2;

absl::Status check_node(const NodeRun& node) {
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("node \"", escaped(node.name()), "\" ", why));
  };
  if (node.name().empty()) {
    return absl::InvalidArgumentError("a node of the run metadata has no name");
  }
  bool utf8 = is_valid_utf8(node.name()) && is_valid_utf8(node.device());
  for (const auto& memory : node.memory()) {
    utf8 = utf8 && is_valid_utf8(memory.allocator);
    if (memory.bytes < 0) return bad("took a negative number of bytes");
  }
  if (!utf8) {
    return bad("has a name, a device or an allocator that is not UTF-8");
  }
  if (node.duration() && node.duration()->count() < 0) {
    return bad("has a negative duration");
  }
  return absl::OkStatus();
}

int64_t rounded_micros(std::chrono::nanoseconds time) {
  const int64_t micros = time.count() / 1000;
  return micros + (time.count() % 1000 >= 500 ? 1 : 0);
}

std::string encode_memory(const NodeRun::Memory& memory) {
  std::string out;
  wire::put_bytes(out, kAllocatorName, memory.allocator);
  wire::put_int64(out, kTotalBytes, memory.bytes);
  return out;
}

// The page takes it for granted that an output has a shape.
std::string encode_output(size_t slot, const GraphNode::Output& output) {
  std::string description;
  wire::put_int64(description, kDtype, output.type.number());
  wire::put_bytes_always(description, kShape, encode_shape(output.shape));
  std::string out;
  wire::put_int64(out, kSlot, static_cast<int64_t>(slot));
  wire::put_bytes_always(out, kDescription, description);
  return out;
}

std::string encode_node(const NodeRun& node) {
  std::string out;
  wire::put_bytes(out, kNodeName, node.name());
  if (node.duration()) {
    // The page cannot add a start of 0, which is not written, to a duration.
    const int64_t start = rounded_micros(node.start());
    const int64_t duration =
        node.duration()->count() > 0
            ? std::max<int64_t>(1, rounded_micros(*node.duration()))
            : 0;
    wire::put_int64(out, kAllStart, start == 0 ? 1 : start);
    wire::put_int64(out, kOpEnd, duration);
    wire::put_int64(out, kAllEnd, duration);
  }
  for (const auto& memory : node.memory()) {
    wire::put_bytes_always(out, kMemory, encode_memory(memory));
  }
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    wire::put_bytes_always(out, kOutput, encode_output(i, node.outputs()[i]));
  }
  return out;
}

// A DeviceStepStats each, in the order in which the devices come.
std::string encode_step_stats(const RunMetadata& metadata) {
  std::vector<std::pair<std::string_view, std::string>> devices;
  for (const NodeRun& node : metadata.nodes()) {
    auto device = std::find_if(
        devices.begin(), devices.end(),
        [&](const auto& known) { return known.first == node.device(); });
    if (device == devices.end()) {
      std::string stats;
      wire::put_bytes(stats, kDevice, node.device());
      device = devices.emplace(devices.end(), node.device(), std::move(stats));
    }
    wire::put_bytes_always(device->second, kNodeStats, encode_node(node));
  }
  std::string out;
  for (const auto& [name, stats] : devices) {
    wire::put_bytes_always(out, kDevStats, stats);
  }
  return out;
}

}  // namespace

absl::StatusOr<EncodedRunMetadata> encode_run_metadata(
    const RunMetadata& metadata) {
  if (metadata.empty()) {
    return absl::InvalidArgumentError(
        "the run metadata has neither nodes nor a graph");
  }
  for (const NodeRun& node : metadata.nodes()) {
    if (absl::Status status = check_node(node); !status.ok()) return status;
  }
  EncodedRunMetadata encoded;
  std::string& out = encoded.run_metadata;
  // The page fails on a tag without the field.
  wire::put_bytes_always(out, kStepStats, encode_step_stats(metadata));
  if (metadata.graph()) {
    absl::StatusOr<EncodedGraph> graph = encode_graph(*metadata.graph());
    if (!graph.ok()) return graph.status();
    std::string graphs;
    wire::put_bytes_always(graphs, kPreOptimizationGraph, graph->graph_def);
    wire::put_bytes_always(out, kFunctionGraphs, graphs);
    encoded.remark = std::move(graph->remark);
  }
  return encoded;
}

}  // namespace tblog::internal
