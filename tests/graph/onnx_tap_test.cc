// SPDX-License-Identifier: Apache-2.0
//
// Models that data/make_onnx_models.py made with the onnx package. That the
// values are right, in a runtime, is tested in tests/onnx.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "src/event/wire.h"
#include "src/graph/onnx_edit.h"
#include "src/graph/onnx_model.h"
#include "tblog/onnx.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

using internal::find_onnx_graph;
using internal::OnnxGraph;
using internal::parse_onnx_attribute;
using internal::parse_onnx_graph;
using ::tblog::testing::IsOk;
using ::tblog::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string model(const std::string& name) {
  std::ifstream file(std::string(TBLOG_SOURCE_DIR "/tests/graph/data/") + name,
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

OnnxTap tapped(const std::string& model, const OnnxTapOptions& options = {}) {
  absl::StatusOr<OnnxTap> tap = tap_onnx(model, options);
  EXPECT_TRUE(tap.ok()) << tap.status();
  return tap.ok() ? *std::move(tap) : OnnxTap();
}

OnnxGraph graph_of(const std::string& model) {
  absl::StatusOr<OnnxGraph> graph =
      parse_onnx_graph(*find_onnx_graph(model), 100'000);
  EXPECT_TRUE(graph.ok()) << graph.status();
  return *std::move(graph);
}

std::vector<std::string> names_of(const OnnxTap& tap) {
  std::vector<std::string> names;
  for (const OnnxTap::Value& value : tap.values) names.push_back(value.name);
  return names;
}

std::vector<std::string> names_of(
    const std::vector<internal::OnnxValue>& list) {
  std::vector<std::string> names;
  for (const internal::OnnxValue& value : list) names.emplace_back(value.name);
  return names;
}

TEST(OnnxTapTest, InnerValuesBecomeOutputsBehindThoseThatWereThere) {
  const OnnxTap tap = tapped(model("network.onnx"));
  EXPECT_THAT(names_of(tap),
              ElementsAre("/conv1/Conv_output_0", "/relu/Relu_output_0",
                          "/Flatten_output_0", "logits"));
  EXPECT_EQ(tap.values[0].node, "/conv1/Conv");
  EXPECT_EQ(tap.values[0].op_type, "Conv");
  EXPECT_TRUE(tap.values[0].added);
  EXPECT_FALSE(tap.values[3].added);
  const OnnxGraph graph = graph_of(tap.model);
  EXPECT_THAT(names_of(graph.outputs),
              ElementsAre("logits", "/conv1/Conv_output_0",
                          "/relu/Relu_output_0", "/Flatten_output_0"));
  EXPECT_EQ(graph.outputs[1].element, 1u);  // as its value_info says
  EXPECT_THAT(tap.left_out, IsEmpty());
  EXPECT_THAT(tap.unmatched, IsEmpty());
}

TEST(OnnxTapTest, TheRestOfTheModelStaysByteForByte) {
  std::string before = model("network.onnx");
  internal::wire::put_bytes(before, 1000, "a field of tomorrow");
  const OnnxTap tap = tapped(before, {.layers = {"/conv1/Conv"}});
  const std::string graph(*find_onnx_graph(before));
  const std::string made(*find_onnx_graph(tap.model));
  EXPECT_THAT(made, StartsWith(graph));
  const size_t at = before.find(graph);
  std::string head = before.substr(0, at);
  // The graph's length stands before it.
  head.resize(head.size() - internal::wire::varint_size(graph.size()));
  EXPECT_THAT(tap.model, StartsWith(head));
  EXPECT_EQ(tap.model.substr(tap.model.find(made) + made.size()),
            before.substr(at + graph.size()));
}

TEST(OnnxTapTest, LayersAreChosenByValueOrNode) {
  const std::string network = model("network.onnx");
  EXPECT_THAT(names_of(tapped(network, {.layers = {"/relu/Relu"}})),
              ElementsAre("/relu/Relu_output_0"));
  const OnnxTap tap = tapped(network, {.layers = {"*Flatten*", "conv9"}});
  EXPECT_THAT(names_of(tap), ElementsAre("/Flatten_output_0"));
  EXPECT_THAT(tap.unmatched, ElementsAre("conv9"));
}

TEST(OnnxTapTest, LayersAreChosenByIndex) {
  const std::string network = model("network.onnx");
  EXPECT_THAT(names_of(tapped(network, {.layers = {"#0"}})),
              ElementsAre("/conv1/Conv_output_0"));
  EXPECT_THAT(names_of(tapped(network, {.layers = {"#-2"}})),
              ElementsAre("/Flatten_output_0"));
  EXPECT_THAT(names_of(tapped(network, {.layers = {"#1..#-2"}})),
              ElementsAre("/relu/Relu_output_0", "/Flatten_output_0"));
  EXPECT_THAT(tapped(network, {.layers = {"#4", "#-9"}}).unmatched,
              ElementsAre("#4", "#-9"));
  for (const char* bad : {"#", "#x", "#1-2", "#1.5"}) {
    EXPECT_THAT(tap_onnx(network, {.layers = {bad}}).status().message(),
                HasSubstr("wants an index"))
        << bad;
  }
  EXPECT_THAT(tap_onnx(network, {.layers = {"#1.."}}).status().message(),
              HasSubstr("a range is written #1..#3"));
  EXPECT_THAT(tapped(network, {.layers = {"\\#1"}}).unmatched,
              ElementsAre("\\#1"));  // a name
}

// Constants and nodes in bodies have no index.
TEST(OnnxTapTest, IndicesCountNodesOfTheModelsOwnGraph) {
  EXPECT_THAT(names_of(tapped(model("inner.onnx"), {.layers = {"#1", "#-1"}})),
              ElementsAre("total", "length"));
  EXPECT_THAT(names_of(tapped(model("odd.onnx"), {.layers = {"#4"}})),
              ElementsAre("e", "f"));
}

TEST(OnnxTapTest, WhatABranchGivesIsTheOutputOfItsNode) {
  const OnnxTap tap = tapped(model("inner.onnx"), {.layers = {"nt"}});
  EXPECT_THAT(names_of(tap), ElementsAre("picked"));
  EXPECT_THAT(tap.unmatched, IsEmpty());
  EXPECT_THAT(names_of(tapped(model("inner.onnx"), {.layers = {"sum_out"}})),
              ElementsAre("total"));
}

TEST(OnnxTapTest, ValuesInBranchesComeOutOfTheIf) {
  const OnnxTap tap = tapped(model("inner.onnx"), {.layers = {"*"}});
  EXPECT_THAT(names_of(tap),
              ElementsAre("picked", "pick/else_branch/s", "pick/else_branch/c",
                          "pick/then_branch/h",
                          "pick/then_branch/n/then_branch/nested/h", "total",
                          "length"));
  EXPECT_EQ(tap.values[4].value, "nested/h");
  EXPECT_EQ(tap.values[4].node, "deep");
  const OnnxGraph graph = graph_of(tap.model);
  EXPECT_THAT(graph.nodes[0].outputs, SizeIs(5));
  for (const std::string_view encoded : graph.nodes[0].attributes) {
    const auto branch = parse_onnx_attribute(encoded);
    ASSERT_THAT(branch, IsOk());
    const auto body = parse_onnx_graph(branch->graphs.at(0), 1000);
    ASSERT_THAT(body, IsOk());
    ASSERT_THAT(body->outputs, SizeIs(5)) << branch->name;
    EXPECT_EQ(body->outputs[1].element, 7u);  // int64, of a Shape
    for (size_t i : {2, 3, 4}) EXPECT_EQ(body->outputs[i].element, 1u) << i;
  }
}

TEST(OnnxTapTest, WhatCannotBeAnOutputIsNamed) {
  const OnnxTap tap = tapped(model("inner.onnx"));
  ASSERT_THAT(tap.left_out, SizeIs(2));
  EXPECT_EQ(tap.left_out[0].value, "added");
  EXPECT_THAT(tap.left_out[0].why, HasSubstr("body of a Loop"));
  EXPECT_EQ(tap.left_out[1].value, "both");
  EXPECT_THAT(tap.left_out[1].why, HasSubstr("sequence"));
}

TEST(OnnxTapTest, ValuesInLoopsAreStackedWhereAskedFor) {
  OnnxTapOptions options;
  options.layers = {"add"};
  options.loops = true;
  const OnnxTap tap = tapped(model("inner.onnx"), options);
  EXPECT_THAT(names_of(tap), ElementsAre("repeat/body/added"));
  EXPECT_TRUE(tap.values[0].stacked);
  EXPECT_THAT(graph_of(tap.model).nodes[1].outputs,
              ElementsAre("total", "repeat/body/added"));
}

TEST(OnnxTapTest, EmptyNamesAreNoOutputsAndConstantsOnlyWhereAskedFor) {
  const OnnxTap tap = tapped(model("odd.onnx"));
  EXPECT_THAT(names_of(tap), ElementsAre("a", "b", "^c", "d", "e", "f", "out"));
  EXPECT_THAT(tap.external_files, ElementsAre("weights.bin"));
  OnnxTapOptions options;
  options.constants = true;
  EXPECT_THAT(names_of(tapped(model("odd.onnx"), options)),
              ElementsAre("a", "b", "^c", "d", "k", "e", "f", "out"));
}

TEST(OnnxTapTest, WhatAnOptimiserRemovedIsNamed) {
  const std::string before = model("inner.onnx");
  OnnxTapOptions options;
  options.layers = {"relu", "*Relu*"};
  options.before = before;
  const OnnxTap tap = tapped(model("network.onnx"), options);
  EXPECT_THAT(names_of(tap), ElementsAre("/relu/Relu_output_0"));
  ASSERT_THAT(tap.removed, SizeIs(1));
  EXPECT_EQ(tap.removed[0].value, "h");
  EXPECT_EQ(tap.removed[0].node, "relu");
  EXPECT_THAT(tap.unmatched, IsEmpty());
}

TEST(OnnxTapTest, ATappedModelCanBeTappedAgain) {
  const OnnxTap once = tapped(model("network.onnx"));
  const OnnxTap twice = tapped(once.model);
  EXPECT_EQ(twice.model, once.model);
  EXPECT_EQ(names_of(twice), names_of(once));
}

TEST(OnnxTapTest, DamagedModelsGiveAnErrorOrAModel) {
  std::mt19937 random(1);
  for (const char* name : {"network.onnx", "inner.onnx", "odd.onnx"}) {
    const std::string whole = model(name);
    for (int round = 0; round < 1000; ++round) {
      std::string damaged = whole;
      for (int i = 0; i < 3; ++i)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      if (round % 4 == 0) damaged.resize(random() % damaged.size());
      OnnxTapOptions options;
      options.loops = options.constants = true;
      const absl::StatusOr<OnnxTap> tap = tap_onnx(damaged, options);
      if (tap.ok()) {
        EXPECT_THAT(find_onnx_graph(tap->model), IsOk());
      }
    }
  }
  EXPECT_EQ(tap_onnx("").status().code(), absl::StatusCode::kInvalidArgument);
}

// ---- Models that somebody made to do harm ----

std::string field(uint32_t number, const std::string& bytes) {
  std::string out;
  internal::wire::put_bytes_always(out, number, bytes);
  return out;
}

// Fields: NodeProto.input 1, output 2, name 3, op_type 4, attribute 5;
// AttributeProto.name 1, g 6; GraphProto.node 1; ModelProto.graph 7.
std::string attribute(const std::string& name, const std::string& graph) {
  return field(5, field(1, name) + field(6, graph));
}

TEST(OnnxTapTest, BodiesThatNestTooDeepAreRefused) {
  std::string graph = field(1, field(2, "x") + field(4, "Relu"));
  for (int depth = 0; depth < 40; ++depth)
    graph = field(1, field(4, "If") + attribute("then_branch", graph));
  EXPECT_THAT(tap_onnx(field(7, graph)),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(OnnxTapTest, NamesThatGrowWithTheSquareOfTheModelAreRefused) {
  const std::string name(100'000, 'n');
  std::string body;
  for (int i = 0; i < 20'000; ++i)
    body += field(1, field(2, "v") + field(4, "Relu"));
  const std::string node =
      field(3, name) + field(4, "If") + attribute("then_branch", body);
  EXPECT_THAT(tap_onnx(field(7, field(1, node))),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(OnnxTapTest, ManyBodiesWithTheSameNamesCostNoMoreThanOthers) {
  std::string typed = field(1, "v");  // a float, as value_info says
  typed += field(2, field(1, std::string("\x08\x01")));
  const std::string body =
      field(1, field(2, "v") + field(4, "Relu")) + field(13, typed);
  std::string graph;
  for (int i = 0; i < 20'000; ++i) {
    graph += field(1, field(2, "y") + field(4, "If") +
                          attribute("then_branch", body) +
                          attribute("else_branch", body));
  }
  const OnnxTap tap = tapped(field(7, graph));
  ASSERT_THAT(tap.values, SizeIs(40'001));
  EXPECT_EQ(tap.values[1].name, "y/then_branch/v");
  EXPECT_EQ(tap.values[40'000].name, "y/else_branch/v_19999");
}

TEST(OnnxTapTest, TypesAreThoseOfTheSameName) {
  EXPECT_EQ(onnx_dtype(1), DType::kFloat32);
  EXPECT_EQ(onnx_dtype(7), DType::kInt64);
  EXPECT_EQ(onnx_dtype(10), DType::kFloat16);
  EXPECT_EQ(onnx_dtype(16), DType::kBFloat16);
  EXPECT_EQ(onnx_dtype(19), DType::kFloat8E5M2);
  EXPECT_EQ(onnx_dtype(8), std::nullopt);  // strings
  EXPECT_EQ(onnx_dtype(-1), std::nullopt);
  EXPECT_EQ(onnx_dtype(1000), std::nullopt);
}

}  // namespace
}  // namespace tblog
