// SPDX-License-Identifier: Apache-2.0
//
// Models that data/make_onnx_models.py made with the onnx package.

#include "tblog/onnx_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "src/event/wire.h"
#include "src/graph/graph_encoder.h"
#include "src/graph/onnx_model.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string model(const std::string& name) {
  std::ifstream file(std::string(TBLOG_SOURCE_DIR "/tests/graph/data/") + name,
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Graph graph_of(const std::string& name) {
  absl::StatusOr<Graph> graph = graph_from_onnx(model(name));
  EXPECT_TRUE(graph.ok()) << graph.status();
  return graph.ok() ? *std::move(graph) : Graph();
}

const GraphNode* find(const Graph& graph, const std::string& name) {
  for (const GraphNode& node : graph.nodes()) {
    if (node.name() == name) return &node;
  }
  return nullptr;
}

// "name op <- inputs", in the order of the nodes.
std::vector<std::string> drawn(const Graph& graph) {
  std::vector<std::string> lines;
  for (const GraphNode& node : graph.nodes()) {
    std::string line = node.name() + " " + node.op();
    if (!node.inputs().empty()) line += " <-";
    for (const std::string& input : node.inputs()) line += " " + input;
    lines.push_back(line);
  }
  return lines;
}

template <class T>
T attribute(const GraphNode& node, const std::string& name) {
  for (const auto& attribute : node.attributes()) {
    const T* const value = std::get_if<T>(&attribute.value.value());
    if (attribute.name == name && value != nullptr) return *value;
  }
  ADD_FAILURE() << node.name() << " has no such " << name;
  return T();
}

TEST(OnnxGraphTest, NodesInputsOutputsAndWeights) {
  const Graph graph = graph_of("network.onnx");
  EXPECT_THAT(drawn(graph),
              ElementsAre("conv1.weight Const", "conv1.bias Const",
                          "fc.weight Const", "image Placeholder",
                          "conv1/Conv Conv <- image conv1.weight conv1.bias",
                          "relu/Relu Relu <- conv1/Conv",
                          "Flatten Flatten <- relu/Relu",
                          "fc/Gemm Gemm <- Flatten fc.weight",
                          "logits Identity <- fc/Gemm"));
}

TEST(OnnxGraphTest, ShapesAndTypesAreThoseOfTheValues) {
  const Graph graph = graph_of("network.onnx");
  const auto output = [&](const std::string& name) {
    const GraphNode* const node = find(graph, name);
    EXPECT_EQ(node->outputs().size(), 1u) << name;
    return node->outputs().at(0);
  };
  EXPECT_EQ(output("image").shape, GraphShape({-1, 1, 8, 8}));
  EXPECT_EQ(output("conv1.weight").shape, GraphShape({4, 1, 3, 3}));
  EXPECT_EQ(output("conv1/Conv").shape, GraphShape({-1, 4, 8, 8}));
  EXPECT_EQ(output("logits").shape, GraphShape({-1, 10}));
  for (const GraphNode& node : graph.nodes()) {
    EXPECT_EQ(output(node.name()).type, GraphType(DType::kFloat32));
  }
  const GraphNode& conv = *find(graph, "conv1/Conv");
  EXPECT_THAT(attribute<std::vector<int64_t>>(conv, "kernel_shape"),
              ElementsAre(3, 3));
  EXPECT_EQ(attribute<float>(*find(graph, "fc/Gemm"), "alpha"), 0.5f);
  EXPECT_EQ(attribute<GraphType>(*find(graph, "conv1.weight"), "dtype"),
            GraphType(DType::kFloat32));
}

TEST(OnnxGraphTest, BodiesAreScopesThatSeeTheValuesAround) {
  EXPECT_THAT(
      drawn(graph_of("control_flow.onnx")),
      ElementsAre(
          "condition Placeholder", "times Placeholder", "x Placeholder",
          "pick If <- condition pick/else_branch/y pick/then_branch/y",
          "pick/else_branch/math Mul <- x x",
          "pick/else_branch/y Identity <- pick/else_branch/math",
          "pick/then_branch/math Add <- x x",
          "pick/then_branch/y Identity <- pick/then_branch/math",
          "repeat Loop <- times x repeat/body/go_on_out repeat/body/sum_out",
          "repeat/body/i Placeholder <- times", "repeat/body/go_on Placeholder",
          "repeat/body/sum Placeholder <- x",
          "repeat/body/Identity Identity <- repeat/body/go_on",
          "repeat/body/add Add <- repeat/body/sum pick",
          "repeat/body/go_on_out Identity <- repeat/body/Identity",
          "repeat/body/sum_out Identity <- repeat/body/add",
          "total Identity <- repeat"));
}

TEST(OnnxGraphTest, OddNamesAreMendedAndStayTellable) {
  const Graph graph = graph_of("odd.onnx");
  EXPECT_THAT(
      drawn(graph),
      ElementsAre("outside Const", "in_0 Placeholder", "Relu Relu <- in_0",
                  "Relu_1 Relu <- Relu", "same Neg <- Relu_1",
                  "same_1 Neg <- same", "k Const",
                  "fan_cy Fancy <- same_1 k outside",
                  "same_2 Add <- fan_cy fan_cy:2", "out Identity <- same_2"));
  const GraphNode& fancy = *find(graph, "fan_cy");
  EXPECT_EQ(attribute<std::string>(fancy, "domain"), "com.example");
  EXPECT_EQ(attribute<int64_t>(fancy, "number"), 7);
  EXPECT_EQ(attribute<std::string>(fancy, "text"), "ä");
  EXPECT_THAT(attribute<std::vector<float>>(fancy, "reals"),
              ElementsAre(0.5f, 1.5f));
  EXPECT_THAT(attribute<std::vector<std::string>>(fancy, "texts"),
              ElementsAre("x", "y"));
  EXPECT_EQ(attribute<std::string>(fancy, "many"), "1000 integers");
  EXPECT_EQ(attribute<std::string>(fancy, "tensor"), "float [3]");
  EXPECT_EQ(find(graph, "k")->outputs().at(0).shape, GraphShape({2, 1}));
  EXPECT_EQ(find(graph, "outside")->outputs().at(0).shape, GraphShape({2}));
  EXPECT_FALSE(find(graph, "in_0")->outputs().at(0).shape.known());
  EXPECT_EQ(find(graph, "out")->outputs().at(0).shape, GraphShape({-1, 2}));
}

TEST(OnnxGraphTest, WhatItMakesCanBeDrawn) {
  for (const char* name : {"network.onnx", "control_flow.onnx", "odd.onnx"}) {
    const auto encoded = internal::encode_graph(graph_of(name));
    ASSERT_TRUE(encoded.ok()) << name << encoded.status();
    EXPECT_THAT(encoded->remark, IsEmpty()) << name;
  }
}

TEST(OnnxGraphTest, RefusesWhatIsNoModel) {
  for (const char* bytes : {"", "model.onnx", "\x89PNG", "\x08\x07"}) {
    EXPECT_THAT(graph_from_onnx(bytes).status().message(),
                HasSubstr("no ONNX model"))
        << bytes;
  }
  std::string empty;
  internal::wire::put_bytes_always(empty, 7, "");
  EXPECT_THAT(graph_from_onnx(empty).status().message(),
              HasSubstr("graph is empty"));
}

// Whatever the bytes, there is an answer, and a graph that can be drawn.
TEST(OnnxGraphTest, DamagedModelsGiveAnErrorOrAGraph) {
  std::mt19937 random(7);
  int made = 0;
  for (const char* name : {"control_flow.onnx", "odd.onnx"}) {
    const std::string whole = model(name);
    for (size_t size = 0; size < whole.size(); ++size) {
      const absl::StatusOr<Graph> graph =
          graph_from_onnx(whole.substr(0, size));
      // What stands behind the graph may be missing.
      EXPECT_TRUE(!graph.ok() || size > whole.size() - 40) << size;
    }
    for (int i = 0; i < 3000; ++i) {
      std::string bytes = whole;
      for (int n = 0; n < 4; ++n) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      const absl::StatusOr<Graph> graph = graph_from_onnx(bytes);
      if (!graph.ok()) continue;
      ++made;
      EXPECT_TRUE(internal::encode_graph(*graph).ok());
    }
  }
  EXPECT_GT(made, 100);
}

// ---- Hostile models ----

std::string field(uint32_t number, const std::string& bytes) {
  std::string out;
  internal::wire::put_bytes_always(out, number, bytes);
  return out;
}

TEST(OnnxGraphTest, BodiesThatNestForEverAreRefused) {
  std::string graph;
  for (int i = 0; i < 200; ++i) {
    graph =
        field(1, field(4, "If") + field(5, field(1, "g") + field(6, graph)));
  }
  EXPECT_EQ(graph_from_onnx(field(7, graph)).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(OnnxGraphTest, LongNamesOfScopesCannotFillTheMemory) {
  std::string name;
  for (int i = 0; i < 10'000; ++i) name += "abc/";
  std::string body;
  for (int i = 0; i < 3'000; ++i) body += field(1, "");
  const std::string graph =
      field(1, field(3, name) + field(5, field(1, "g") + field(6, body)));
  EXPECT_EQ(graph_from_onnx(field(7, graph)).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(OnnxGraphTest, MillionsOfNodesAndAttributesAreBounded) {
  std::string nodes;
  for (int i = 0; i < 300'000; ++i) nodes += field(1, "");
  EXPECT_EQ(graph_from_onnx(field(7, nodes)).status().code(),
            absl::StatusCode::kResourceExhausted);
  std::string attributes;
  for (int i = 0; i < 100'000; ++i) {
    attributes += field(5, field(1, std::to_string(i)));
  }
  const absl::StatusOr<Graph> graph =
      graph_from_onnx(field(7, field(1, attributes)));
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(graph->nodes()[0].attributes().size(), 1000u);
}

TEST(OnnxGraphTest, TypesAreTensorFlowsOfTheSameName) {
  // onnx.TensorProto.DataType -> tensorflow/core/framework/types.proto
  const std::map<int, int> kNumbers = {
      {1, 1},   {2, 4},   {3, 6},   {4, 17},  {5, 5},   {6, 3},   {7, 9},
      {8, 7},   {9, 10},  {10, 19}, {11, 2},  {12, 22}, {13, 23}, {14, 8},
      {15, 18}, {16, 14}, {17, 25}, {18, 26}, {19, 24}, {20, 28}, {21, 30},
      {22, 29}, {23, 33}, {24, 0},  {25, 32}, {26, 31}, {27, 0},  {0, 0}};
  for (const auto& [onnx, tensorflow] : kNumbers) {
    EXPECT_EQ(internal::onnx_type(static_cast<uint64_t>(onnx)).number(),
              tensorflow)
        << onnx;
  }
  EXPECT_EQ(internal::onnx_type(~uint64_t{0}).number(), 0);
}

}  // namespace
}  // namespace tblog
