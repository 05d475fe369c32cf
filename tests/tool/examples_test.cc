// SPDX-License-Identifier: Apache-2.0
//
// The examples of each command's help work as they stand there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tblog/tblog.h"
#include "tests/tool/command_fixture.h"

namespace tblog::tool {
namespace {

namespace fs = std::filesystem;

class ExamplesTest : public CommandFixture,
                     public ::testing::WithParamInterface<const char*> {
 protected:
  // One run in one file of a known name, with what the examples ask for.
  void write_a_run(const std::string& run, int64_t first_step = 0) const {
    {
      SummaryWriter writer(path(run));
      for (int64_t step = first_step; step < first_step + 1200; step += 100) {
        const double x = 1 / (1 + static_cast<double>(step) / 100);
        for (const char* tag :
             {"loss", "train/loss", "accuracy", "val/acc", "eval/loss"})
          writer.scalar(tag, x, step);
        writer.scalar("debug/loss", step == 300 ? NAN : x * 200, step);
        writer.histogram("conv1/weights", std::array<double, 3>{0, x, 2 * x},
                         step);
      }
      writer.scalar("loss", 200, first_step + 1200);
      writer.scalar("attention/1/weights", 1, 0);
      writer.text("note", "out of memory, once", 0);
      const std::array<uint8_t, 12> pixels{255, 0, 0, 0, 255, 0, 0, 0, 255};
      writer.image("samples/first", TensorView(pixels.data(), {2, 2, 3}), 0);
      writer.hparams({{"lr", 0.1}});
      Graph graph;
      graph.node("x", "Input");
      graph.node("fc", "Linear").input("x");
      writer.graph(graph);
    }
    for (const auto& entry : fs::directory_iterator(path(run))) {
      if (entry.path().filename().string().find("tfevents") !=
          std::string::npos)
        fs::rename(entry.path(), path(run + "/events.out.tfevents.1"));
    }
  }

  void write_the_scene() const {
    write_a_run("runs/a");
    write_a_run("runs/b");
    for (const char* run :
         {"runs/before", "runs/after", "runs/ci", "runs/seed0", "runs/seed1"})
      fs::copy(path("runs/a"), path(run));
    fs::copy(path("runs/a"), path("old"));
    const std::string file = path("runs/a/events.out.tfevents.1");
    for (const char* copy :
         {"expected.tfevents", "before.tfevents", "after.tfevents"})
      fs::copy(file, path(copy));
    write("metrics.csv", "step,loss\n1,0.5\n2,0.25\n");
    write("run-train-tag-loss.csv", "Wall time,Step,Value\n1,1,0.5\n");
    write("train.log", "step 1: loss 0.5\nstep 2: loss 0.25\n");
    // What may not be there on each machine.
    write("bin/jq", "#!/bin/sh\ncat\n");
    write("bin/man", "#!/bin/sh\ncat\n");
    write("bin/python", "#!/bin/sh\necho 'epoch=1 acc=0.5'\n");
    // The one that follows ends as it does by Ctrl-C.
    write("bin/tblog",
          "#!/bin/sh\n"
          "case \"$*\" in\n"
          "'tail -f '*) exec timeout --preserve-status -s INT 0.3 '" TBLOG_TOOL
          "' \"$@\" ;;\n"
          "*) exec '" TBLOG_TOOL "' \"$@\" ;;\nesac\n");
    for (const auto& entry : fs::directory_iterator(path("bin")))
      fs::permissions(entry, fs::perms::owner_all);
  }

  // As they stand in the help; one may take several lines.
  std::vector<std::string> examples(const std::string& command) const {
    std::istringstream lines(tblog(command + " --help").out);
    std::vector<std::string> found;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      if (inside && !found.empty() && found.back().ends_with('\\'))
        found.back() += "\n" + line;
      else if (inside && line.starts_with("  "))
        found.push_back(line);
      inside = inside || line == "Examples:";
    }
    return found;
  }

  int shell(const std::string& command_line) const {
    write("example.sh", "set -o pipefail\n" + command_line + "\n");
    const std::string command = "cd '" + folder_ + "' && PATH='" + folder_ +
                                "/bin':$PATH bash example.sh >.out 2>.err "
                                "</dev/null";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

// Such as "source <(tblog completion zsh)", which is for another shell.
std::string for_any_shell(std::string example) {
  if (const size_t begin = example.find("<("); begin != std::string::npos)
    return example.substr(begin + 2, example.find(')') - begin - 2);
  if (const size_t end = example.find(" | source"); end != std::string::npos)
    example.resize(end);
  return example;
}

TEST_P(ExamplesTest, Work) {
  const std::string command = GetParam();
  const std::vector<std::string> all = examples(command);
  ASSERT_FALSE(all.empty());
  for (const std::string& example : all) {
    fs::remove_all(folder_);
    write_the_scene();
    const int code = shell(for_any_shell(example));
    // Two logs differ, what is logged here is not all good, and tail -f may be
    // interrupted before it is ready for that.
    const bool good = code == 0 || (command == "diff" && code == 1) ||
                      (command == "verify" && code == 1) ||
                      (command == "tail" && code == 128 + 2);
    EXPECT_TRUE(good) << example << "\nexit status " << code << '\n'
                      << read(".err");
  }
}

INSTANTIATE_TEST_SUITE_P(Command, ExamplesTest,
                         ::testing::Values("completion", "diff", "edit",
                                           "export", "grep", "head", "hparams",
                                           "import", "ls", "man", "merge",
                                           "plot", "repair", "resume", "show",
                                           "split", "stat", "tail", "verify"),
                         [](const auto& command) {
                           return std::string(command.param);
                         });

}  // namespace
}  // namespace tblog::tool
