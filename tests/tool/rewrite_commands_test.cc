// SPDX-License-Identifier: Apache-2.0
//
// edit, merge and split.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RewriteCommandsTest : public CommandFixture {
 protected:
  // "run tag: step=value …" of the scalars below a path.
  std::vector<std::string> scalars(const std::string& path) {
    std::vector<std::string> lines;
    std::string before;
    for (const nlohmann::json& point :
         tblog("show " + path + " --kind scalar --json").json()) {
      const std::string series = point["run"].get<std::string>() + " " +
                                 point["tag"].get<std::string>() + ":";
      if (series != before) lines.push_back(series);
      before = series;
      lines.back() += " " + point["step"].dump() + "=" + point["value"].dump();
    }
    return lines;
  }

  void expect_good(const std::string& path) {
    const Result result = tblog("verify " + path + " --json");
    EXPECT_EQ(result.code, 0) << result.out;
  }
};

TEST_F(RewriteCommandsTest, EditChangesTagsStepsAndForms) {
  write_run("runs/a", EventFile()
                          .old_scalar("loss", 1, 1)
                          .old_scalar("debug/x", 1, 2)
                          .old_scalar("train/y", 2, 3));
  const Result result = tblog(
      "edit runs -o new --rename loss=cost --rename 'train/*=fit/*' --drop "
      "'debug/*' --shift-steps 10 --upgrade");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("2 values"));
  EXPECT_THAT(scalars("new"), ElementsAre("a cost: 11=1.0", "a fit/y: 12=3.0"));
  expect_good("new");
  // The same name, so that several sort as they did.
  EXPECT_TRUE(std::filesystem::exists(
      path("new/a/events.out.tfevents.1000000000.host.1.0")));
}

TEST_F(RewriteCommandsTest, NothingIsOverwrittenUnasked) {
  write_run("runs/a", EventFile().old_scalar("x", 1, 1));
  write("out/a/other.tfevents", EventFile().old_scalar("x", 9, 9).bytes());
  for (const char* command : {"edit runs -o out", "split runs -o out --by none",
                              "merge runs/a -o out/a"}) {
    EXPECT_EQ(tblog(command).code, 3) << command;
  }
  EXPECT_THAT(scalars("out"), ElementsAre("a x: 9=9.0"));
  EXPECT_EQ(tblog("edit runs -o out --force").code, 0);
}

TEST_F(RewriteCommandsTest, MergeJoinsPiecesAndCuts) {
  write("1.tfevents", EventFile()
                          .scalar("x", 1, 1)
                          .scalar("x", 2, 2)
                          .scalar("x", 3, 3)
                          .bytes());
  write("2.tfevents", EventFile().scalar("x", 2, 20).scalar("x", 4, 4).bytes());
  EXPECT_EQ(tblog("merge 1.tfevents 2.tfevents -o joined").code, 0);
  EXPECT_THAT(scalars("joined"),
              ElementsAre(". x: 1=1.0 2=2.0 3=3.0 2=20.0 4=4.0"));
  const Result result =
      tblog("merge 1.tfevents 2.tfevents -o cut --cut --json");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(scalars("cut"), ElementsAre(". x: 1=1.0 2=20.0 4=4.0"));
  ASSERT_THAT(result.json(), SizeIs(1));
  EXPECT_EQ(result.json()[0]["superseded_values"], 2);
  EXPECT_EQ(tblog("verify joined").code, 1);
  expect_good("cut");
}

TEST_F(RewriteCommandsTest, MergeJoinsRunsOfOneName) {
  write_run("old/a", EventFile().scalar("x", 1, 1));
  write_run("old/b", EventFile().scalar("x", 1, 2));
  write_run("new/a", EventFile().scalar("x", 2, 3));
  EXPECT_EQ(tblog("merge old new -o all").code, 0);
  EXPECT_THAT(scalars("all"), ElementsAre("a x: 1=1.0 2=3.0", "b x: 1=2.0"));
}

TEST_F(RewriteCommandsTest, MergeReducesRuns) {
  write_run("runs/a", EventFile().scalar("x", 1, 1).scalar("x", 2, 10));
  write_run("runs/b", EventFile().scalar("x", 1, 3).scalar("x", 3, 5));
  const Result result =
      tblog("merge runs --reduce mean,std,min,max -o reduced");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("2 steps are left out"));
  EXPECT_THAT(scalars("reduced"), ElementsAre("max x: 1=3.0", "mean x: 1=2.0",
                                              "min x: 1=1.0", "std x: 1=1.0"));
  expect_good("reduced");
}

TEST_F(RewriteCommandsTest, SplitMakesRunsOfGroupsAndTags) {
  write_run("runs/a", EventFile()
                          .scalar("train/x", 1, 1)
                          .scalar("train/y", 1, 2)
                          .scalar("a*b", 1, 3));
  EXPECT_EQ(tblog("split runs -o groups").code, 0);
  EXPECT_THAT(scalars("groups"),
              ElementsAre("a/a%2ab a*b: 1=3.0", "a/train train/x: 1=1.0",
                          "a/train train/y: 1=2.0"));
  EXPECT_EQ(tblog("split runs/a -o tags --by tag").code, 0);
  EXPECT_THAT(scalars("tags"), SizeIs(3));
  expect_good("groups");
}

TEST_F(RewriteCommandsTest, SplitThins) {
  EventFile file;
  for (int step = 0; step < 10; ++step) file.old_scalar("x", step, 1);
  write_run("runs/a", file);
  EXPECT_EQ(tblog("split runs -o thin --by none --every 4 --steps 1:").code, 0);
  EXPECT_THAT(scalars("thin"), ElementsAre("a x: 1=1.0 5=1.0 9=1.0"));
}

TEST_F(RewriteCommandsTest, NoTagLeadsOutOfTheDirectory) {
  write_run("runs/a", EventFile()
                          .old_scalar("../../up", 1, 1)
                          .old_scalar("/root", 1, 1)
                          .old_scalar("a.tfevents.b", 1, 1));
  EXPECT_EQ(tblog("split runs/a -o deep/er/out --by tag").code, 0);
  size_t files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(path("deep/er/out"))) {
    files += entry.is_regular_file();
    if (!entry.is_directory()) continue;
    EXPECT_EQ(entry.path().native().find("tfevents"), std::string::npos);
  }
  EXPECT_EQ(files, 3u);
}

TEST_F(RewriteCommandsTest, DamageIsLeftOutAndTold) {
  std::string bytes = EventFile().scalar("x", 1, 1).scalar("x", 2, 2).bytes();
  bytes.back() ^= 1;
  write("runs/tfevents", bytes);
  const Result result = tblog("edit runs -o new");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("payload checksum"));
  EXPECT_THAT(scalars("new"), ElementsAre(". x: 1=1.0"));
}

TEST_F(RewriteCommandsTest, SayWhatTheyCannotDo) {
  write_run("runs/a", EventFile().old_scalar("x", 1, 1));
  EXPECT_EQ(tblog("edit runs -o new --rename x").code, 2);
  EXPECT_EQ(tblog("edit runs -o new --shift-steps 9223372036854775807").code,
            2);
  EXPECT_EQ(tblog("split runs -o new --steps x").code, 2);
  EXPECT_EQ(tblog("merge runs -o new --reduce median").code, 2);
  EXPECT_EQ(tblog("merge none -o new").code, 3);
  EXPECT_EQ(tblog("edit runs").code, 2);
}

}  // namespace
}  // namespace tblog::tool
