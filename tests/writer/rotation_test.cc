// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RotationTest : public WriterFixture {
 protected:
  // The events of each file, in the order of names.
  std::vector<std::vector<proto::Event>> files(
      const std::string& directory = "/memory/runs/a") {
    std::vector<std::vector<proto::Event>> files;
    for (const std::string& path : memory_.paths_in(directory))
      files.push_back(parse_file(memory_.contents(path)));
    return files;
  }
};

// In each file, each tag's first value has metadata, and no other has.
void expect_metadata_first(const std::vector<proto::Event>& events) {
  std::map<std::string, int> seen;
  for (const proto::Event& event : events)
    for (const auto& value : event.summary().value())
      EXPECT_EQ(value.has_metadata(), seen[value.tag()]++ == 0) << value.tag();
}

std::vector<int64_t> steps_of(
    const std::vector<std::vector<proto::Event>>& files) {
  std::vector<int64_t> steps;
  for (const auto& events : files)
    for (const proto::Event& event : events) steps.push_back(event.step());
  return steps;
}

TEST_F(RotationTest, AFileThatHasHadItsBytesIsFollowedByAnother) {
  options_.max_file_bytes = 1024;
  open();
  for (int step = 0; step < 200; ++step) {
    writer_->scalar("loss", step, step);
    writer_->histogram("w", std::vector<float>{1, 2}, step, {.buckets = 2});
  }
  EXPECT_THAT(writer_->close(), IsOk());
  const auto found = files();
  ASSERT_GT(found.size(), 20u);
  for (size_t i = 0; i < found.size(); ++i) {
    expect_metadata_first(found[i]);
    const std::string path = memory_.paths_in("/memory/runs/a")[i];
    const size_t size = memory_.contents(path).size();
    // The version record is beside, and the last event may pass the limit.
    EXPECT_LT(size, 1024u + 300u);
    const bool is_last = i + 1 == found.size();
    EXPECT_TRUE(is_last || size >= 1024u) << size;
  }
  const std::vector<int64_t> steps = steps_of(found);
  EXPECT_THAT(steps, SizeIs(400));
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(RotationTest, NoFileHoldsAStartThatWouldErase) {
  options_.max_file_bytes = 1024;
  open();
  for (int step = 0; step < 100; ++step) writer_->scalar("loss", step, step);
  EXPECT_THAT(writer_->close(), IsOk());
  for (const auto& events : files())
    for (const proto::Event& event : events)
      EXPECT_FALSE(event.has_session_log());
}

TEST_F(RotationTest, AnOldFileIsFollowedByAnother) {
  options_.max_file_age = seconds(60);
  open();
  writer_->scalar("loss", 1, 1);
  clock_.advance(seconds(59));
  writer_->scalar("loss", 2, 2);
  clock_.advance(seconds(1));
  writer_->scalar("loss", 3, 3);
  clock_.advance(seconds(59));
  writer_->scalar("loss", 4, 4);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto found = files();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(steps_of({found[0]}), ElementsAre(1, 2));
  EXPECT_THAT(steps_of({found[1]}), ElementsAre(3, 4));
  expect_metadata_first(found[1]);
}

TEST_F(RotationTest, EachRunHasFilesOfItsOwn) {
  options_.max_file_bytes = 1024;
  open();
  SummaryWriter test = writer_->child("test");
  for (int step = 0; step < 100; ++step) writer_->scalar("loss", step, step);
  test.scalar("loss", 1, 0);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_GT(files().size(), 2u);
  EXPECT_THAT(files("/memory/runs/a/test"), SizeIs(1));
}

TEST_F(RotationTest, AFlushToNewFilesClosesThem) {
  open();
  SummaryWriter test = writer_->child("test");
  writer_->scalar("loss", 1, 1);
  test.scalar("loss", 1, 1);
  EXPECT_THAT(writer_->flush(FlushLevel::kNewFile), IsOk());
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(files(), SizeIs(1));

  EXPECT_THAT(writer_->flush(FlushLevel::kNewFile), IsOk());
  EXPECT_THAT(files(), SizeIs(1)) << "a file without events";

  writer_->scalar("loss", 2, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto found = files();
  ASSERT_THAT(found, SizeIs(2));
  expect_metadata_first(found[1]);
  EXPECT_THAT(files("/memory/runs/a/test"), SizeIs(1));
}

TEST_F(RotationTest, AFileThatCannotBeClosedIsReportedAndFollowed) {
  options_.max_file_bytes = 1024;
  open();
  disk_.fail(Operation::kClose, 1);
  for (int step = 0; step < 50; ++step) writer_->scalar("loss", step, step);
  EXPECT_FALSE(writer_->close().ok());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("(closing)")));
  EXPECT_THAT(steps_of(files()), SizeIs(50));
}

TEST_F(RotationTest, ANextFileThatCannotBeMadeLosesWhatItShouldHold) {
  options_.max_file_bytes = 1024;
  open();
  for (int step = 0; step < 10; ++step) writer_->scalar("loss", step, step);
  EXPECT_THAT(writer_->flush(), IsOk());
  disk_.fail(Operation::kCreate, 1);
  for (int step = 10; step < 60; ++step) writer_->scalar("loss", step, step);
  EXPECT_FALSE(writer_->flush().ok());
  clock_.advance(seconds(1));
  EXPECT_FALSE(writer_->flush().ok());
  writer_->scalar("loss", 60, 60);
  EXPECT_FALSE(writer_->close().ok());
  const auto found = files();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[1].front().step(), 60);
  expect_metadata_first(found[1]);
  const WriterStats stats = writer_->stats();
  EXPECT_EQ(stats.dropped, 61u - found[0].size() - found[1].size());
  EXPECT_EQ(stats.recovered, 1u);
}

TEST_F(RotationTest, LimitsAreChecked) {
  options_.max_file_bytes = 1023;
  EXPECT_THAT(SummaryWriter::open("runs/a", options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  options_.max_file_bytes = 0;
  options_.max_file_age = seconds(-1);
  EXPECT_THAT(SummaryWriter::open("runs/a", options_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace tblog::testing
