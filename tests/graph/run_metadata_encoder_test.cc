// SPDX-License-Identifier: Apache-2.0

#include "src/graph/run_metadata_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "src/graph/message_check.h"
#include "tblog/proto/run_metadata.pb.h"
#include "tests/graph/random_graph.h"

namespace tblog::internal {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using ::testing::HasSubstr;

proto::RunMetadata encoded(const RunMetadata& metadata) {
  const auto encoded = encode_run_metadata(metadata);
  EXPECT_TRUE(encoded.ok()) << encoded.status();
  proto::RunMetadata out;
  EXPECT_TRUE(encoded.ok() && out.ParseFromString(encoded->run_metadata));
  return out;
}

std::string why_refused(const RunMetadata& metadata) {
  return std::string(encode_run_metadata(metadata).status().message());
}

// The same nodes in both forms.
class RandomMetadata {
 public:
  explicit RandomMetadata(uint32_t seed) : random_(seed) {}

  std::pair<RunMetadata, proto::RunMetadata> next() {
    RunMetadata metadata;
    proto::RunMetadata expected;
    for (size_t n = 1 + random_.pick(6); n > 0; --n) {
      add_node(metadata, *expected.mutable_step_stats());
    }
    if (random_.pick(3) == 0) {
      auto [graph, def] = random_.next();
      metadata.graph(std::move(graph));
      *expected.add_function_graphs()->mutable_pre_optimization_graph() =
          std::move(def);
    }
    return {std::move(metadata), std::move(expected)};
  }

 private:
  static proto::DeviceStepStats& device(proto::StepStats& stats,
                                        const std::string& name) {
    for (auto& known : *stats.mutable_dev_stats()) {
      if (known.device() == name) return known;
    }
    stats.add_dev_stats()->set_device(name);
    return *stats.mutable_dev_stats()->rbegin();
  }

  void add_node(RunMetadata& metadata, proto::StepStats& stats) {
    static const std::string kDevices[] = {"", "/device:GPU:0", "ö"};
    const std::string name = "n" + std::to_string(random_.pick(5));
    const std::string& on = kDevices[random_.pick(3)];
    NodeRun& node = metadata.node(name).device(on);
    proto::NodeExecStats& expected = *device(stats, on).add_node_stats();
    expected.set_node_name(name);
    if (random_.pick(4) != 0) {
      const auto start = static_cast<int64_t>(random_.pick(1'000'000)) + 1;
      const auto time = static_cast<int64_t>(random_.pick(5'000));
      node.start(microseconds(start)).duration(microseconds(time));
      expected.set_all_start_micros(start);
      expected.set_op_end_rel_micros(time);
      expected.set_all_end_rel_micros(time);
    }
    for (size_t n = random_.pick(3); n > 0; --n) {
      const int64_t bytes = random_.integer() & 0x7fff'ffff'ffff'ffff;
      node.memory(bytes, on);
      proto::AllocatorMemoryUsed& memory = *expected.add_memory();
      memory.set_allocator_name(on);
      memory.set_total_bytes(bytes);
    }
    for (int n = static_cast<int>(random_.pick(3)), i = 0; i < n; ++i) {
      const GraphShape shape = random_.shape();
      const GraphType type = random_.type();
      node.output_shape(shape, type);
      proto::NodeOutput& output = *expected.add_output();
      output.set_slot(i);
      auto& tensor = *output.mutable_tensor_description();
      tensor.set_dtype(static_cast<proto::DataType>(type.number()));
      RandomGraph::set(*tensor.mutable_shape(), shape);
    }
  }

  RandomGraph random_;
};

TEST(RunMetadataEncoderTest, RandomOnesAreAsGeneratedCodeWritesThem) {
  RandomMetadata random(20'240'902);
  for (int i = 0; i < 2000; ++i) {
    const auto [metadata, expected] = random.next();
    const auto encoded = encode_run_metadata(metadata);
    ASSERT_TRUE(encoded.ok()) << encoded.status();
    ASSERT_EQ(encoded->run_metadata, sorted_bytes_of(expected))
        << expected.DebugString();
    const auto checked = check_run_metadata(encoded->run_metadata);
    ASSERT_TRUE(checked.ok()) << checked.status();
    ASSERT_EQ(checked->has_graph, metadata.graph().has_value());
  }
}

TEST(RunMetadataEncoderTest, TimesAreWholeMicrosecondsThatThePageCanAdd) {
  RunMetadata metadata;
  metadata.node("a").duration(nanoseconds(1));
  metadata.node("b").start(nanoseconds(2499)).duration(nanoseconds(2500));
  metadata.node("c").start(nanoseconds(700)).duration(nanoseconds(0));
  metadata.node("d").start(microseconds(5));
  const proto::RunMetadata out = encoded(metadata);
  const auto& nodes = out.step_stats().dev_stats(0).node_stats();
  EXPECT_EQ(out.step_stats().dev_stats(0).device(), "/device:CPU:0");
  EXPECT_EQ(nodes[0].all_start_micros(), 1);  // 0 would not be written
  EXPECT_EQ(nodes[0].all_end_rel_micros(), 1);
  EXPECT_EQ(nodes[1].all_start_micros(), 2);
  EXPECT_EQ(nodes[1].all_end_rel_micros(), 3);
  EXPECT_EQ(nodes[2].all_start_micros(), 1);
  EXPECT_EQ(nodes[2].all_end_rel_micros(), 0);
  EXPECT_EQ(nodes[3].all_start_micros(), 0);  // no duration: no time
}

TEST(RunMetadataEncoderTest, AGraphAloneStillHasTheFieldThatThePageReads) {
  RunMetadata metadata;
  Graph graph;
  graph.node("n", "Op");
  metadata.graph(graph);
  const proto::RunMetadata out = encoded(metadata);
  EXPECT_TRUE(out.has_step_stats());
  EXPECT_EQ(out.function_graphs(0).pre_optimization_graph().node(0).name(),
            "n");
}

TEST(RunMetadataEncoderTest, RefusesWhatThePageCannotShow) {
  EXPECT_THAT(why_refused(RunMetadata()),
              HasSubstr("neither nodes nor a graph"));
  RunMetadata unnamed, backwards, negative, empty_graph;
  unnamed.node("");
  backwards.node("n").duration(nanoseconds(-1));
  negative.node("n").memory(-1);
  empty_graph.node("n");
  empty_graph.graph(Graph());
  EXPECT_THAT(why_refused(unnamed), HasSubstr("has no name"));
  EXPECT_THAT(why_refused(backwards),
              HasSubstr("node \"n\" has a negative duration"));
  EXPECT_THAT(why_refused(negative), HasSubstr("negative number of bytes"));
  EXPECT_THAT(why_refused(empty_graph), HasSubstr("the graph has no nodes"));
  RunMetadata name, device, allocator;
  name.node("\xff");
  device.node("n").device("\xff");
  allocator.node("n").memory(1, "\xff");
  for (const RunMetadata& metadata : {name, device, allocator}) {
    EXPECT_THAT(why_refused(metadata), HasSubstr("not UTF-8"));
  }
}

}  // namespace
}  // namespace tblog::internal
