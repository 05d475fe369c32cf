// SPDX-License-Identifier: Apache-2.0

#include "tblog/graph_value.h"

#include <limits>
#include <string>

#include "src/event/wire.h"
#include "tblog/proto/graph.pb.h"
#include "tblog/proto/run_metadata.pb.h"
#include "tests/reader/log_reader_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace tblog::testing;  // NOLINT: the builders of event_builder.h

namespace wire = tblog::internal::wire;

proto::GraphDef small_graph() {
  proto::GraphDef graph;
  proto::NodeDef& input = *graph.add_node();
  input.set_name("in");
  input.set_op("Placeholder");
  proto::NodeDef& conv = *graph.add_node();
  conv.set_name("net/conv");
  conv.set_op("Conv2D");
  conv.set_device("/GPU:0");
  conv.add_input("in");
  conv.add_input("^in");
  auto& shapes = *(*conv.mutable_attr())["_output_shapes"].mutable_list();
  proto::TensorShapeProto& known = *shapes.add_shape();
  known.add_dim()->set_size(-1);
  known.add_dim()->set_size(8);
  shapes.add_shape()->set_unknown_rank(true);
  auto& function = *graph.mutable_library()->add_function();
  function.mutable_signature()->set_name("f");
  function.mutable_signature()->add_input_arg()->set_name("x");
  function.mutable_signature()->add_output_arg()->set_name("y");
  function.add_node_def()->set_name("inner");
  return graph;
}

TEST(GraphValueTest, HasNodesWithInputsShapesAndFunctions) {
  absl::StatusOr<GraphDefValue> graph =
      decode_graph(small_graph().SerializeAsString());
  ASSERT_THAT(graph, IsOk());
  ASSERT_THAT(graph->nodes, SizeIs(2));
  EXPECT_EQ(graph->nodes[0].name, "in");
  EXPECT_EQ(graph->nodes[0].op, "Placeholder");
  EXPECT_THAT(graph->nodes[0].output_shapes, IsEmpty());
  const GraphDefValue::Node& conv = graph->nodes[1];
  EXPECT_EQ(conv.device, "/GPU:0");
  EXPECT_THAT(conv.inputs, ElementsAre("in", "^in"));
  EXPECT_THAT(conv.output_shapes,
              ElementsAre(Optional(ElementsAre(-1, 8)), std::nullopt));
  EXPECT_THAT(conv.attributes, IsEmpty());
  ASSERT_THAT(graph->functions, SizeIs(1));
  EXPECT_EQ(graph->functions[0].name, "f");
  EXPECT_THAT(graph->functions[0].arguments, ElementsAre("x"));
  EXPECT_THAT(graph->functions[0].results, ElementsAre("y"));
  ASSERT_THAT(graph->functions[0].nodes, SizeIs(1));
  EXPECT_EQ(graph->functions[0].nodes[0].name, "inner");
}

// The text of each attribute of a node, by name.
std::vector<std::string> texts(const proto::NodeDef& node) {
  proto::GraphDef graph;
  *graph.add_node() = node;
  absl::StatusOr<GraphDefValue> value = decode_graph(graph.SerializeAsString());
  if (!value.ok()) return {value.status().ToString()};
  std::vector<std::string> texts;
  for (const auto& attribute : value->nodes.at(0).attributes)
    texts.push_back(attribute.name + " = " + attribute.value);
  return texts;
}

TEST(GraphValueTest, AttributesAreTextsByName) {
  proto::NodeDef node;
  auto& attr = *node.mutable_attr();
  attr["T"].set_type(proto::DT_FLOAT);
  attr["b"].set_b(true);
  attr["bytes"].set_s("\xff\x00");
  attr["f"].set_f(0.5f);
  attr["func"].mutable_func()->set_name("g");
  attr["i"].set_i(-3);
  attr["none"];
  attr["s"].set_s("SAME");
  attr["shape"].mutable_shape()->add_dim()->set_size(4);
  proto::TensorProto& tensor = *attr["value"].mutable_tensor();
  tensor.set_dtype(proto::DT_FLOAT);
  tensor.add_float_val(2.5);
  proto::TensorProto& large = *attr["values"].mutable_tensor();
  large.set_dtype(proto::DT_INT32);
  large.mutable_tensor_shape()->add_dim()->set_size(2);
  large.add_int_val(1);
  large.add_int_val(2);
  EXPECT_THAT(
      texts(node),
      ElementsAre("T = DT_FLOAT", "b = true", "bytes = 1 bytes", "f = 0.5",
                  "func = g", "i = -3", "none = ", "s = SAME", "shape = [4]",
                  "value = DT_FLOAT [] 2.5", "values = DT_INT32 [2]"));
}

TEST(GraphValueTest, ListsAreTexts) {
  proto::NodeDef node;
  auto& attr = *node.mutable_attr();
  attr["f"].mutable_list()->add_f(0.5f);
  attr["i"].mutable_list()->add_i(1);
  attr["i"].mutable_list()->add_i(2);
  attr["shapes"].mutable_list()->add_shape()->add_dim()->set_size(-1);
  attr["shapes"].mutable_list()->add_shape()->set_unknown_rank(true);
  attr["types"].mutable_list()->add_type(proto::DT_INT64);
  attr["types"].mutable_list()->add_type(static_cast<proto::DataType>(77));
  EXPECT_THAT(texts(node),
              ElementsAre("f = [0.5]", "i = [1, 2]", "shapes = [[?], ?]",
                          "types = [DT_INT64, DT_77]"));
}

TEST(GraphValueTest, LongAttributesAreCutBetweenCharacters) {
  proto::NodeDef node;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "ü";
  (*node.mutable_attr())["s"].set_s(text);
  for (int i = 0; i < 1000; ++i)
    (*node.mutable_attr())["t"].mutable_list()->add_i(1);
  const std::vector<std::string> found = texts(node);
  EXPECT_LE(found[0].size(), 4 + 256);
  EXPECT_THAT(found[0], ::testing::EndsWith("ü…"));
  EXPECT_THAT(found[1], ::testing::EndsWith("1, …]"));
}

TEST(GraphValueTest, WhatIsNoGraphIsAnError) {
  EXPECT_THAT(decode_graph("no graph"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ::testing::internal::CaptureStderr();
  std::string node;
  wire::put_bytes(node, 1, "\xff");
  std::string graph;
  wire::put_bytes(graph, 1, node);
  EXPECT_THAT(decode_graph(graph), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("not valid UTF-8")));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(GraphValueTest, MillionsOfNodesAreRefusedBeforeTheyAreMade) {
  std::string graph;
  for (int i = 0; i < (1 << 22) + 1; ++i) graph.append("\x0a\x00", 2);
  EXPECT_THAT(decode_graph(graph),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

// func → attr → value → func → …, as deep as it goes.
TEST(GraphValueTest, AttributesThatNestWithoutEndAreRefused) {
  std::string entry;
  for (int i = 0; i < 10'000; ++i) {
    std::string func;
    wire::put_bytes_always(func, 2, entry);
    std::string value;
    wire::put_bytes_always(value, 10, func);
    entry.clear();
    wire::put_bytes_always(entry, 2, value);
  }
  std::string node;
  wire::put_bytes(node, 5, entry);
  std::string graph;
  wire::put_bytes(graph, 1, node);
  EXPECT_THAT(decode_graph(graph),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

proto::RunMetadata small_metadata() {
  proto::RunMetadata message;
  auto& device = *message.mutable_step_stats()->add_dev_stats();
  device.set_device("/CPU:0");
  auto& node = *device.add_node_stats();
  node.set_node_name("conv");
  node.set_timeline_label("conv = Conv2D(in)");
  node.set_all_start_micros(1'000'000);
  node.set_op_start_rel_micros(5);
  node.set_op_end_rel_micros(45);
  node.set_all_end_rel_micros(50);
  node.add_memory()->set_total_bytes(100);
  node.add_memory()->set_total_bytes(28);
  auto& shape = *node.add_output()->mutable_tensor_description();
  shape.mutable_shape()->add_dim()->set_size(4);
  message.add_partition_graphs()->add_node()->set_name("part");
  message.add_function_graphs()
      ->mutable_pre_optimization_graph()
      ->add_node()
      ->set_name("before");
  return message;
}

TEST(RunMetadataValueTest, HasTimesAndMemoryOfTheNodesOfEachDevice) {
  absl::StatusOr<RunMetadataValue> value =
      decode_run_metadata(small_metadata().SerializeAsString());
  ASSERT_THAT(value, IsOk());
  ASSERT_THAT(value->devices, SizeIs(1));
  EXPECT_EQ(value->devices[0].name, "/CPU:0");
  ASSERT_THAT(value->devices[0].nodes, SizeIs(1));
  const RunMetadataValue::Node& node = value->devices[0].nodes[0];
  EXPECT_EQ(node.name, "conv");
  EXPECT_EQ(node.label, "conv = Conv2D(in)");
  EXPECT_EQ(node.start_micros, 1'000'000);
  EXPECT_EQ(node.total_micros, 50);
  EXPECT_EQ(node.compute_micros, 40);
  EXPECT_EQ(node.memory_bytes, 128);
  EXPECT_THAT(node.output_shapes, ElementsAre(Optional(ElementsAre(4))));
  ASSERT_THAT(value->graphs, SizeIs(2));
  EXPECT_EQ(value->graphs[0].nodes[0].name, "before");
  EXPECT_EQ(value->graphs[1].nodes[0].name, "part");
}

TEST(RunMetadataValueTest, AnyTimesAndSizesAreTaken) {
  proto::RunMetadata message;
  auto& node = *message.mutable_step_stats()->add_dev_stats()->add_node_stats();
  node.set_op_start_rel_micros(std::numeric_limits<int64_t>::max());
  node.set_op_end_rel_micros(std::numeric_limits<int64_t>::min());
  node.add_memory()->set_total_bytes(std::numeric_limits<int64_t>::max());
  node.add_memory()->set_total_bytes(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(decode_run_metadata(message.SerializeAsString()), IsOk());
}

class GraphSeriesTest : public LogReaderFixture {};

TEST_F(GraphSeriesTest, GraphsOfEventsAndOfTensorsAreAlike) {
  const std::string encoded = small_graph().SerializeAsString();
  proto::Event event;
  event.set_graph_def(encoded);
  const tblog::Run& run =
      read(framed(event) +
           summary_record(
               1, {string_tensor("__run_graph__", "graphs", {1}, {encoded})}));
  const Series* series = run.find("__run_graph__");
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(series->kind(), ValueKind::kGraph);
  EXPECT_EQ(series->metadata().plugin, "graphs");
  ASSERT_EQ(series->size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(series->graph(i)->nodes, SizeIs(2));
    EXPECT_THAT(series->tensor(i)->strings, ElementsAre(encoded));
  }
}

TEST_F(GraphSeriesTest, RunMetadataOfEventsAndOfTensorsAreAlike) {
  const std::string encoded = small_metadata().SerializeAsString();
  proto::Event event;
  event.set_step(3);
  event.mutable_tagged_run_metadata()->set_tag("step 3");
  event.mutable_tagged_run_metadata()->set_run_metadata(encoded);
  const tblog::Run& run = read(
      framed(event) +
      summary_record(
          4, {string_tensor("a", "graph_run_metadata", {}, {encoded}),
              string_tensor("b", "graph_run_metadata_graph", {1}, {encoded})}));
  EXPECT_THAT(tags(run), ElementsAre("a", "b", "step 3"));
  for (const Series& series : run.series()) {
    EXPECT_EQ(series.kind(), ValueKind::kRunMetadata);
    absl::StatusOr<RunMetadataValue> value = series.run_metadata(0);
    ASSERT_THAT(value, IsOk());
    EXPECT_EQ(value->devices.at(0).nodes.at(0).name, "conv");
  }
  EXPECT_THAT(run.find("step 3")->steps(), ElementsAre(3));
  EXPECT_EQ(run.find("step 3")->metadata().plugin, "graph_tagged_run_metadata");
}

// They may be large: open() does not look into them.
TEST_F(GraphSeriesTest, AMalformedGraphIsAnErrorOfItsValue) {
  proto::Event event;
  event.set_graph_def("graph bytes");
  const tblog::Run& run = read(
      framed(event) +
      summary_record(1, {string_tensor("m", "graph_run_metadata", {}, {"x"})}));
  EXPECT_THAT(run.find("__run_graph__")->graph(0),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(run.find("__run_graph__")->tensor(0)->strings,
              ElementsAre("graph bytes"));
  EXPECT_THAT(run.find("m")->run_metadata(0),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(GraphSeriesTest, WhatIsNoGraphIsSkipped) {
  EXPECT_THAT(reason_for(double_tensor("g", "graphs", {}, {1})),
              StartsWith("tag \"g\": value that is no graph"));
  EXPECT_THAT(
      reason_for(string_tensor("g", "graph_run_metadata", {2}, {"", ""})),
      StartsWith("tag \"g\": value that is no run metadata"));
}

}  // namespace
}  // namespace tblog
