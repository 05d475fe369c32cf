// SPDX-License-Identifier: Apache-2.0

#include "src/graph/graph_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "src/graph/message_encoder.h"
#include "tblog/proto/graph.pb.h"
#include "tests/graph/random_graph.h"
#include "tests/testing/status_matchers.h"

namespace tblog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

proto::GraphDef encoded(const Graph& graph) {
  const absl::StatusOr<EncodedGraph> encoded = encode_graph(graph);
  EXPECT_TRUE(encoded.ok()) << encoded.status();
  proto::GraphDef def;
  EXPECT_TRUE(encoded.ok() && def.ParseFromString(encoded->graph_def));
  return def;
}

std::string why_refused(const Graph& graph) {
  return std::string(encode_graph(graph).status().message());
}

TEST(GraphEncoderTest, RandomGraphsAreAsGeneratedCodeWritesThem) {
  RandomGraph random(20'240'901);
  for (int i = 0; i < 2000; ++i) {
    const auto [graph, def] = random.next();
    const absl::StatusOr<EncodedGraph> encoded = encode_graph(graph);
    ASSERT_TRUE(encoded.ok()) << encoded.status();
    ASSERT_EQ(encoded->graph_def, sorted_bytes_of(def)) << def.DebugString();
    ASSERT_THAT(encoded->remark, IsEmpty());
  }
}

TEST(GraphEncoderTest, ANodeSaysWhatItWasTold) {
  Graph graph;
  graph.node("x", "Placeholder").output_shape({1, 8, 8, -1});
  graph.node("block/conv", "Conv2D")
      .input("x")
      .control_input("x")
      .output_shape({1, 8, 8, 16}, DType::kBFloat16)
      .output_shape({}, GraphType::string())
      .device("/device:GPU:0")
      .attribute("strides", {1, 2})
      .attribute("padding", "SAME")
      .attribute("rate", 0.5)
      .attribute("bias", true)
      .attribute("T", DType::kFloat8E4M3)
      .attribute("names", {"a", "b"})
      .attribute("strides", {3});
  const proto::GraphDef def = encoded(graph);
  ASSERT_EQ(def.node_size(), 2);
  const proto::NodeDef& node = def.node(1);
  EXPECT_EQ(node.name(), "block/conv");
  EXPECT_EQ(node.op(), "Conv2D");
  EXPECT_THAT(node.input(), ElementsAre("x", "^x"));
  EXPECT_EQ(node.device(), "/device:GPU:0");
  const auto& attributes = node.attr();
  EXPECT_THAT(attributes.at("strides").list().i(), ElementsAre(3));
  EXPECT_EQ(attributes.at("padding").s(), "SAME");
  EXPECT_EQ(attributes.at("rate").f(), 0.5f);
  EXPECT_TRUE(attributes.at("bias").b());
  EXPECT_EQ(attributes.at("T").type(), 25);
  EXPECT_THAT(attributes.at("names").list().s(), ElementsAre("a", "b"));
  EXPECT_THAT(attributes.at("_output_types").list().type(),
              ElementsAre(proto::DT_BFLOAT16, proto::DT_STRING));
  const auto& shapes = attributes.at("_output_shapes").list().shape();
  ASSERT_EQ(shapes.size(), 2);
  EXPECT_EQ(shapes[0].dim_size(), 4);
  EXPECT_EQ(shapes[0].dim(3).size(), 16);
  EXPECT_EQ(shapes[1].dim_size(), 0);
  EXPECT_FALSE(def.node(0).attr().contains("_output_types"));
}

TEST(GraphEncoderTest, AttributesSetByHandCountBeforeOutputShapes) {
  Graph graph;
  graph.node("x", "Op")
      .output_shape({1}, DType::kInt32)
      .attribute("_output_shapes", std::vector<GraphShape>{{7}})
      .attribute("_output_types", "none");
  const proto::GraphDef def = encoded(graph);
  const auto& attributes = def.node(0).attr();
  EXPECT_EQ(attributes.at("_output_shapes").list().shape(0).dim(0).size(), 7);
  EXPECT_EQ(attributes.at("_output_types").s(), "none");
}

TEST(GraphEncoderTest, NumbersBeyondTheirFieldBecomeTheNearest) {
  Graph graph;
  graph.node("x", "Op")
      .attribute("u", std::numeric_limits<uint64_t>::max())
      .attribute("d", 1e300)
      .attribute("c", std::vector<uint8_t>{0, 255});
  const proto::GraphDef def = encoded(graph);
  const auto& attributes = def.node(0).attr();
  EXPECT_EQ(attributes.at("u").i(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(attributes.at("d").f(), std::numeric_limits<float>::infinity());
  EXPECT_THAT(attributes.at("c").list().i(), ElementsAre(0, 255));
}

TEST(GraphEncoderTest, AnInputWithoutANodeGetsAPlaceholder) {
  Graph graph;
  graph.node("conv1", "Conv2D").input("x").input("x:1").input("^go");
  const absl::StatusOr<EncodedGraph> result = encode_graph(graph);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->remark,
              HasSubstr("node \"conv1\" has the input \"x\", which names no "
                        "node, and so have others"));
  const proto::GraphDef def = encoded(graph);
  ASSERT_EQ(def.node_size(), 3);
  EXPECT_EQ(def.node(0).name(), "x");
  EXPECT_EQ(def.node(0).op(), "Placeholder");
  EXPECT_EQ(def.node(1).name(), "go");
  EXPECT_THAT(def.node(2).input(), ElementsAre("x", "x:1", "^go"));
}

TEST(GraphEncoderTest, NodesMayComeInAnyOrderAndInCircles) {
  Graph graph;
  graph.node("a", "Op").input("b").input("a");
  graph.node("b", "Op").input("a:3");
  const absl::StatusOr<EncodedGraph> result = encode_graph(graph);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->remark, IsEmpty());
  EXPECT_EQ(encoded(graph).node_size(), 2);
}

TEST(GraphEncoderTest, AnOpMayBeEmpty) {
  Graph graph;
  graph.node("a", "");
  EXPECT_EQ(encoded(graph).node(0).op(), "");
}

TEST(GraphEncoderTest, RefusesWhatThePageCannotDraw) {
  EXPECT_THAT(why_refused(Graph()), HasSubstr("the graph has no nodes"));
  Graph unnamed;
  unnamed.node("", "Op");
  EXPECT_THAT(why_refused(unnamed), HasSubstr("has no name"));
  Graph twice;
  twice.node("a/b", "Op");
  twice.node("a/b", "Other");
  EXPECT_THAT(why_refused(twice), HasSubstr("two nodes have the name \"a/b\""));
  for (const char* name : {"a:0", "^a", ":"}) {
    Graph graph;
    graph.node(name, "Op");
    EXPECT_THAT(why_refused(graph), HasSubstr("':' in its name")) << name;
  }
  Graph rooted;
  rooted.node("/a", "Op");
  EXPECT_THAT(why_refused(rooted), HasSubstr("begins with '/'"));
  for (const char* input :
       {"", "^", "/a", ":1", "a:", "a:x", "a:x:0", "a:-1", "^^a:b", "\xff"}) {
    Graph graph;
    graph.node("b", "Op").input(input);
    EXPECT_THAT(why_refused(graph), HasSubstr("node \"b\" has the input"))
        << input;
  }
}

TEST(GraphEncoderTest, RefusesWhatIsNotUtf8) {
  Graph name, op, device, attribute;
  name.node("\xff", "Op");
  op.node("a", "\xc0\x80");
  device.node("a", "Op").device("\xed\xa0\x80");
  attribute.node("a", "Op").attribute("\x80", 1);
  for (const Graph& graph : {name, op, device, attribute}) {
    EXPECT_THAT(why_refused(graph), HasSubstr("not UTF-8"));
  }
  // But a text of an attribute is bytes.
  Graph bytes;
  bytes.node("a", "Op").attribute("b", "\xff");
  EXPECT_EQ(encoded(bytes).node(0).attr().at("b").s(), "\xff");
}

TEST(GraphEncoderTest, EveryDTypeHasANumberOfTensorFlows) {
  EXPECT_EQ(GraphType(DType::kFloat32).number(), proto::DT_FLOAT);
  EXPECT_EQ(GraphType(DType::kFloat64).number(), proto::DT_DOUBLE);
  EXPECT_EQ(GraphType(DType::kFloat16).number(), proto::DT_HALF);
  EXPECT_EQ(GraphType(DType::kBFloat16).number(), proto::DT_BFLOAT16);
  EXPECT_EQ(GraphType(DType::kInt8).number(), proto::DT_INT8);
  EXPECT_EQ(GraphType(DType::kInt16).number(), proto::DT_INT16);
  EXPECT_EQ(GraphType(DType::kInt32).number(), proto::DT_INT32);
  EXPECT_EQ(GraphType(DType::kInt64).number(), proto::DT_INT64);
  EXPECT_EQ(GraphType(DType::kUint8).number(), proto::DT_UINT8);
  EXPECT_EQ(GraphType(DType::kUint16).number(), proto::DT_UINT16);
  EXPECT_EQ(GraphType(DType::kUint32).number(), proto::DT_UINT32);
  EXPECT_EQ(GraphType(DType::kUint64).number(), proto::DT_UINT64);
  EXPECT_EQ(GraphType(DType::kBool).number(), proto::DT_BOOL);
  EXPECT_EQ(GraphType(DType::kComplex64).number(), proto::DT_COMPLEX64);
  EXPECT_EQ(GraphType(DType::kComplex128).number(), proto::DT_COMPLEX128);
  // FLOAT8_E5M2 and FLOAT8_E4M3FN of TensorFlow's types.proto.
  EXPECT_EQ(GraphType(DType::kFloat8E5M2).number(), 24);
  EXPECT_EQ(GraphType(DType::kFloat8E4M3).number(), 25);
  EXPECT_FALSE(GraphType().known());
}

}  // namespace
}  // namespace tblog::internal
