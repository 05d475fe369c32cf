// SPDX-License-Identifier: Apache-2.0
//
// Help and manual pages of every command. completion_test.sh has completion.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tool/command_fixture.h"
#include "tests/tool/running_tool.h"

namespace tblog::tool {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HelpTest : public CommandFixture {
 protected:
  // As `tblog completion bash` offers them.
  std::vector<std::string> commands() const {
    const std::string script = tblog("completion bash").out;
    const std::string front = "compgen -W '";
    const size_t begin = script.find(front) + front.size();
    std::istringstream words(
        script.substr(begin, script.find('\'', begin) - begin));
    std::vector<std::string> names;
    for (std::string word; words >> word;) {
      if (!word.starts_with('-')) names.push_back(word);
    }
    return names;
  }
};

TEST_F(HelpTest, EveryCommandHasExamplesInHelpAndManual) {
  EXPECT_THAT(commands(), Contains("plot"));
  for (const std::string& command : commands()) {
    const Result help = tblog(command + " --help");
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Examples:\n  ")) << command;
    const Result man = tblog("man " + command);
    EXPECT_EQ(man.code, 0) << command;
    EXPECT_THAT(man.out, StartsWith(".TH TBLOG\\-")) << command;
    EXPECT_THAT(man.out, HasSubstr("\n.SH EXAMPLES\n.nf\n")) << command;
    const std::string in_troff =
        std::regex_replace(command, std::regex("-"), "\\-");
    EXPECT_THAT(tblog("man").out, HasSubstr(".B " + in_troff + "\n"));
  }
}

TEST_F(HelpTest, NoLineOfAManualIsARequestByAccident) {
  for (const std::string& command : commands()) {
    std::istringstream lines(tblog("man " + command).out);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with('.') && !line.starts_with('\'')) continue;
      EXPECT_THAT(line, AnyOf(StartsWith(".TH "), StartsWith(".SH "),
                              StartsWith(".B "), StartsWith(".I "),
                              StartsWith(".BR "), ".TP", ".PP", ".nf", ".fi"))
          << command;
    }
  }
}

TEST_F(HelpTest, HelpFitsATerminalOfFortyColumns) {
  RunningTool tool({"ls", "--help"}, {40, 24});
  EXPECT_EQ(tool.wait(), 0);
  std::istringstream lines(tool.output());
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 41u) << line;  // with its carriage return
}

TEST_F(HelpTest, HelpIsACommandToo) {
  EXPECT_EQ(tblog("help").out, tblog("--help").out);
  EXPECT_EQ(tblog("help plot").out, tblog("plot --help").out);
  EXPECT_EQ(tblog("help").code, 0);
  const Result nothing = tblog("");
  EXPECT_EQ(nothing.code, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_EQ(nothing.err, tblog("help").out);
}

TEST_F(HelpTest, NotesAreBrokenAnewForEachWidth) {
  RunningTool tool({"export", "--help"}, {60, 24});
  EXPECT_EQ(tool.wait(), 0);
  std::string text = tool.output();
  std::erase(text, '\r');
  EXPECT_THAT(
      text,
      HasSubstr("csv    run,tag,step,wall_time,value of scalars (with --kind\n"
                "       text, of texts). A run or tag that a spreadsheet\n"
                "       would take for a formula gets an apostrophe before\n"
                "       it.\n"
                "jsonl  an object a line"));
  EXPECT_THAT(text, HasSubstr("\n  tblog export runs >scalars.csv\n"));
}

TEST_F(HelpTest, AnExampleThatIsTooLongGoesOnAsAShellWouldReadIt) {
  const std::string out = tblog("import --help").out;
  EXPECT_THAT(out, HasSubstr("(?P<loss>\\S+)' train.log \\\n"
                             "      -o runs/fit\n"));
}

TEST_F(HelpTest, MistakesNameWhatIsNearest) {
  EXPECT_THAT(tblog("plto x").err, HasSubstr("the nearest: plot"));
  EXPECT_THAT(tblog("ls --tags x y").err,
              HasSubstr("`tblog ls` has no option --tags; the nearest: --tag"));
  EXPECT_THAT(tblog("ls --kind scalers y").err,
              HasSubstr("the nearest: scalar"));
  write("runs/x", "");
  EXPECT_THAT(tblog("runs").err, HasSubstr("did you mean `tblog ls runs`?"));
  EXPECT_THAT(tblog("plot x --smoth 1").err,
              HasSubstr("`tblog plot --help` says what there is"));
  EXPECT_THAT(tblog("export x -f jsonln").err,
              HasSubstr("jsonln is none of csv, jsonl, npz, png, wav, svg; the "
                        "nearest: jsonl\n"));
  EXPECT_THAT(tblog("plot x --smooth 2").err,
              HasSubstr("not in range 0 to 0.999\n"));
  EXPECT_THAT(tblog("man plto").err, HasSubstr("the nearest: plot"));
  EXPECT_EQ(tblog("man none").code, 2);
  EXPECT_EQ(tblog("completion csh").code, 2);
}

}  // namespace
}  // namespace tblog::tool
