// SPDX-License-Identifier: Apache-2.0

#include "tblog/run_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tblog/proto/run_metadata.pb.h"
#include "tests/writer/writer_fixture.h"

namespace tblog {
namespace {

using std::chrono::microseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RunMetadataTest : public testing::WriterFixture {
 protected:
  static RunMetadata times() {
    RunMetadata metadata;
    metadata.node("conv1").start(microseconds(3)).duration(microseconds(120));
    return metadata;
  }
  static RunMetadata times_and_graph() {
    RunMetadata metadata = times();
    Graph graph;
    graph.node("conv1", "Conv2D");
    metadata.graph(graph);
    return metadata;
  }
  static proto::RunMetadata parsed(const std::string& bytes) {
    proto::RunMetadata metadata;
    EXPECT_TRUE(metadata.ParseFromString(bytes));
    return metadata;
  }
};

TEST_F(RunMetadataTest, TimesAreATaggedEvent) {
  open();
  writer_->run_metadata("step 7", times(), 7);
  const std::vector<proto::Event> all = events();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].step(), 7);
  const proto::TaggedRunMetadata& tagged = all[0].tagged_run_metadata();
  EXPECT_EQ(tagged.tag(), "step 7");
  const proto::RunMetadata metadata = parsed(tagged.run_metadata());
  const auto& node = metadata.step_stats().dev_stats(0).node_stats(0);
  EXPECT_EQ(node.node_name(), "conv1");
  EXPECT_EQ(node.all_start_micros(), 3);
  EXPECT_EQ(node.all_end_rel_micros(), 120);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(RunMetadataTest, AGraphOfItsOwnMakesItASummary) {
  open();
  writer_->run_metadata("step", times_and_graph(), 1);
  writer_->run_metadata("step", times_and_graph(), 2);
  const std::vector<proto::Event> all = events();
  ASSERT_EQ(all.size(), 2u);
  const proto::Summary::Value& value = all[0].summary().value(0);
  EXPECT_EQ(value.tag(), "step");
  EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "graph_run_metadata");
  EXPECT_EQ(value.metadata().plugin_data().content(), "1");
  EXPECT_EQ(value.metadata().data_class(), proto::DATA_CLASS_BLOB_SEQUENCE);
  EXPECT_EQ(value.tensor().dtype(), proto::DT_STRING);
  ASSERT_EQ(value.tensor().tensor_shape().dim_size(), 1);
  const proto::RunMetadata metadata = parsed(value.tensor().string_val(0));
  EXPECT_EQ(metadata.function_graphs(0).pre_optimization_graph().node_size(),
            1);
  EXPECT_FALSE(all[1].summary().value(0).has_metadata());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(RunMetadataTest, BytesGoTheWayThatTheirContentAsksFor) {
  proto::RunMetadata metadata;
  metadata.mutable_step_stats()->add_dev_stats()->set_device("d");
  const std::string plain = metadata.SerializeAsString();
  metadata.add_function_graphs()
      ->mutable_pre_optimization_graph()
      ->add_node()
      ->set_name("n");
  const std::string with_graph = metadata.SerializeAsString();
  open();
  writer_->run_metadata("plain", RunMetadataBytes{plain}, 1);
  writer_->run_metadata("graph", RunMetadataBytes{with_graph}, 1);
  const std::vector<proto::Event> all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].tagged_run_metadata().run_metadata(), plain);
  EXPECT_EQ(all[1].summary().value(0).tensor().string_val(0), with_graph);
}

TEST_F(RunMetadataTest, BothFormsUnderOneTagAreRefused) {
  open();
  writer_->run_metadata("step", times(), 1);
  writer_->run_metadata("step", times_and_graph(), 2);
  EXPECT_EQ(events().size(), 1u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("its first value was of")));
}

TEST_F(RunMetadataTest, WhatThePageCannotShowIsRefusedOnce) {
  open();
  for (int i = 0; i < 2; ++i) {
    writer_->run_metadata("a", RunMetadata(), i);
    writer_->run_metadata("b", RunMetadataBytes{"x"}, i);
    writer_->run_metadata("", times(), i);
  }
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(writer_->stats().refused, 6u);
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("neither nodes nor a graph"),
                                     HasSubstr("no encoded RunMetadata"),
                                     HasSubstr("the tag is empty")));
}

TEST_F(RunMetadataTest, ANullWriterWritesNothing) {
  SummaryWriter::null().run_metadata("a", times(), 0);
  SummaryWriter::null().run_metadata("a", RunMetadataBytes{"x"}, 0);
}

}  // namespace
}  // namespace tblog
