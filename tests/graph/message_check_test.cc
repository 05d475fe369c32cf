// SPDX-License-Identifier: Apache-2.0

#include "src/graph/message_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "src/event/wire.h"
#include "src/graph/graph_encoder.h"
#include "tblog/proto/graph.pb.h"
#include "tblog/proto/run_metadata.pb.h"
#include "tests/graph/random_graph.h"

namespace tblog::internal {
namespace {

using ::testing::HasSubstr;

std::string why_refused(const std::string& bytes) {
  return std::string(check_graph_def(bytes).message());
}

// A field that holds a message.
std::string field(uint32_t number, const std::string& bytes) {
  std::string out;
  wire::put_bytes_always(out, number, bytes);
  return out;
}

TEST(MessageCheckTest, TakesWhatGeneratedCodeWrites) {
  RandomGraph random(1);
  for (int i = 0; i < 300; ++i) {
    const auto [graph, def] = random.next();
    EXPECT_TRUE(check_graph_def(def.SerializeAsString()).ok());
  }
}

// The generated classes know fewer fields than TensorBoard's, so that bytes
// which they take may still be refused, but not the other way round.
TEST(MessageCheckTest, WhatItTakesGeneratedCodeParses) {
  google::protobuf::LogSilencer silent;
  RandomGraph random(2);
  int taken = 0, refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = random.next().second.SerializeAsString();
    for (size_t n = 1 + random.pick(3); n > 0; --n) {
      bytes[random.pick(bytes.size())] = static_cast<char>(random.pick(256));
    }
    if (random.pick(4) == 0) bytes.resize(random.pick(bytes.size() + 1));
    const bool ours = check_graph_def(bytes).ok();
    proto::GraphDef def;
    const bool theirs = def.ParseFromString(bytes);
    ASSERT_TRUE(theirs || !ours) << i;
    ++(ours ? taken : refused);
  }
  EXPECT_GT(taken, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(MessageCheckTest, RefusesWhatIsNoGraphDef) {
  EXPECT_THAT(why_refused(""), HasSubstr("no nodes"));
  EXPECT_THAT(why_refused(field(7, "unknown")), HasSubstr("no nodes"));
  EXPECT_THAT(why_refused("model.pb"), HasSubstr("no encoded GraphDef"));
  EXPECT_THAT(why_refused("\x89PNG\r\n\x1a\n"),
              HasSubstr("no encoded GraphDef"));
  EXPECT_THAT(why_refused(field(1, field(1, "\xff"))),  // a name
              HasSubstr("no encoded GraphDef"));
  EXPECT_THAT(why_refused(field(1, "a")), HasSubstr("no encoded GraphDef"));
}

TEST(MessageCheckTest, TakesAGraphOfFunctionsAlone) {
  EXPECT_TRUE(check_graph_def(field(2, field(1, ""))).ok());
}

TEST(MessageCheckTest, LooksIntoEveryMessageOfAGraph) {
  const std::string bad_text = field(1, "\xff");
  const std::string bad_shape = field(2, bad_text.substr(0, 1));
  const auto node = [](const std::string& in) { return field(1, in); };
  const auto attribute = [&](const std::string& value) {
    return node(field(5, field(2, value)));
  };
  // Each is cut off or not UTF-8 at its end.
  const std::string bad[] = {
      node(field(3, "\xff")),
      node(field(5, bad_text)),
      node(field(6, bad_text)),
      node(field(7, field(2, field(3, "\xff")))),
      attribute(field(7, bad_shape)),
      attribute(field(8, field(2, bad_shape))),
      attribute(field(8, field(5, "abc"))),
      attribute(field(8, field(6, "abcd"))),
      attribute(field(8, field(7, "\x80"))),
      attribute(field(9, "\xff")),
      attribute(field(10, bad_text)),
      attribute(field(10, field(2, bad_text))),
      attribute(field(1, field(3, "\x80"))),
      attribute(field(1, field(3, std::string(10, '\x80') + "\x01"))),
      attribute(field(1, field(4, "a"))),
      attribute(field(1, field(7, bad_shape))),
      attribute(field(1, field(9, bad_text))),
      field(2, field(1, field(1, bad_text))),
      field(2, field(1, field(3, bad_text))),
      field(2, field(1, field(4, bad_text))),
      field(2, field(2, bad_text)),
      field(4, field(3, "\x80")),
      field(5, bad_text),
      field(5, field(2, field(2, field(1, field(4, "\xff"))))),
  };
  for (const std::string& bytes : bad) {
    const std::string with_node = field(1, field(1, "n")) + bytes;
    EXPECT_THAT(why_refused(with_node), HasSubstr("no encoded GraphDef"))
        << &bytes - bad;
  }
}

TEST(MessageCheckTest, RefusesWhatNestsDeeperThanLibprotobufGoes) {
  std::string type;
  for (int i = 0; i < 200; ++i) type = field(2, type);  // FullTypeDef.args
  EXPECT_FALSE(check_graph_def(field(1, field(7, type))).ok());
  std::string nested = field(3, "x");
  for (int i = 0; i < 50; ++i) nested = field(2, nested);
  EXPECT_TRUE(check_graph_def(field(1, field(7, nested))).ok());
}

TEST(MessageCheckTest, RunMetadataWithAndWithoutAGraph) {
  proto::RunMetadata metadata;
  metadata.mutable_step_stats()
      ->add_dev_stats()
      ->add_node_stats()
      ->set_node_name("n");
  auto checked = check_run_metadata(metadata.SerializeAsString());
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_FALSE(checked->has_graph);

  metadata.add_function_graphs();
  EXPECT_FALSE(check_run_metadata(metadata.SerializeAsString())->has_graph);
  metadata.mutable_function_graphs(0)
      ->mutable_pre_optimization_graph()
      ->add_node()
      ->set_name("n");
  EXPECT_TRUE(check_run_metadata(metadata.SerializeAsString())->has_graph);
  metadata.clear_step_stats();
  EXPECT_TRUE(check_run_metadata(metadata.SerializeAsString())->has_graph);
}

TEST(MessageCheckTest, RefusesWhatIsNoRunMetadata) {
  EXPECT_THAT(check_run_metadata("").status().message(),
              HasSubstr("neither times of nodes nor a graph"));
  EXPECT_THAT(check_run_metadata("x").status().message(),
              HasSubstr("no encoded RunMetadata"));
  const auto node = [](const std::string& in) {
    return field(1, field(1, field(2, in)));
  };
  const std::string bad[] = {
      field(1, field(1, field(1, "\xff"))),
      field(1, field(1, field(3, field(2, "\xff")))),
      node(field(1, "\xff")),
      node(field(6, field(1, "\xff"))),
      node(field(6, field(6, "\x80"))),
      node(field(7, field(3, field(2, field(2, field(2, "\xff")))))),
      node(field(8, "\xff")),
      node(field(11, field(3, "\xff"))),
      node(field(12, field(5, "\x80"))),
      field(2, field(1, field(1, "\xff"))),
      field(3, field(1, field(1, "\xff"))),
      field(4, field(2, field(1, field(1, "\xff")))),
      field(5, field(1, "\xff")),
  };
  for (const std::string& bytes : bad) {
    EXPECT_FALSE(check_run_metadata(field(1, "") + bytes).ok()) << &bytes - bad;
  }
}

}  // namespace
}  // namespace tblog::internal
