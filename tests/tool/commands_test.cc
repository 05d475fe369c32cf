// SPDX-License-Identifier: Apache-2.0
//
// The program tblog, run as its users run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

using tblog::testing::EventFile;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// 2 by 1 pixels: red, blue; not compressed.
const std::string kPng(
    "\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000"
    "\000\000\002\000\000\000\001\010\002\000\000\000\173\100\350\335\000"
    "\000\000\022\111\104\101\124\170\001\001\007\000\370\377\000\377\000"
    "\000\000\000\377\007\000\001\377\125\066\272\307\000\000\000\000\111"
    "\105\116\104\256\102\140\202",
    75);

class CommandsTest : public CommandFixture {
 protected:
  // A small log of all kinds.
  void write_example() const {
    EventFile train;
    for (int64_t step = 0; step < 4; ++step)
      train.scalar("loss", step * 10, 2.0F - 0.5F * static_cast<float>(step));
    train.histogram("conv1/weights", 30, {-1, 0, 2, 0, 1, 8})
        .image("input", 0, 2, 1, kPng)
        .text("note", 0, "# Title\n**bold**")
        .tensor("raw", 5, {1, 2, NAN});
    write_run("runs/train", train);
    write_run(
        "runs/test",
        EventFile().old_scalar("loss", 0, 2.5F).old_scalar("loss", 30, 1));
  }
};

// ---- ls ----

TEST_F(CommandsTest, LsListsRunsAndSeries) {
  write_example();
  const Result result = tblog("ls runs");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(
      result.out,
      R"(RUN    TAG            KIND       COUNT  FIRST  LAST  VALUE              TREND
test   loss           scalar         2      0    30  1                  █▁
train  conv1/weights  histogram      1     30    30  10 in [-1, 1]
train  input          image          1      0     0  2x1
train  loss           scalar         4      0    30  0.5                █▆▃▁
train  note           text           1      0     0  # Title\n**bold**
train  raw            tensor         1      5     5  float32 [3]
)");
}

TEST_F(CommandsTest, LsAsJsonHasTheDocumentedFields) {
  write_example();
  const auto objects = tblog("ls runs --json --tag loss").json();
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[1], nlohmann::json({{"run", "train"},
                                        {"tag", "loss"},
                                        {"kind", "scalar"},
                                        {"count", 4},
                                        {"first_step", 0},
                                        {"last_step", 30},
                                        {"wall_time", 1000000030.0},
                                        {"last_value", 0.5}}));
}

TEST_F(CommandsTest, FiltersChooseRunsTagsKindsAndSteps) {
  write_example();
  EXPECT_EQ(tblog("ls runs --run 'tr*' --json").json().size(), 5u);
  EXPECT_EQ(tblog("ls runs --tag '*o*' --json").json().size(), 4u);
  EXPECT_EQ(tblog("ls runs --kind image --kind text --json").json().size(), 2u);
  const auto objects = tblog("ls runs --run train --steps 10:20 --json").json();
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(tblog("ls runs --steps -5:0 --json").json().size(), 4u);
  EXPECT_EQ(tblog("ls --tag loss runs --json").json().size(), 2u);
  EXPECT_EQ(objects[0]["count"], 2);
  EXPECT_EQ(objects[0]["first_step"], 10);
}

TEST_F(CommandsTest, AHistogramOfManyBucketsIsShownInFewBars) {
  std::vector<double> rows;
  for (int i = 0; i < 300; ++i)
    rows.insert(rows.end(), {i / 100.0, (i + 1) / 100.0, 2});
  write_run("runs", EventFile().histogram("h", 0, rows));
  const std::string out = tblog("show runs").out;
  EXPECT_THAT(out, HasSubstr("300 buckets, in bars of one width\n"));
  EXPECT_THAT(out, HasSubstr("2.9 ┤"));
  EXPECT_THAT(out, HasSubstr(" 20\n"));
  EXPECT_LT(std::count(out.begin(), out.end(), '\n'), 40);
}

TEST_F(CommandsTest, APictureIsShownInShadesWhereThereIsNoColor) {
  write_example();
  const std::string small = tblog("show runs --kind image").out;
  const std::string shown = tblog("show runs --kind image --width 40").out;
  EXPECT_GT(shown.size(), small.size());
  EXPECT_TRUE(is_safe_for_a_terminal(shown));
}

TEST_F(CommandsTest, ResumedRunsArePurgedAsTensorBoardDoes) {
  EventFile file;
  for (const int64_t step : {0, 1, 2, 1}) file.scalar("loss", step, 1);
  write_run("runs", file);
  const auto count = [&](const std::string& options) {
    return tblog("ls runs --json" + options).json().at(0)["count"];
  };
  EXPECT_EQ(count(""), 4);
  EXPECT_EQ(count(" --purge python"), 4);  // there is no START
  EXPECT_EQ(count(" --purge rust"), 2);
  EXPECT_EQ(tblog("ls runs --purge java").code, 2);
}

TEST_F(CommandsTest, SeveralPathsPatternsAndFilesCanBeGiven) {
  write_example();
  for (const char* paths :
       {"runs/train/ runs/test", "'runs/*'",
        "runs/train/events* "
        "runs/test/events.out.tfevents.1000000000.host.1.0"}) {
    const auto objects =
        tblog(std::string("ls --json --tag loss ") + paths).json();
    ASSERT_EQ(objects.size(), 2u) << paths;
    EXPECT_THAT(objects[0]["run"].get<std::string>() +
                    objects[1]["run"].get<std::string>(),
                AllOf(HasSubstr("runs/train"), HasSubstr("runs/test")))
        << paths;
  }
}

TEST_F(CommandsTest, LsFitsTheWidth) {
  write_example();
  for (const int width : {40, 60, 80}) {
    std::istringstream lines(
        tblog("ls runs --ascii --width " + std::to_string(width)).out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), static_cast<size_t>(width)) << line;
  }
}

// ---- show ----

TEST_F(CommandsTest, ShowPrintsATableOfScalars) {
  write_example();
  EXPECT_EQ(tblog("show runs --run test").out,
            "test  loss  scalar, 2 values\n"
            "  STEP  VALUE  WALL TIME\n"
            "     0    2.5  2001-09-09 01:46:40.000\n"
            "    30      1  2001-09-09 01:47:10.000\n");
}

TEST_F(CommandsTest, ShowPrintsTextsAndTensors) {
  write_example();
  EXPECT_EQ(tblog("show runs --tag note --tag raw").out,
            "train  note  text, 1 value\n"
            "  step 0, 2001-09-09 01:46:40.000\n"
            "    # Title\n"
            "    **bold**\n"
            "\n"
            "train  raw  tensor, 1 value\n"
            "  step 5, 2001-09-09 01:46:45.000\n"
            "    float32 [3]  min 1  mean 1.5  max 2  not finite: 1\n"
            "    1 2 NaN\n");
}

TEST_F(CommandsTest, ShowDrawsAHistogramAsBars) {
  write_example();
  EXPECT_EQ(tblog("show runs --tag conv1/weights --width 20").out,
            "train  conv1/weights  histogram, 1 value\n"
            "  step 30, 2001-09-09 01:47:10.000\n"
            "    -1 ┤██▎ 2\n"
            "     0 ┤█████████ 8\n"
            "     1 ┘\n");
}

TEST_F(CommandsTest, ShowDrawsAnImageWhereThereIsColor) {
  write_example();
  EXPECT_EQ(tblog("show runs --tag input").out,
            "train  input  image, 1 value\n"
            "  step 0, 2001-09-09 01:46:40.000\n"
            "    2x1 png, " +
                std::to_string(kPng.size()) + " B\n");
  EXPECT_THAT(tblog("show runs --tag input --color always --width 20").out,
              HasSubstr("▀"));
}

TEST_F(CommandsTest, ShowAsJsonGivesEachValue) {
  write_example();
  const auto scalars = tblog("show runs --run train --tag loss --json").json();
  ASSERT_EQ(scalars.size(), 4u);
  EXPECT_EQ(scalars[1]["step"], 10);
  EXPECT_EQ(scalars[1]["value"], 1.5);
  const auto tensor = tblog("show runs --tag raw --json").json();
  EXPECT_EQ(tensor[0]["value"]["values"], nlohmann::json({1.0, 2.0, "NaN"}));
  const auto histogram = tblog("show runs --tag conv1/weights --json").json();
  EXPECT_EQ(histogram[0]["value"]["buckets"][1], nlohmann::json({0., 1., 8.}));
  const auto text = tblog("show runs --tag note --json").json();
  EXPECT_EQ(text[0]["value"], "# Title\n**bold**");
}

TEST_F(CommandsTest, ShowDrawsHistogramsOverTime) {
  EventFile file;
  for (int64_t step = 0; step < 3; ++step)
    file.histogram("w", step, {0, 1, 1, 1, 2, 8});
  write_run("runs", file);
  const Result ridges = tblog("show runs --width 60");
  EXPECT_EQ(ridges.code, 0) << ridges.err;
  EXPECT_THAT(ridges.out, StartsWith(".  w  histogram, 3 values\n"));
  EXPECT_THAT(ridges.out, EndsWith("  step 2: 9 in [0, 2]\n"));
  EXPECT_THAT(ridges.out, HasSubstr(" 1\n"));
  const Result heat = tblog("show runs --width 60 --as heat --height 6");
  EXPECT_THAT(heat.out, HasSubstr("█"));
  EXPECT_THAT(heat.out, HasSubstr("2 ┤"));
  EXPECT_THAT(tblog("show runs --as heat --color always").out,
              HasSubstr(";2;253;231;37m"));
  // Of one step there is nothing to compare.
  EXPECT_THAT(tblog("show runs --steps 2").out, HasSubstr("█ 8\n"));
  EXPECT_THAT(tblog("show runs --as bars").out, HasSubstr("the last one"));
  EXPECT_EQ(tblog("show runs --as bars --steps : --json").json().size(), 3u);
  EXPECT_EQ(tblog("show runs --as hills").code, 2);
}

TEST_F(CommandsTest, ShowWritesHistogramsAsPictures) {
  EventFile file;
  for (int64_t step = 0; step < 3; ++step)
    file.histogram("a/w", step, {0, 1, 1, 1, 2, 8});
  write_run("runs/x", file.scalar("loss", 0, 1));
  EXPECT_EQ(tblog("show runs --out w.svg").out, "wrote w.svg\n");
  EXPECT_THAT(read("w.svg"), HasSubstr("a/w  x</text>"));
  EXPECT_EQ(tblog("show runs --out w.svg").code, 3);
  EXPECT_EQ(tblog("show runs --out w.png --as heat").code, 0);
  EXPECT_THAT(read("w.png"), StartsWith("\x89PNG"));
  const Result folder = tblog("show runs --out folder");
  EXPECT_THAT(folder.out, HasSubstr("wrote folder/x_a_w.svg\n"));
  EXPECT_EQ(tblog("show runs --tag loss --out loss.svg").code, 2);
}

TEST_F(CommandsTest, ShowShortensLongTables) {
  EventFile file;
  for (int64_t step = 0; step < 50; ++step) file.scalar("a", step, 1);
  write_run("runs", file);
  EXPECT_THAT(tblog("show runs").out, HasSubstr("30 left out; all: --steps :"));
  EXPECT_THAT(tblog("show runs --steps :").out, Not(HasSubstr("left out")));
}

TEST_F(CommandsTest, ShowWritesFilesButNeverOutsideTheFolder) {
  write_run("runs", EventFile()
                        .image("../../escape", 0, 2, 1, kPng)
                        .text("/etc/note", 1, "hello")
                        .scalar("loss", 1, 0.5F));
  const Result result = tblog("show runs --out files");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(read("files/%2e._.._escape_step0.png"), kPng);
  EXPECT_EQ(read("files/_etc_note_step1.md"), "hello");
  EXPECT_EQ(read("files/loss.csv"), "step,wall_time,value\n1,1000000001,0.5\n");
  const Result again = tblog("show runs --out files");
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("--force"));
  EXPECT_EQ(tblog("show runs --out files --force").code, 0);
}

// ---- plot ----

TEST_F(CommandsTest, PlotDrawsAllRunsOfATag) {
  write_example();
  const Result result = tblog("plot runs --ascii --width 40 --height 5");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("loss\n"));
  EXPECT_THAT(result.out, EndsWith("   0          10          20          30\n"
                                   "  ** test  1\n  ++ train  0.5\n"));
}

TEST_F(CommandsTest, PlotTakesAllItsOptions) {
  write_example();
  for (const char* options :
       {"--smooth 0.6", "--log-x --log-y", "--x relative", "--x wall",
        "--height 3 --width 20", "--color always", "--y 0:1", "--y :1",
        "--y 0.1: --log-y", "--ignore-outliers --smooth 0.9"}) {
    const Result result = tblog(std::string("plot runs ") + options);
    EXPECT_EQ(result.code, 0) << options << result.err;
    EXPECT_THAT(result.out, HasSubstr("train")) << options;
  }
}

TEST_F(CommandsTest, PlotAsJsonHasSmoothedValues) {
  write_example();
  const auto points = tblog("plot runs --run train --smooth 0.5 --json").json();
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(points[1]["value"], 1.5);
  // (2 · 0.25 + 1.5 · 0.5) / 0.75
  EXPECT_NEAR(points[1]["smoothed"].get<double>(), 5.0 / 3, 1e-9);
}

TEST_F(CommandsTest, PlotWritesAnSvg) {
  write_example();
  const Result result = tblog("plot runs --out loss.svg");
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(read("loss.svg"), StartsWith("<svg "));
  EXPECT_EQ(tblog("plot runs --out loss.svg").code, 3);
  EXPECT_EQ(tblog("plot runs --out loss.svg --force").code, 0);
  EXPECT_EQ(tblog("plot runs --out loss.gif").code, 2);
}

TEST_F(CommandsTest, PlotWritesAPng) {
  write_example();
  EXPECT_EQ(tblog("plot runs --smooth 0.5 --out loss.png").code, 0);
  EXPECT_THAT(read("loss.png"), StartsWith("\x89PNG"));
}

TEST_F(CommandsTest, PlotOfNoScalarsSaysSo) {
  write_example();
  const Result result = tblog("plot runs --kind text");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("no scalars"));
}

// ---- Damage and mistakes ----

TEST_F(CommandsTest, ACutFileShowsWhatIsThere) {
  const std::string bytes =
      EventFile().scalar("a", 0, 1).scalar("a", 1, 2).bytes();
  write("runs/events.out.tfevents.1", bytes.substr(0, bytes.size() - 5));
  const Result result = tblog("ls runs --json");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.json().at(0)["count"], 1);
}

TEST_F(CommandsTest, DamageIsToldAndTheRestIsShown) {
  const std::string front = EventFile().scalar("a", 0, 1).bytes();
  std::string bytes =
      EventFile().scalar("a", 0, 1).scalar("a", 1, 2).scalar("a", 2, 3).bytes();
  bytes[front.size() + 20] ^= 1;  // in the payload of the second value
  write("runs/events.out.tfevents.1", bytes);
  for (const char* command : {"ls", "show", "plot"}) {
    const Result result = tblog(std::string(command) + " runs --json");
    EXPECT_EQ(result.code, 1) << command;
    EXPECT_THAT(result.err, HasSubstr("events.out.tfevents.1: "));
    EXPECT_THAT(result.err,
                HasSubstr("at offset " + std::to_string(front.size())));
    EXPECT_FALSE(result.json().empty()) << command;
  }
}

TEST_F(CommandsTest, AForeignFileIsDamage) {
  write("runs/foreign.tfevents", "this is no event file at all, is it?");
  const Result result = tblog("ls runs");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("foreign.tfevents"));
}

TEST_F(CommandsTest, AMissingOrEmptyFolderNamesTheNearestLog) {
  write_example();
  std::filesystem::create_directories(path("runs/empty"));
  for (const char* name : {"runz", "runs/empty", "runs/trian"}) {
    const Result result = tblog(std::string("ls ") + name);
    EXPECT_EQ(result.code, 3) << name;
    EXPECT_THAT(result.err, HasSubstr("runs")) << name;
    EXPECT_THAT(result.out, IsEmpty());
  }
}

TEST_F(CommandsTest, UnknownTagsAndRunsNameTheNearest) {
  write_example();
  const Result tag = tblog("show runs --tag lsos");
  EXPECT_EQ(tag.code, 2);
  EXPECT_THAT(tag.err, HasSubstr("no tag matches \"lsos\"; the nearest: "
                                 "\"loss\""));
  const Result run = tblog("show runs --run trian");
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("the nearest: \"train\""));
}

TEST_F(CommandsTest, WrongUsageIsTold) {
  write_example();
  for (const char* arguments :
       {"ls", "unknown runs", "ls runs --unknown", "ls runs --kind pie",
        "ls runs --steps x", "plot runs --smooth 1", "plot runs --x y",
        "plot runs --y 1", "plot runs --y 2:1", "plot runs --y a:",
        "plot runs --y 0:1 --log-y", "ls runs --color maybe"}) {
    const Result result = tblog(arguments);
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_THAT(result.err, StartsWith("tblog: ")) << arguments;
    EXPECT_THAT(result.out, IsEmpty()) << arguments;
  }
}

TEST_F(CommandsTest, HelpHasExamplesAndVersionIsOneLine) {
  for (const char* command : {"", "ls ", "show ", "plot "}) {
    const Result result = tblog(std::string(command) + "--help");
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  tblog "));
  }
  EXPECT_THAT(tblog("--version").out, StartsWith("tblog 0."));
}

TEST_F(CommandsTest, AReaderThatGoesAwayIsNoError) {
  EventFile file;
  for (int64_t step = 0; step < 5000; ++step) file.scalar("a", step, 1);
  write_run("runs", file);
  for (const char* trap : {"", "trap '' PIPE; "}) {  // killed; told EPIPE
    const std::string command = "cd '" + folder_ + "' && ( " + trap + "'" +
                                TBLOG_TOOL +
                                "' show runs --json 2>.err ) | head -1 >.out";
    EXPECT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(read(".err"), "");
    EXPECT_THAT(read(".out"), StartsWith("{"));
  }
}

TEST_F(CommandsTest, AFullDiskIsAnError) {
  write_example();
  const std::string command =
      "cd '" + folder_ + "' && '" + TBLOG_TOOL + "' ls runs >/dev/full 2>.err";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_THAT(read(".err"), HasSubstr("No space left"));
}

// ---- Hostile names ----

TEST_F(CommandsTest, NothingInALogReachesTheTerminalAsACommand) {
  const std::string evil =
      "a\x1b]0;owned\x07\x1b[2J\xc2\x9b"
      "5m\r\n\x7f\b";
  EventFile file;
  file.scalar(evil, 0, 1).scalar(evil, 1, 2);
  file.text("t" + evil, 0, evil).histogram("h" + evil, 0, {0, 1, 2});
  file.image("i" + evil, 0, 2, 1, evil);
  write_run("runs/r\x1b[5m\n", file);
  write("runs/r\x1b[5m\n/foreign\x1b[7m.tfevents", "damage");
  for (const char* command :
       {"ls runs", "show runs", "plot runs", "ls runs --json",
        "show runs --json", "plot runs --json", "ls runs --tag '\x1b[5m'",
        "ls '\x1b[5m'", "ls runs --kind '\x1b[5m'", "ls runs '--\x1b[5m'",
        "show runs --out 'files\x1b[5m'", "ls runs/*/foreign*",
        "ls 'none\x1b[5m*'"}) {
    const Result result = tblog(std::string(command) + " --color always");
    EXPECT_TRUE(is_safe_for_a_terminal(result.out)) << command;
    EXPECT_TRUE(is_safe_for_a_terminal(result.err)) << command;
    EXPECT_FALSE(result.out.empty() && result.err.empty()) << command;
  }
}

TEST_F(CommandsTest, NoColorWithoutATerminal) {
  write_example();
  for (const char* command : {"ls runs", "show runs", "plot runs"})
    EXPECT_THAT(tblog(command).out, Not(HasSubstr("\x1b"))) << command;
}

}  // namespace
}  // namespace tblog::tool
