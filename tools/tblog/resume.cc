// SPDX-License-Identifier: Apache-2.0
//
// tblog resume: makes runs ready to go on from an earlier step.

#include "tblog/resume.h"

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/progress.h"

namespace tblog::tool {
namespace {

class Resume : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Make a run, and those below it, ready to be resumed at an earlier "
        "step: TensorBoard then\nshows nothing at that step or after it, until "
        "it is logged again.");
    app.footer(
        "For writers that cannot do so themselves, such as tensorboardX; "
        "tblog's own: WriterOptions::resume_step.\nA run gets one new file, "
        "NAME.resume, behind its newest one; nothing else is touched. Remove "
        "it to undo.\n\n"
        "Fields of --json, a line a run: run file (null: nothing to cut) step "
        "first_step (from which on values\nare repeated) events bytes "
        "uncut_tags wait_secs\n\n"
        "Exit codes: 0 ready; 1 something could not be read, or cut; 2 usage; "
        "3 cannot read or write,\nor the run is being written.\n\n"
        "Examples:\n"
        "  tblog resume runs/a --step 800   # the step of the checkpoint");
    app.add_option("RUN", paths_, "directories of runs")->required();
    app.add_option("--step", step_, "the first step that is logged again")
        ->required()
        ->type_name("N");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    ExitCode code = kGood;
    for (const std::string& path : paths_) {
      if (!std::filesystem::is_directory(path))
        throw Failure(kUsage, "resume: not a directory: " + printable(path));
      for (const RunFiles& found : runs_of(path))
        if (!resume(found, streams)) code = kProblemsFound;
    }
    return code;
  }

 private:
  // Whether all could be read and cut.
  bool resume(const RunFiles& found, Streams streams) const {
    if (found.paths.empty()) return true;
    const std::string directory =
        std::filesystem::path(found.paths.front()).parent_path();
    const absl::StatusOr<ResumeReport> report = [&] {
      const Progress progress(reading_progress("reading", {directory}));
      return bridge_resume(directory, step_);
    }();
    if (!report.ok())
      throw Failure(kCannotRead,
                    printable(std::string(report.status().message())));
    if (json_) {
      streams.out << json_line(
          Json{{"run", found.run},
               {"file", report->file.empty() ? Json() : Json(report->file)},
               {"step", step_},
               {"first_step", report->first_step},
               {"events", report->events},
               {"bytes", report->bytes},
               {"uncut_tags", report->uncut_tags},
               {"wait_secs", report->wait_secs}});
    } else {
      print(directory, *report, streams.out);
    }
    for (const SkippedRegion& region : report->skipped)
      streams.err << "tblog: warning: " << printable(region.file) << ": "
                  << region.bytes << " bytes at offset " << region.offset
                  << " left out: " << printable(region.reason) << '\n';
    return report->skipped.empty() && report->uncut_tags.empty();
  }

  void print(const std::string& directory, const ResumeReport& report,
             std::ostream& out) const {
    out << printable(directory) << ": ";
    if (report.file.empty()) {
      out << "nothing at step " << step_ << " or after it\n";
      return;
    }
    out << "ends before step " << step_ << " -> " << printable(report.file)
        << '\n';
    if (report.first_step < step_)
      out << "  values from step " << report.first_step
          << " on are repeated there\n";
    for (const std::string& tag : report.uncut_tags)
      out << "  " << printable(tag) << " has no value before step " << step_
          << ": the data server shows what it has until it is logged again\n";
    if (report.wait_secs > 0)
      out << "  the newest file's name lies in the future: wait "
          << report.wait_secs << " s before the run is resumed\n";
  }

  std::vector<std::string> paths_;
  int64_t step_ = 0;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_resume();  // named in commands.inc
std::unique_ptr<Command> make_resume() { return std::make_unique<Resume>(); }

}  // namespace tblog::tool
