// SPDX-License-Identifier: Apache-2.0

#include "src/writer/previous_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "src/event/event_encoder.h"
#include "src/record/framing.h"
#include "src/summary/scalar.h"
#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using tblog::internal::append_summary_record;
using tblog::internal::read_end_of_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Records of the given steps.
std::string records(std::initializer_list<int64_t> steps) {
  std::string out;
  for (int64_t step : steps)
    append_summary_record(out, 1.5, step, std::string(40, 'x'));
  return out;
}

TEST(EndOfFileTest, TheLargestStepCounts) {
  const auto end = read_end_of_file(records({3, 9, -4}));
  EXPECT_EQ(end.last_step, 9);
  EXPECT_FALSE(end.is_cut_off);
}

TEST(EndOfFileTest, OfAPartOfAFileTheWholeRecordsCount) {
  const std::string file = records({7, 8, 9});
  const size_t record = file.size() / 3;
  for (size_t from = 0; from < 2 * record; ++from)
    EXPECT_EQ(read_end_of_file(file.substr(from)).last_step, 9) << from;
  EXPECT_EQ(read_end_of_file(file.substr(2 * record + 1)).last_step,
            std::nullopt);
}

TEST(EndOfFileTest, ACutOffRecordIsNoticed) {
  const std::string file = records({7, 8});
  for (size_t bytes = file.size() / 2 + 1; bytes < file.size(); ++bytes) {
    const auto end = read_end_of_file(file.substr(0, bytes));
    EXPECT_EQ(end.last_step, 7) << bytes;
    EXPECT_TRUE(end.is_cut_off) << bytes;
  }
}

TEST(EndOfFileTest, EventsThatAreNoSummaryHaveNoStep) {
  std::string file;
  tblog::internal::append_file_version_record(file, 1, "x");
  tblog::internal::append_event_record(
      file, 1, 100, tblog::internal::EventField::kGraphDef, "g");
  EXPECT_EQ(read_end_of_file(file).last_step, std::nullopt);
  EXPECT_FALSE(read_end_of_file(file).is_cut_off);
}

TEST(EndOfFileTest, AnyBytesAreSafe) {
  std::mt19937 random(5);
  const std::string good = records({1, 2, 3});
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(random() % good.size());
    for (unsigned n = random() % 4; n > 0 && !bytes.empty(); --n)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    read_end_of_file(bytes);
  }
  EXPECT_EQ(read_end_of_file("").last_step, std::nullopt);
}

// A length that says more than there is, with a checksum that is right.
TEST(EndOfFileTest, HugeLengthsAreCutOff) {
  std::string header(12, '\0');
  tblog::internal::store_record_header(header.data(),
                                       tblog::internal::kMaxPayloadBytes);
  EXPECT_TRUE(read_end_of_file(header).is_cut_off);
}

class ResumeTest : public WriterFixture {
 protected:
  // A writer that logs these steps of "loss", and is gone.
  void earlier(std::initializer_list<int64_t> steps) {
    SummaryWriter writer("runs/a", options_);
    for (int64_t step : steps) writer.scalar("loss", 1, step);
    EXPECT_THAT(writer.close(), IsOk());
  }
  std::vector<proto::Event> newest() {
    EXPECT_THAT(writer_->close(), IsOk());
    return parse_file(
        memory_.contents(memory_.paths_in("/memory/runs/a").back()));
  }
};

TEST_F(ResumeTest, AResumedRunStartsTwiceAtItsStepInANewFile) {
  earlier({1, 2, 3});
  options_.resume_step = 2;
  open();
  writer_->scalar("loss", 5, 2);
  const auto events = newest();
  ASSERT_THAT(events, SizeIs(3));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(events[i].session_log().status(), proto::SessionLog::START);
    EXPECT_EQ(events[i].step(), 2);
  }
  EXPECT_TRUE(events[2].summary().value(0).has_metadata());
  EXPECT_THAT(memory_.paths_in("/memory/runs/a"), SizeIs(2));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ResumeTest, ChildrenStartAgainToo) {
  options_.resume_step = -7;
  open();
  writer_->child("test").scalar("loss", 5, -7);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto events =
      parse_file(memory_.contents(memory_.paths_in("/memory/runs/a/test")[0]));
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[1].session_log().status(), proto::SessionLog::START);
  EXPECT_EQ(events[1].step(), -7);
}

TEST_F(ResumeTest, ARotatedFileDoesNotStartAgain) {
  options_.resume_step = 0;
  options_.max_file_bytes = 1024;
  open();
  for (int step = 0; step < 100; ++step) writer_->scalar("loss", 1, step);
  for (const auto& event : newest()) EXPECT_FALSE(event.has_session_log());
}

TEST_F(ResumeTest, NamesSortAfterThoseThatAreThere) {
  clock_.set_wall_time(kNow + 5000);
  earlier({1});
  clock_.set_wall_time(kNow);
  options_.resume_step = 2;
  open();
  writer_->scalar("loss", 5, 2);
  EXPECT_EQ(newest().size(), 3u) << "the new file sorts before the old one";
}

TEST_F(ResumeTest, ALaterStepIsNoNews) {
  earlier({1, 2});
  open();
  writer_->scalar("loss", 1, 3);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ResumeTest, BeginningBelowAnEarlierWriterIsReportedOnce) {
  earlier({1, 2, 30});
  open();
  for (int step = 0; step < 5; ++step) writer_->scalar("loss", 1, step);
  writer_->scalar("accuracy", 1, 0);
  EXPECT_THAT(writer_->close(), IsOk()) << "a remark is no failure";
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("has come to step 30")));
}

TEST_F(ResumeTest, WhatStandsAtStepZeroAlwaysIsNotCompared) {
  earlier({1, 30});
  open();
  writer_->hparams({{"lr", 0.1}});
  HParamsExperiment{{{"lr"}}}.write(*writer_);
  writer_->layout(CustomScalarLayout());
  EXPECT_THAT(reports(), IsEmpty());
  writer_->scalar("loss", 1, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("has come to step 30")));
}

TEST_F(ResumeTest, AlsoBelowTheStepThatIsResumed) {
  earlier({1, 2, 30});
  options_.resume_step = 20;
  open();
  writer_->scalar("loss", 1, 10);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("has come to step 30")));
}

TEST_F(ResumeTest, AChildIsComparedWithItsOwnRun) {
  earlier({30});
  open();
  writer_->child("test").scalar("loss", 1, 0);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(ResumeTest, ATornFileIsLeftAloneAndReported) {
  disk_.write_short(2, 30);
  {
    SummaryWriter torn("runs/a", options_);
    torn.scalar("loss", 1, 1);
    EXPECT_FALSE(torn.close().ok());
  }
  const std::string path = memory_.paths_in("/memory/runs/a").at(0);
  const std::string before = memory_.contents(path);
  reports_.clear();
  open();
  writer_->scalar("loss", 1, 2);
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("ends inside a record")));
  EXPECT_EQ(memory_.contents(path), before);
}

}  // namespace
}  // namespace tblog::testing
