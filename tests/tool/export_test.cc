// SPDX-License-Identifier: Apache-2.0
//
// tblog export and import, run as their users run them. export_test.py loads
// what export writes into numpy and pandas.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "tests/tool/command_fixture.h"
#include "tests/tool/running_tool.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ExportTest : public CommandFixture {
 protected:
  void write_example() const {
    write_run("runs/train", EventFile()
                                .scalar("loss", 0, 0.5F)
                                .scalar("loss", 1, NAN)
                                .scalar("=cmd()", 7, -2)
                                .text("note", 3, "a, \"b\"\nc")
                                .image("../pic", 1, 2, 1, "not a PNG"));
  }
  std::string csv_of(const std::string& logdir) const {
    return tblog("export " + logdir).out;
  }
};

TEST_F(ExportTest, CsvHasEveryScalar) {
  write_example();
  const Result result = tblog("export runs");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "run,tag,step,wall_time,value\n"
            "train,'=cmd(),7,1000000007,-2\n"
            "train,loss,0,1000000000,0.5\n"
            "train,loss,1,1000000001,NaN\n");
  EXPECT_THAT(result.err, HasSubstr("left out: 1 image, 1 text"));
}

TEST_F(ExportTest, CsvHasTextsWhereTheyAreAskedFor) {
  write_example();
  EXPECT_EQ(tblog("export runs --kind text").out,
            "run,tag,step,wall_time,value\n"
            "train,note,3,1000000003,\"a, \"\"b\"\"\nc\"\n");
}

TEST_F(ExportTest, NothingIsSampled) {
  EventFile file;
  for (int64_t step = 0; step < 3000; ++step) file.scalar("a", step, 1);
  write_run("runs", file);
  EXPECT_EQ(tblog("export runs --format jsonl").json().size(), 3000u);
}

TEST_F(ExportTest, JsonLinesHaveTheBytesOfImages) {
  write_example();
  const auto objects = tblog("export runs --format jsonl --kind image").json();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0]["value"]["images"][0]["base64"], "bm90IGEgUE5H");
}

TEST_F(ExportTest, TheNameOfTheFileSaysTheFormat) {
  write_example();
  EXPECT_EQ(tblog("export runs -o a.jsonl").code, 0);
  EXPECT_THAT(read("a.jsonl"), StartsWith("{\"run\":"));
  EXPECT_EQ(tblog("export runs -o a.npz").code, 0);
  EXPECT_THAT(read("a.npz"), StartsWith("PK"));
  EXPECT_EQ(tblog("export runs -o a.txt").code, 0);
  EXPECT_THAT(read("a.txt"), StartsWith("run,tag,step"));
  EXPECT_EQ(tblog("export runs -o a.svg").code, 2);
  EXPECT_EQ(tblog("export runs --format npz").code, 2);
  EXPECT_EQ(tblog("export runs --format png").code, 2);
}

TEST_F(ExportTest, NothingIsReplacedUnasked) {
  write_example();
  write("a.csv", "mine");
  const Result result = tblog("export runs -o a.csv");
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("--force"));
  EXPECT_EQ(read("a.csv"), "mine");
  EXPECT_EQ(tblog("export runs -o a.csv --force").code, 0);
  EXPECT_THAT(read("a.csv"), StartsWith("run,"));
}

TEST_F(ExportTest, AFileThatCannotBeFinishedLeavesNothing) {
  write_example();
  const std::string command = "cd '" + folder_ + "' && ulimit -f 0 && '" +
                              TBLOG_TOOL + "' export runs -o a.csv 2>/dev/null";
  EXPECT_NE(std::system(("trap '' XFSZ; " + command).c_str()), 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(entry.path().filename(), "runs");
}

TEST_F(ExportTest, PicturesStayInTheFolder) {
  write_example();
  EXPECT_EQ(tblog("export runs --format png -o out").code, 0);
  size_t files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(path("out"))) {
    EXPECT_THAT(entry.path().filename().string(), StartsWith("train_.._pic"));
    ++files;
  }
  EXPECT_EQ(files, 1u);
  EXPECT_FALSE(std::filesystem::exists(path("pic_step1.bin")));
}

TEST_F(ExportTest, ChartsAreAFileATag) {
  write_example();
  EXPECT_EQ(tblog("export runs --format svg -o out").code, 0);
  EXPECT_THAT(read("out/loss.svg"), StartsWith("<svg "));
}

TEST_F(ExportTest, NoFolderIsMadeForNothing) {
  write_example();
  const Result result = tblog("export runs --format wav -o out");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("no audio series"));
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(ExportTest, WhatGoesToATerminalHasNoCommandsInIt) {
  write_run("runs", EventFile().scalar("\x1b[31mred", 0, 1));
  EXPECT_THAT(tblog("export runs").out, HasSubstr(",\x1b[31mred,"));
  RunningTool tool({"export", path("runs")}, {80, 24});
  EXPECT_EQ(tool.wait(), 0);
  EXPECT_THAT(tool.output(), HasSubstr(",\\x1b[31mred,0,"));
  EXPECT_THAT(tool.output(), Not(HasSubstr("\x1b[31m")));
}

// ---- import ----

TEST_F(ExportTest, WhatWasExportedComesBack) {
  write_example();
  EXPECT_EQ(tblog("export runs --kind scalar -o a.csv").code, 0);
  const Result result = tblog("import a.csv -o back");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(csv_of("back"), read("a.csv"));
}

TEST_F(ExportTest, ATableHasATagAColumn) {
  write("table.csv", "epoch,loss,note,acc\n0,1.5,first,0.5\n1,1.25,,\n");
  const Result result = tblog("import table.csv --step epoch --run a -o runs");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 2: \"first\" is no number"));
  const auto series = tblog("ls runs --json").json();
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0]["run"], "a");
  EXPECT_EQ(series[0]["tag"], "acc");
  EXPECT_EQ(series[0]["count"], 1);
  EXPECT_EQ(series[1]["last_value"], 1.25);
}

TEST_F(ExportTest, TheFileThatTensorBoardSavesNeedsATag) {
  write("saved.csv", "Wall time,Step,Value\n1000000000.5,10,0.25\n");
  EXPECT_EQ(tblog("import saved.csv --tag loss -o runs").code, 0);
  EXPECT_THAT(csv_of("runs"), HasSubstr(".,loss,10,1000000000.5,0.25\n"));
}

TEST_F(ExportTest, LinesOfALogAreMatchedByPatterns) {
  write("train.log",
        "starting\n"
        "2001-09-09T01:46:40Z step 5: loss 0.5 acc 0.25\r"
        "2001-09-09T01:46:41Z step 6: loss nan acc 0.5\n"
        "eval loss 0.75\n");
  const Result result = tblog(
      "import train.log -o runs --pattern '^(?P<wall_time>\\S+) step "
      "(?P<step>\\d+): loss (?P<loss>\\S+) acc (?P<acc>\\S+)' "
      "--pattern 'eval loss (?P<eval_loss>\\S+)'");
  EXPECT_EQ(result.code, 0) << result.err;
  const std::string csv = csv_of("runs");
  EXPECT_THAT(csv, HasSubstr(".,acc,5,1000000000,0.25\n"));
  EXPECT_THAT(csv, HasSubstr(".,loss,6,1000000001,NaN\n"));
  EXPECT_THAT(csv, HasSubstr(".,eval_loss,0,"));
}

TEST_F(ExportTest, ALogWithoutAMatchIsAProblem) {
  write("train.log", "nothing here\n");
  const Result result =
      tblog("import train.log -o runs --pattern 'x(?P<a>\\d)'");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("no line matches"));
}

TEST_F(ExportTest, ALogThatIsNoCsvLeavesNothing) {
  write("train.log", "epoch 1 loss=0.5\nepoch 2 loss=0.25\n");
  const Result result = tblog("import train.log -o runs");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("--pattern"));
  EXPECT_FALSE(std::filesystem::exists(path("runs")));
}

TEST_F(ExportTest, ImportAddsToALogOnlyWhenAsked) {
  write("a.csv", "step,a\n0,1\n");
  EXPECT_EQ(tblog("import a.csv -o runs").code, 0);
  EXPECT_EQ(tblog("import a.csv -o runs").code, 3);
  write("a.csv", "step,a\n1,2\n");
  EXPECT_EQ(tblog("import a.csv -o runs --append").code, 0);
  EXPECT_EQ(tblog("ls runs --json").json().at(0)["count"], 2);
}

TEST_F(ExportTest, NoRunLeadsOutOfTheLogdir) {
  write("a.csv",
        "run,tag,step,value\n../../out,a,0,1\n/tmp/x,a,0,1\nok,a,0,1\n");
  const Result result = tblog("import a.csv -o deep/runs");
  EXPECT_EQ(result.code, 1);
  EXPECT_FALSE(std::filesystem::exists(path("out")));
  EXPECT_FALSE(std::filesystem::exists(path("../out")));
  EXPECT_THAT(result.out, HasSubstr("1 value"));
}

TEST_F(ExportTest, ImportTellsWhatCannotBeRead) {
  EXPECT_EQ(tblog("import none.csv -o runs").code, 3);
  EXPECT_FALSE(std::filesystem::exists(path("runs")));
  write("empty.csv", "");
  EXPECT_EQ(tblog("import empty.csv -o runs").code, 1);
  write("steps.csv", "step\n1\n");
  EXPECT_EQ(tblog("import steps.csv -o runs2").code, 2);
}

}  // namespace
}  // namespace tblog::tool
