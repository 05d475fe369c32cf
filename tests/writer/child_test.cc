// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include "tests/writer/writer_fixture.h"

namespace tblog::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ChildTest : public WriterFixture {};

TEST_F(ChildTest, HasAFileOfItsOwnFromItsFirstEvent) {
  open();
  SummaryWriter test = writer_->child("test");
  EXPECT_EQ(test.logdir(), "/memory/runs/a/test");
  EXPECT_THAT(test.flush(), IsOk());
  EXPECT_FALSE(memory_.has_directory("/memory/runs/a/test"));
  test.scalar("x", 1, 0);
  writer_->scalar("x", 2, 0);
  EXPECT_THAT(writer_->close(), IsOk());
  const auto child = events("/memory/runs/a/test");
  ASSERT_THAT(child, SizeIs(1));
  EXPECT_TRUE(child[0].summary().value(0).has_metadata());
  EXPECT_EQ(child[0].summary().value(0).tensor().float_val(0), 1.0f);
  const auto root = events();
  ASSERT_THAT(root, SizeIs(1));
  EXPECT_TRUE(root[0].summary().value(0).has_metadata());
  EXPECT_EQ(memory_.open_files(), 0u);
}

TEST_F(ChildTest, TheSameNameIsTheSameRun) {
  options_.on_step_back = OnStepBack::kDrop;
  open();
  writer_->child("a/b").scalar("x", 1, 0);
  writer_->child("a//b/").scalar("x", 1, 0);
  writer_->child("a").child("./b").scalar("x", 1, 1);
  EXPECT_THAT(events("/memory/runs/a/a/b"), SizeIs(2));
  EXPECT_EQ(writer_->stats().refused, 1u);
}

TEST_F(ChildTest, SharesCountsAndStatus) {
  open();
  SummaryWriter test = writer_->child("test");
  test.scalar("", 1, 0);
  test.scalar("x", 1, 0);
  EXPECT_EQ(writer_->stats().refused, 1u);
  EXPECT_EQ(writer_->stats().events, 1u);
  EXPECT_THAT(writer_->status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("/memory/runs/a/test")));
}

TEST_F(ChildTest, HasAStepOfItsOwn) {
  open();
  writer_->set_step(5);
  SummaryWriter test = writer_->child("test");
  test.set_step(7);
  writer_->share().scalar("x", 1);
  test.scalar("x", 1);
  EXPECT_EQ(events()[0].step(), 5);
  EXPECT_EQ(events("/memory/runs/a/test")[0].step(), 7);
}

TEST_F(ChildTest, ItsCloseOnlyFlushes) {
  open();
  SummaryWriter test = writer_->child("test");
  test.scalar("x", 1, 0);
  EXPECT_THAT(test.close(), IsOk());
  EXPECT_TRUE(writer_->enabled());
  EXPECT_THAT(memory_.paths_in("/memory/runs/a/test"), SizeIs(1));
  test.scalar("x", 1, 1);
  EXPECT_THAT(events("/memory/runs/a/test"), SizeIs(2));
}

TEST_F(ChildTest, OutlivesTheRootsHandle) {
  open();
  SummaryWriter test = writer_->child("test");
  writer_.reset();
  test.scalar("x", 1, 0);
  EXPECT_THAT(test.flush(), IsOk());
  test = SummaryWriter::null();
  EXPECT_EQ(memory_.open_files(), 0u);
  EXPECT_THAT(memory_.paths(), SizeIs(2));
}

TEST_F(ChildTest, ClosesWithTheRoot) {
  open();
  SummaryWriter test = writer_->child("test");
  EXPECT_THAT(writer_->close(), IsOk());
  EXPECT_FALSE(test.enabled());
  test.scalar("x", 1, 0);
  writer_->child("late").scalar("x", 1, 0);
  EXPECT_EQ(writer_->stats().dropped, 2u);
}

TEST_F(ChildTest, BadNamesActAsNull) {
  open();
  const std::vector<std::string> bad = {"",
                                        "/abs",
                                        "..",
                                        "a/../..",
                                        "a/..",
                                        "./..",
                                        ".",
                                        "a\xff",
                                        std::string("a\0", 2),
                                        "x/my.tfevents.y/z",
                                        "./"};
  for (const std::string& name : bad) {
    SummaryWriter child = writer_->child(name);
    EXPECT_FALSE(child.enabled()) << name;
    child.scalar("x", 1, 0);
  }
  EXPECT_EQ(writer_->stats().refused, bad.size());
  EXPECT_EQ(reports().size(), bad.size());
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(ChildTest, DotsInsideOfNamesAreFine) {
  open();
  EXPECT_EQ(writer_->child("..a/b..").logdir(), "/memory/runs/a/..a/b..");
}

}  // namespace
}  // namespace tblog::testing
