// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <string>
#include <vector>

#include "tests/interop/cases/cases.h"

namespace cases {
namespace {

using std::chrono::microseconds;
using tblog::DType;
using tblog::Graph;
using tblog::GraphShape;
using tblog::GraphType;
using tblog::RunMetadata;

// GraphDef{node{name: "n", op: "Op"}}
constexpr char kGraphDef[] = "\n\x07\n\x01n\x12\x02Op";
// RunMetadata{step_stats{dev_stats{device: "d"}}}
constexpr char kRunMetadata[] =
    "\n\x05\n\x03\n\x01"
    "d";

Graph network() {
  Graph graph;
  graph.node("x", "Placeholder")
      .output_shape({-1, 8, 8, 1}, DType::kFloat32)
      .attribute("dtype", DType::kFloat32);
  graph.node("block/conv", "Conv2D")
      .input("x")
      .control_input("start")
      .output_shape({-1, 8, 8, 16}, DType::kFloat32)
      .device("/device:GPU:0")
      .attribute("strides", {1, 2, 2, 1})
      .attribute("padding", "SAME")
      .attribute("bias", true)
      .attribute("rate", 0.5)
      .attribute("groups", 4)
      .attribute("window", GraphShape{3, 3})
      .attribute("rates", {0.25, 0.5})
      .attribute("flags", std::vector<bool>{true, false})
      .attribute("names", {"k", "\xc3\xa4"})
      .attribute("types", std::vector<GraphType>{DType::kInt8})
      .attribute("shapes",
                 std::vector<GraphShape>{{1, 2}, GraphShape::unknown(), {}});
  graph.node("block/split", "Split")
      .input("block/conv")
      .output_shape({-1, 8}, DType::kFloat16)
      .output_shape({}, GraphType::string());
  graph.node("\xc3\xa4 \"quoted\" \\ {", "Odd")
      .input("block/split:1")
      .attribute("text", "a: { \"b\" }\n")
      .attribute("long", std::string(2000, 'x'));
  graph.node("block", "Scope").input("block/split").input("block/split:1");
  graph.node("start", "NoOp");
  return graph;
}

void write_graph(SummaryWriter& writer) { writer.graph(network(), at(0)); }

void write_bytes(SummaryWriter& writer) {
  writer.graph(tblog::GraphDefBytes{kGraphDef}, at(3));
}

Graph one_node(const std::string& name) {
  Graph graph;
  graph.node(name, "Op");
  return graph;
}

void write_two(SummaryWriter& writer) {
  writer.graph(one_node("first"), at(0));
  writer.graph(one_node("second"), at(5));
}

void write_refused(SummaryWriter& writer) {
  Graph twice = one_node("a");
  twice.node("a", "Again");
  writer.graph(twice, at(0));
  writer.graph(one_node("/rooted"), at(0));
  writer.graph(tblog::GraphDefBytes{"no graph"}, at(0));
  writer.run_metadata("refused", tblog::RunMetadataBytes{"x"}, at(0));
  Graph missing;
  missing.node("conv", "Conv2D").input("x:1");
  writer.graph(missing, at(1));
}

RunMetadata times() {
  RunMetadata metadata;
  metadata.node("x").duration(microseconds(0));
  metadata.node("block/conv")
      .start(microseconds(2))
      .duration(microseconds(120))
      .device("/device:GPU:0")
      .memory(4096, "gpu")
      .memory(1024, "host")
      .output_shape({32, 8, 8, 16}, DType::kFloat32)
      .output_shape({});
  metadata.node("block/split").duration(std::chrono::nanoseconds(1));
  return metadata;
}

void write_metadata(SummaryWriter& writer) {
  writer.graph(network(), at(0));
  writer.run_metadata("times", times(), at(7));
  writer.run_metadata("bytes", tblog::RunMetadataBytes{kRunMetadata}, at(0));
  for (int64_t step = 0; step < 2; ++step)
    writer.run_metadata("each step/forward", times(), at(step));
  RunMetadata whole = times();
  whole.graph(one_node("own"));
  writer.run_metadata("with a graph", whole, at(7));
}

}  // namespace

Runs graph_runs() {
  return {
      {"graph", write_graph},
      {"graph of bytes", write_bytes},
      {"graph twice", write_two},
      {"graph refused", write_refused, kReported},
      {"run metadata", write_metadata},
  };
}

}  // namespace cases
