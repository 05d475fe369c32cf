// SPDX-License-Identifier: Apache-2.0
//
// tblog edit: event files with other tags, steps, times or forms.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/rewrite_output.h"

namespace tblog::tool {
namespace {

class Edit : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Rename or drop tags, shift steps or wall times, or bring old forms up "
        "to date: into new files, a run for each run.");
    app.footer(
        std::string("What is not asked to change stays as it is, to the "
                    "byte.\n\n") +
        kRewriteFields +
        "\n\nExit codes: 0 good; 1 damage was left out; 2 usage; 3 cannot read "
        "or write.\n\n"
        "Examples:\n"
        "  tblog edit runs -o clean --drop 'debug/*' --rename loss=train/loss\n"
        "  tblog edit runs -o clean --rename 'train/*=fit/*'\n"
        "  tblog edit runs/b -o shifted --shift-steps 10000\n"
        "  tblog edit old -o new --upgrade");
    app.add_option("PATH", path_, "log directory, run directory or event file")
        ->required();
    app.add_option("-o,--out", out_, "directory for the new runs")
        ->required()
        ->type_name("DIR");
    app.add_option("--rename", renames_,
                   "a tag's new name; both ending with '*': the beginnings")
        ->type_name("OLD=NEW")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--drop", options_.drop, "tags that are left out")
        ->type_name("GLOB")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--shift-steps", options_.shift_steps, "added to each step")
        ->type_name("N");
    app.add_option("--shift-wall-time", options_.shift_wall_time_secs,
                   "seconds, added to each wall time")
        ->type_name("SECS");
    app.add_flag("--upgrade", upgrade_,
                 "write the values of TensorFlow 1 in the forms of version 2");
    app.add_flag("--force", force_, "replace files that exist");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    for (const std::string& rename : renames_) {
      const size_t equals = rename.find('=');
      if (equals == std::string::npos || equals == 0 ||
          equals + 1 == rename.size())
        throw Failure(kUsage, "--rename " + printable(rename) +
                                  ": give OLD=NEW, e.g. loss=train/loss");
      options_.rename.emplace_back(rename.substr(0, equals),
                                   rename.substr(equals + 1));
    }
    if (upgrade_) options_.old_forms = OldForms::kReplace;
    if (force_) options_.if_exists = IfExists::kReplace;
    ExitCode code = kGood;
    for (const RunFiles& run : runs_of(path_)) {
      const std::string directory = make_run_directory(out_, run.run, force_);
      options_.metadata_files = run.paths;
      for (const std::string& file : run.paths) {
        const std::vector<RewriteTarget> targets = {
            {path_beside(directory, file)}};
        code = std::max(code, tell(rewrite({file}, targets, options_), targets,
                                   json_, streams));
      }
    }
    return code;
  }

 private:
  std::string path_;
  std::string out_;
  std::vector<std::string> renames_;
  RewriteOptions options_;
  bool upgrade_ = false;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_edit();  // named in commands.inc
std::unique_ptr<Command> make_edit() { return std::make_unique<Edit>(); }

}  // namespace tblog::tool
