// SPDX-License-Identifier: Apache-2.0
//
// What open() refuses, and how a writer acts that could not be opened.

#include <string>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OpenTest : public WriterFixture {
 protected:
  absl::Status open_status(std::string_view logdir = "runs/a") {
    return SummaryWriter::open(logdir, options_).status();
  }

  void expect_refused(const std::string& field) {
    EXPECT_THAT(open_status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(field)));
    EXPECT_THAT(memory_.paths(), IsEmpty());
    EXPECT_EQ(disk_.calls(Operation::kCreateDirectories), 0);
  }
};

TEST_F(OpenTest, ChecksMaxFlushDelay) {
  options_.max_flush_delay = milliseconds(0);
  expect_refused("max_flush_delay");
  options_.max_flush_delay = hours(1) + milliseconds(1);
  expect_refused("max_flush_delay");
  options_.max_flush_delay = milliseconds(1);
  EXPECT_THAT(open_status(), IsOk());
  options_.max_flush_delay = hours(1);
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksMaxPendingBytes) {
  options_.max_pending_bytes = (64 << 10) - 1;
  expect_refused("max_pending_bytes");
  options_.max_pending_bytes = (size_t{4} << 30) + 1;
  expect_refused("max_pending_bytes");
  options_.max_pending_bytes = 64 << 10;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksMaxBlock) {
  options_.max_block = milliseconds(-1);
  expect_refused("max_block");
  options_.max_block = hours(1) + milliseconds(1);
  expect_refused("max_block");
  options_.max_block = milliseconds(0);
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksMaxTags) {
  options_.max_tags = 0;
  expect_refused("max_tags");
  options_.max_tags = 100'000'001;
  expect_refused("max_tags");
  options_.max_tags = 1;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksMaxOpenFiles) {
  options_.max_open_files = 0;
  expect_refused("max_open_files");
  options_.max_open_files = 1'000'001;
  expect_refused("max_open_files");
  options_.max_open_files = 1;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksTheSuffix) {
  for (const std::string& suffix :
       {std::string("a/b"), std::string("a\0", 2), std::string("\xff"),
        std::string("x.profile-empty")}) {
    options_.filename_suffix = suffix;
    expect_refused("filename_suffix");
  }
  options_.filename_suffix = ".v2";
  EXPECT_THAT(open_status(), IsOk());
  EXPECT_THAT(memory_.paths(), ElementsAre(::testing::EndsWith(".v2")));
}

TEST_F(OpenTest, ChecksOnStepBack) {
  options_.on_step_back = static_cast<OnStepBack>(7);
  expect_refused("on_step_back");
}

TEST_F(OpenTest, ChecksWallClock) {
  options_.wall_clock = static_cast<WallClock>(7);
  expect_refused("wall_clock");
  options_.wall_clock = WallClock::kCoarse;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksThinning) {
  options_.thin_scalars_after = (uint64_t{1} << 32) + 1;
  expect_refused("thin_scalars_after");
  options_.thin_scalars_after = 1;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, ChecksOverflow) {
  options_.overflow = static_cast<Overflow>(7);
  expect_refused("overflow");
}

TEST_F(OpenTest, ChecksDurability) {
  options_.durability = static_cast<Durability>(7);
  expect_refused("durability");
  options_.durability = Durability::kJournaled;  // in a memory file system
  expect_refused("file_system");
  options_.durability = Durability::kSync;
  EXPECT_THAT(open_status(), IsOk());
}

TEST_F(OpenTest, RefusesDirectoriesThatTensorBoardCannotRead) {
  for (const char* logdir : {"runs/my-tfevents", "tfevents", "a/tfevents.1/",
                             "a/tfevents/.", "a/tfevents/b/.."}) {
    EXPECT_THAT(open_status(logdir),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("/memory/"), HasSubstr("tfevents"))))
        << logdir;
  }
  EXPECT_THAT(open_status(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(open_status(std::string_view("a\0b", 3)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(memory_.paths(), IsEmpty());
  EXPECT_THAT(open_status("tfevents/a"), IsOk());
}

TEST_F(OpenTest, FailsWithTheReasonAndTheAbsolutePath) {
  disk_.fail(Operation::kCreate, 1, 1,
             absl::PermissionDeniedError("not yours"));
  EXPECT_THAT(open_status(), StatusIs(absl::StatusCode::kPermissionDenied,
                                      AllOf(HasSubstr("not yours"),
                                            HasSubstr("/memory/runs/a"))));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(OpenTest, FailsWhereTheFirstRecordCannotBeWritten) {
  disk_.fill_after(0);
  EXPECT_THAT(open_status(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(memory_.open_files(), 0u);
}

TEST_F(OpenTest, AConstructorThatFailsActsAsNullAndReports) {
  disk_.fail(Operation::kCreateDirectories, 1);
  open();
  EXPECT_FALSE(writer_->enabled());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("/memory/runs/a")));
  writer_->scalar("x", 1, 0);
  writer_->text("", "x", 0);
  writer_->describe("", {});
  SummaryWriter child = writer_->child("test");
  child.scalar("x", 1, 0);
  EXPECT_FALSE(child.enabled());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("/memory/runs/a")));
  EXPECT_EQ(writer_->stats().refused + writer_->stats().dropped, 0u);
  EXPECT_THAT(writer_->status(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("injected")));
  EXPECT_THAT(writer_->flush(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(writer_->close(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(writer_->logdir(), "/memory/runs/a");
}

TEST_F(OpenTest, BadOptionsAreToldByAConstructorToo) {
  options_.max_tags = 0;
  open();
  EXPECT_FALSE(writer_->enabled());
  EXPECT_THAT(reports(), ElementsAre(HasSubstr("max_tags")));
}

}  // namespace
}  // namespace tblog::testing
