// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/graph_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tblog::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

GraphDefValue::Node node(const char* name, const char* op,
                         std::vector<std::string> inputs = {}) {
  GraphDefValue::Node node;
  node.name = name;
  node.op = op;
  node.inputs = std::move(inputs);
  return node;
}

TEST(GraphTextTest, PartsAreIndentedAndSayWhatTheyHold) {
  GraphDefValue graph;
  graph.nodes = {node("in", "Input"), node("net/conv/w", "Variable"),
                 node("net/conv", "Conv2D", {"in", "net/conv/w"}),
                 node("net/relu", "Relu", {"net/conv"})};
  graph.nodes[0].output_shapes = {std::vector<int64_t>{-1, 8}, std::nullopt};
  graph.nodes[3].device = "/GPU:0";
  EXPECT_THAT(
      graph_tree(graph, 100),
      ElementsAre("in  Input  [?, 8] ?",
                  "net/  3 nodes: Conv2D, Relu, Variable",
                  "  conv/  Conv2D (in, net/conv/w)  1 node: Variable",
                  "    w  Variable", "  relu  Relu (net/conv)  on /GPU:0"));
}

TEST(GraphTextTest, InnermostPartsAreClosedFirst) {
  GraphDefValue graph;
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 10; ++j)
      graph.nodes.push_back(node(
          ("p" + std::to_string(i) + "/n" + std::to_string(j)).c_str(), "Op"));
  }
  EXPECT_THAT(graph_tree(graph, 110), SizeIs(110));
  const std::vector<std::string> closed = graph_tree(graph, 109);
  ASSERT_THAT(closed, SizeIs(10));
  EXPECT_EQ(closed[0], "p0/  10 nodes: Op 10");
  const std::vector<std::string> cut = graph_tree(graph, 5);
  ASSERT_THAT(cut, SizeIs(6));
  EXPECT_EQ(cut[5], "5 more lines");
}

TEST(GraphTextTest, FunctionsFollow) {
  GraphDefValue graph;
  graph.functions.push_back({"f", {"x", "y"}, {"z"}, {node("a", "Add")}});
  EXPECT_THAT(graph_tree(graph, 10),
              ElementsAre("function f(x, y)  1 node: Add", "  a  Add"));
  EXPECT_EQ(graph_size_text(graph), "0 nodes, 1 function");
}

TEST(GraphTextTest, OperationsAreCountedTheMostFrequentFirst) {
  const std::vector<GraphDefValue::Node> nodes = {
      node("a", "Relu"), node("b", "Conv"), node("c", "Conv"), node("d", "")};
  EXPECT_EQ(op_counts_text(nodes, 3), "Conv 2, (no operation), Relu");
  EXPECT_EQ(op_counts_text(nodes, 1), "Conv 2, 2 others");
}

TEST(GraphTextTest, NamesOfAnyDepthAndTwiceTheSameDoNoHarm) {
  GraphDefValue graph;
  graph.nodes = {node(std::string(100'000, '/').c_str(), "Deep"),
                 node("a", "One"), node("a", "Two"), node("", "Empty")};
  const std::vector<std::string> lines = graph_tree(graph, 1000);
  EXPECT_THAT(lines, ::testing::Contains("a  One"));
  EXPECT_THAT(lines, ::testing::Contains("a  Two"));
}

TEST(GraphTextTest, NamesAreEscaped) {
  GraphDefValue graph;
  graph.nodes = {node("a\x1b[2J/b", "\x07", {"\n"})};
  graph.functions.push_back({"\x1b", {"\x1b"}, {}, {}});
  for (const std::string& line : graph_tree(graph, 10)) {
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

}  // namespace
}  // namespace tblog::tool
