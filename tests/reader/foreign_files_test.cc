// SPDX-License-Identifier: Apache-2.0
//
// Files by other writers, see data/generate.py for what they logged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tblog/log_reader.h"
#include "tests/testing/status_matchers.h"

namespace tblog {
namespace {

using tblog::testing::IsOk;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

LogReader read(const char* name) {
  absl::StatusOr<LogReader> log =
      LogReader::open(std::string(TBLOG_READER_TEST_DATA) + "/" + name);
  EXPECT_THAT(log, IsOk());
  return log.ok() ? *std::move(log) : LogReader();
}

TEST(ForeignFilesTest, ReadsTensorBoardsOwnWriter) {
  const LogReader log = read("tensorboard.tfevents");
  EXPECT_THAT(log.skipped(), IsEmpty());
  ASSERT_THAT(log.files(), SizeIs(1));
  EXPECT_EQ(log.files()[0].events, 9u);
  EXPECT_EQ(log.files()[0].incomplete_bytes, 0u);
  EXPECT_EQ(log.files()[0].file_version, "brain.Event:2");
  EXPECT_EQ(log.files()[0].writer,
            "tensorboard.summary.writer.event_file_writer");
  ASSERT_THAT(log.runs(), SizeIs(1));
  const tblog::Run& run = log.runs()[0];
  ASSERT_THAT(run.series(), SizeIs(4));

  const Series& loss = *run.find("loss");
  EXPECT_THAT(loss.steps(), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(loss.wall_times(), ElementsAre(1000, 1001, 1002, 1003, 1004));
  EXPECT_THAT(loss.values(), ElementsAre(1, 0.5, DoubleNear(1.0 / 3, 1e-7),
                                         0.25, DoubleNear(0.2, 1e-7)));
  EXPECT_EQ(loss.metadata().display_name, "Loss");
  EXPECT_EQ(loss.metadata().description, "mean, *nats*");

  absl::StatusOr<HistogramValue> weights = run.find("weights")->histogram(0);
  ASSERT_THAT(weights, IsOk());
  ASSERT_THAT(weights->buckets, SizeIs(2));
  EXPECT_EQ(weights->buckets[1].left, 0.5);
  EXPECT_EQ(weights->buckets[1].right, 1.0);
  EXPECT_EQ(weights->buckets[1].count, 2.0);

  absl::StatusOr<ImageValue> pixel = run.find("pixel")->image(0);
  ASSERT_THAT(pixel, IsOk());
  EXPECT_EQ(pixel->width, 1);
  EXPECT_EQ(pixel->height, 1);
  EXPECT_THAT(pixel->images, ElementsAre(StartsWith("\x89PNG")));

  EXPECT_THAT(run.find("note")->text(0)->texts, ElementsAre("**grüße**"));
  EXPECT_THAT(run.find("note")->steps(), ElementsAre(9));
}

TEST(ForeignFilesTest, ReadsTensorboardX) {
  const LogReader log = read("tensorboardx.tfevents");
  EXPECT_THAT(log.skipped(), IsEmpty());
  ASSERT_THAT(log.runs(), SizeIs(1));
  const tblog::Run& run = log.runs()[0];
  ASSERT_THAT(run.series(), SizeIs(4));
  EXPECT_THAT(run.find("loss")->values(), ElementsAre(0, 0.5, 1, 1.5, 2));
  EXPECT_THAT(run.find("loss")->wall_times(),
              ElementsAre(2000, 2001, 2002, 2003, 2004));

  // {1, 1, 2}: the outer buckets end at the extremes.
  absl::StatusOr<HistogramValue> weights = run.find("weights")->histogram(0);
  ASSERT_THAT(weights, IsOk());
  ASSERT_GE(weights->buckets.size(), 2u);
  EXPECT_EQ(weights->buckets.front().left, 1);
  EXPECT_EQ(weights->buckets.front().count, 2);
  EXPECT_EQ(weights->buckets.back().right, 2);
  EXPECT_EQ(weights->buckets.back().count, 1);

  absl::StatusOr<ImageValue> pixel = run.find("pixel")->image(0);
  ASSERT_THAT(pixel, IsOk());
  EXPECT_EQ(pixel->width, 4);
  EXPECT_EQ(pixel->height, 2);
  EXPECT_THAT(run.find("note/text_summary")->text(0)->texts,
              ElementsAre("hello"));
}

}  // namespace
}  // namespace tblog
