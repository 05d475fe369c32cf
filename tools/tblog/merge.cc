// SPDX-License-Identifier: Apache-2.0
//
// tblog merge: pieces of runs as one, or several runs as their mean.

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/merge_reduce.h"
#include "tools/tblog/rewrite_output.h"

namespace tblog::tool {
namespace {

class Merge : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Join the pieces of a run that was resumed, or reduce several runs to "
        "their mean, deviation, least and largest values.");
    app.footer(
        std::string(
            "Pieces are joined in the order in which they are given, files of "
            "a directory by their names;\nof log directories with several "
            "runs, those of one name. --cut leaves out what a later piece "
            "wrote\nonce more, so that both of TensorBoard's readers show the "
            "same.\n--reduce takes the scalars of all runs below the paths, at "
            "the steps that all of them have; std\nis that of the population. "
            "Each becomes a run: OUT/mean, OUT/std, ….\n\n") +
        kRewriteFields +
        "\n\nExit codes: 0 good; 1 damage was left out; 2 usage; 3 cannot read "
        "or write.\n\n"
        "Examples:\n"
        "  tblog merge runs/a -o joined --cut\n"
        "  tblog merge before.tfevents after.tfevents -o runs/whole --cut\n"
        "  tblog merge runs/seed* -o reduced --reduce mean,std");
    app.add_option("PATH", paths_, "runs, log directories or event files")
        ->required();
    app.add_option("-o,--out", out_, "directory for the new run or runs")
        ->required()
        ->type_name("DIR");
    auto* cut = app.add_flag("--cut", cut_,
                             "leave out what a resumed run wrote once more");
    app.add_option("--reduce", reduce_, "mean, std, min, max; several by ','")
        ->delimiter(',')
        ->check(CLI::IsMember({"mean", "std", "min", "max"}))
        ->type_name("WHAT")
        ->excludes(cut);
    app.add_flag("--force", force_, "replace files that exist");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    if (!reduce_.empty())
      return reduce_runs(paths_, reduce_, out_, force_, json_, streams);
    RewriteOptions options;
    if (cut_) options.superseded = Superseded::kCut;
    if (force_) options.if_exists = IfExists::kReplace;
    ExitCode code = kGood;
    for (const auto& [run, files] : pieces()) {
      const std::string directory = make_run_directory(out_, run, force_);
      const std::vector<RewriteTarget> targets = {
          {new_path(directory, files, "tblog-merge")}};
      code = std::max(code, tell(rewrite(files, targets, options), targets,
                                 json_, streams));
    }
    return code;
  }

 private:
  // Files by the run that they become.
  std::map<std::string, std::vector<std::string>> pieces() const {
    std::vector<std::vector<RunFiles>> found;
    bool all_single = true;
    for (const std::string& path : paths_) {
      found.push_back(runs_of(path));
      all_single = all_single && found.back().size() == 1;
    }
    std::map<std::string, std::vector<std::string>> pieces;
    for (const std::vector<RunFiles>& runs : found) {
      for (const RunFiles& run : runs) {
        std::vector<std::string>& files = pieces[all_single ? "." : run.run];
        files.insert(files.end(), run.paths.begin(), run.paths.end());
      }
    }
    return pieces;
  }

  std::vector<std::string> paths_;
  std::string out_;
  bool cut_ = false;
  std::vector<std::string> reduce_;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_merge();  // named in commands.inc
std::unique_ptr<Command> make_merge() { return std::make_unique<Merge>(); }

}  // namespace tblog::tool
