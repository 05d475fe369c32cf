// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RepairCommandTest : public CommandFixture {
 protected:
  RepairCommandTest() {
    EventFile file;
    for (int step = 0; step < 3; ++step) file.scalar("x", step, 1);
    good_ = file.bytes();
    bad_ = good_;
    bad_[good_.size() - 1] ^= 1;
  }

  std::string good_;
  std::string bad_;
};

TEST_F(RepairCommandTest, SavesWhatIsWholeAndSaysWhatIsNot) {
  write("bad.tfevents", bad_);
  const Result result = tblog("repair bad.tfevents -o good.tfevents");
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("3 events saved -> good.tfevents"));
  EXPECT_THAT(result.out, HasSubstr("payload checksum"));
  EXPECT_TRUE(good_.starts_with(read("good.tfevents")));
  EXPECT_EQ(tblog("ls good.tfevents").code, 0);
  EXPECT_EQ(tblog("repair good.tfevents -o again.tfevents").code, 0);
}

TEST_F(RepairCommandTest, OverwritesNothingUnasked) {
  write("bad.tfevents", bad_);
  write("mine", "mine");
  EXPECT_EQ(tblog("repair bad.tfevents -o mine").code, 3);
  EXPECT_EQ(read("mine"), "mine");
  EXPECT_EQ(tblog("repair bad.tfevents -o mine --force").code, 1);
  EXPECT_NE(read("mine"), "mine");
}

TEST_F(RepairCommandTest, InPlaceItKeepsTheDamagedFile) {
  write("runs/a/x.tfevents", bad_);
  write("runs/b/x.tfevents", good_);
  const Result result = tblog("repair runs --in-place --json");
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_EQ(read("runs/a/x.tf-events.bak"), bad_);
  EXPECT_EQ(read("runs/b/x.tfevents"), good_);
  const auto lines = result.json();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0]["offset"], read("runs/a/x.tfevents").size());
  EXPECT_EQ(lines[1]["backup"], "runs/a/x.tf-events.bak");
  EXPECT_EQ(lines[2]["backup"], "");
  EXPECT_EQ(tblog("ls runs").code, 0);
}

TEST_F(RepairCommandTest, SaysWhatIsMissing) {
  write("bad.tfevents", bad_);
  EXPECT_EQ(tblog("repair bad.tfevents").code, 2);
  EXPECT_EQ(tblog("repair none -o x").code, 3);
  write("text", "This is no event file at all, only text.");
  EXPECT_EQ(tblog("repair text -o x").code, 3);
  EXPECT_EQ(tblog("ls text").code, 3);
}

}  // namespace
}  // namespace tblog::tool
