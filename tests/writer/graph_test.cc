// SPDX-License-Identifier: Apache-2.0

#include "tblog/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tblog/proto/graph.pb.h"
#include "tests/writer/writer_fixture.h"

namespace tblog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WriterGraphTest : public testing::WriterFixture {
 protected:
  static Graph two_nodes() {
    Graph graph;
    graph.node("x", "Placeholder");
    graph.node("conv1", "Conv2D").input("x").output_shape({1, 8, 8, 16});
    return graph;
  }
};

TEST_F(WriterGraphTest, IsAnEventOfItsOwnAtStepZero) {
  open();
  writer_->graph(two_nodes());
  const std::vector<proto::Event> all = events();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].step(), 0);
  EXPECT_EQ(all[0].wall_time(), kNow);
  proto::GraphDef def;
  ASSERT_TRUE(def.ParseFromString(all[0].graph_def()));
  ASSERT_EQ(def.node_size(), 2);
  EXPECT_EQ(def.node(1).name(), "conv1");
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(WriterGraphTest, BytesAreWrittenAsTheyAre) {
  proto::GraphDef def;
  def.add_node()->set_name("n");
  def.mutable_versions()->set_producer(1234);
  open();
  writer_->graph(GraphDefBytes{def.SerializeAsString()}, {7, 12.5});
  const std::vector<proto::Event> all = events();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].graph_def(), def.SerializeAsString());
  EXPECT_EQ(all[0].step(), 7);
  EXPECT_EQ(all[0].wall_time(), 12.5);
}

TEST_F(WriterGraphTest, ASecondOneAtTheSameStepIsAStepThatStandsStill) {
  open();
  writer_->graph(two_nodes());
  writer_->graph(two_nodes());
  writer_->graph(two_nodes(), 1);
  EXPECT_EQ(events().size(), 3u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("step 0 after step 0")));
}

TEST_F(WriterGraphTest, ASecondOneAtTheSameStepIsDroppedWhereAsked) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  writer_->graph(two_nodes());
  writer_->graph(two_nodes());
  EXPECT_EQ(events().size(), 1u);
  EXPECT_EQ(writer_->stats().refused, 1u);
}

TEST_F(WriterGraphTest, WhatCannotBeDrawnIsRefusedOnceAndTheRunGoesOn) {
  open();
  Graph twice = two_nodes();
  twice.node("x", "Again");
  for (int i = 0; i < 3; ++i) writer_->graph(twice);
  writer_->graph(Graph());
  writer_->graph(GraphDefBytes{"no graph"});
  writer_->graph(GraphDefBytes{""});
  writer_->graph(two_nodes());
  EXPECT_EQ(events().size(), 1u);
  EXPECT_EQ(writer_->stats().refused, 6u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr(
                             "refused a value of \"__run_graph__\" in "
                             "/memory/runs/a: two nodes have the name \"x\"")));
}

TEST_F(WriterGraphTest, AnInputThatNamesNoNodeIsRemarkedOnce) {
  open();
  Graph graph;
  graph.node("conv1", "Conv2D").input("x");
  writer_->graph(graph);
  writer_->graph(graph, 1);
  EXPECT_EQ(events().size(), 2u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("which names no node")));
  EXPECT_TRUE(writer_->status().ok());
}

TEST_F(WriterGraphTest, EachRunHasItsOwn) {
  open();
  writer_->graph(two_nodes());
  SummaryWriter child = writer_->child("test");
  child.graph(two_nodes());
  EXPECT_EQ(events().size(), 1u);
  EXPECT_EQ(events("/memory/runs/a/test").size(), 1u);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(WriterGraphTest, ANullWriterAndAClosedOneWriteNothing) {
  SummaryWriter::null().graph(two_nodes());
  SummaryWriter::null().graph(GraphDefBytes{"x"});
  open();
  EXPECT_TRUE(writer_->close().ok());
  writer_->graph(two_nodes());
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("after close()")));
}

}  // namespace
}  // namespace tblog
