// SPDX-License-Identifier: Apache-2.0
//
// WriterOptions::max_bytes_per_tag: where the series of a tag ends.

#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TagLimitTest : public WriterFixture {
 protected:
  TagLimitTest() { options_.max_bytes_per_tag = 10'000; }

  std::vector<int64_t> steps(std::string_view tag) {
    std::vector<int64_t> steps;
    for (const auto& event : events()) {
      for (const auto& value : event.summary().value())
        if (value.tag() == tag) steps.push_back(event.step());
    }
    return steps;
  }
};

TEST_F(TagLimitTest, ASeriesEndsBeforeItWouldPassTheLimit) {
  open();
  for (int step = 0; step < 10; ++step)
    writer_->text("t", std::string(3'000, 'x'), step);
  writer_->text("t", "small, and late", 10);
  writer_->text("other", std::string(3'000, 'x'), 0);
  EXPECT_EQ(writer_->stats().refused, 8u);
  EXPECT_EQ(writer_->stats().dropped, 0u);
  EXPECT_THAT(reports(), ElementsAre(AllOf(HasSubstr("\"t\""),
                                           HasSubstr("max_bytes_per_tag"))));
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(steps("t"), ElementsAre(0, 1, 2));
  EXPECT_THAT(steps("other"), ElementsAre(0));
}

TEST_F(TagLimitTest, AFirstValueMayBeTooMuch) {
  open();
  writer_->text("t", std::string(10'001, 'x'), 0);
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(TagLimitTest, HoldsForMediaAndHistograms) {
  open();
  const std::vector<float> samples(2'000, 0.5f);
  const TensorView clip(samples.data(), {2'000});
  for (int step = 0; step < 5; ++step) {
    writer_->audio("a", clip, step);
    writer_->histogram("h", samples, step);
  }
  EXPECT_THAT(steps("a"), ElementsAre(0, 1));
  EXPECT_THAT(steps("h"), SizeIs(5));
}

TEST_F(TagLimitTest, ScalarsAndWhatARunLogsOnceHaveNone) {
  options_.max_bytes_per_tag = 30;
  open();
  writer_->hparams({{"a-name-that-is-longer-than-that", 1}});
  Graph graph;
  graph.node("a-name-that-is-longer-than-that", "Op");
  writer_->graph(graph);
  for (int step = 0; step < 20; ++step) writer_->scalar("s", 1, step);
  EXPECT_EQ(writer_->stats().refused, 0u);
  EXPECT_THAT(steps("s"), SizeIs(20));
}

// TensorBoard shows all parts of a mesh or none.
TEST_F(TagLimitTest, OfAMeshAllPartsEndTogether) {
  options_.max_bytes_per_tag = 1'000;
  open();
  const std::vector<float> vertices(3 * 30, 1.0f);
  const std::vector<uint8_t> colors(3 * 30, 1);
  Mesh mesh;
  mesh.vertices = TensorView(vertices.data(), {30, 3});
  mesh.colors = TensorView(colors.data(), {30, 3});
  for (int step = 0; step < 5; ++step) writer_->mesh("m", mesh, step);
  EXPECT_THAT(steps("m_VERTEX"), ElementsAre(0, 1));
  EXPECT_THAT(steps("m_COLOR"), ElementsAre(0, 1));
}

}  // namespace
}  // namespace tblog::testing
