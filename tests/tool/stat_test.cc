// SPDX-License-Identifier: Apache-2.0
//
// tblog stat and grep.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StatTest : public CommandFixture {
 protected:
  void write_example() const {
    write_run("runs/train", EventFile()
                                .scalar("loss", 9, 0.5F)
                                .scalar("loss", 1, NAN)
                                .scalar("acc", 2, 20)
                                .text("note", 3, "first line\nOut of Memory"));
  }
};

TEST_F(StatTest, TellsWhatAFileHolds) {
  write_example();
  const auto objects = tblog("stat runs --json").json();
  ASSERT_EQ(objects.size(), 1u);
  const auto& file = objects[0];
  EXPECT_EQ(file["run"], "train");
  EXPECT_EQ(file["records"], 5);
  EXPECT_EQ(file["events"], 5);
  EXPECT_EQ(file["kinds"], nlohmann::json({{"scalar", 3}, {"text", 1}}));
  EXPECT_EQ(file["wall_time"], 1000000000.0);
  EXPECT_EQ(file["last_wall_time"], 1000000009.0);
  EXPECT_NEAR(file["rate"].get<double>(), 5.0 / 9, 1e-9);
  EXPECT_EQ(file["file_version"], "brain.Event:2");
  EXPECT_THAT(file["damage"], IsEmpty());
}

TEST_F(StatTest, ARateHasNoPowerOfTen) {
  EventFile file;
  for (int i = 0; i < 2000; ++i) file.scalar("a", 0, 1);
  write_run("runs", file.scalar("a", 1, 1));
  EXPECT_THAT(tblog("stat runs").out, Not(HasSubstr("e+03")));
}

TEST_F(StatTest, TellsDamageAndACutOffEnd) {
  const std::string front = EventFile().scalar("a", 0, 1).bytes();
  std::string bytes = EventFile().scalar("a", 0, 1).scalar("a", 1, 2).bytes();
  const size_t whole = bytes.size();
  bytes += EventFile().scalar("a", 2, 3).bytes().substr(0, 9);
  bytes[front.size() + 20] ^= 1;
  write("runs/events.out.tfevents.1", bytes);
  const Result result = tblog("stat runs --json");
  EXPECT_EQ(result.code, 1);
  const auto file = result.json().at(0);
  ASSERT_EQ(file["damage"].size(), 1u);
  EXPECT_EQ(file["damage"][0]["offset"], front.size());
  EXPECT_EQ(file["damage"][0]["length"], whole - front.size());
  EXPECT_EQ(file["incomplete_bytes"], 9);
  EXPECT_THAT(tblog("stat runs").out, HasSubstr("1 place"));
  EXPECT_THAT(tblog("stat runs").out, HasSubstr("end cut off"));
}

TEST_F(StatTest, NothingThereIsAnError) {
  EXPECT_EQ(tblog("stat nowhere").code, 3);
}

TEST_F(StatTest, GrepFindsTagsAndTexts) {
  write_example();
  EXPECT_EQ(tblog("grep '^lo' runs").out, "train  loss  scalar, 2 values\n");
  EXPECT_EQ(tblog("grep -i 'out of' runs").out,
            "train  note  3  Out of Memory\n");
  EXPECT_EQ(tblog("grep 'out of' runs").code, 1);
  EXPECT_EQ(tblog("grep '(' runs").code, 2);
  EXPECT_EQ(tblog("grep . runs --json").json().size(), 4u);
}

TEST_F(StatTest, GrepFindsValues) {
  write_example();
  EXPECT_EQ(tblog("grep . runs --where nonfinite").out,
            "train  loss  1  NaN\n");
  EXPECT_EQ(tblog("grep . runs --where '>=20'").out, "train  acc  2  20\n");
  EXPECT_EQ(tblog("grep loss runs --where '>=20'").code, 1);
  EXPECT_EQ(tblog("grep . runs --where '!=20' --json").json().size(), 2u);
  for (const char* bad : {"20", ">", "> x", "big"})
    EXPECT_EQ(tblog(std::string("grep . runs --where '") + bad + "'").code, 2)
        << bad;
}

}  // namespace
}  // namespace tblog::tool
