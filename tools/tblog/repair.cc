// SPDX-License-Identifier: Apache-2.0
//
// tblog repair: what can be saved of a damaged event file.

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tblog/log_rewriter.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/json_output.h"

namespace tblog::tool {
namespace {

namespace fs = std::filesystem;

class Repair : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Save every whole event of damaged event files: into a new file, or in "
        "place.");
    app.footer(
        "Nothing is overwritten unasked. --in-place leaves whole files alone; "
        "of the others the damaged\none stays as NAME.bak, with \"tf-events\" "
        "for \"tfevents\", so that TensorBoard does not read it.\nDo not "
        "repair a file in place that is still being written.\n\n"
        "Fields of --json, a line for each skipped region and one a file: file "
        "offset length reason;\nfile records events bytes output backup\n\n"
        "Exit codes: 0 whole; 1 damage was found, the rest is saved; 2 usage; "
        "3 cannot read or write.\n\n"
        "Examples:\n"
        "  tblog repair runs/a/events.out.tfevents.1 -o repaired.tfevents\n"
        "  tblog repair runs --in-place");
    app.add_option("PATH", paths_,
                   "event files; with --in-place also directories")
        ->required();
    auto* output =
        app.add_option("-o,--out", output_, "the new file")->type_name("FILE");
    auto* in_place =
        app.add_flag("--in-place", in_place_, "repair each file in its place");
    output->excludes(in_place);
    app.add_flag("--force", force_, "replace the new file if it exists");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    if (output_.empty() && !in_place_)
      throw Failure(kUsage, "repair: say -o FILE or --in-place");
    const std::vector<std::string> files = event_files_of(paths_);
    if (!in_place_ && files.size() != 1)
      throw Failure(kUsage, "repair: -o takes one file, these are " +
                                std::to_string(files.size()));
    ExitCode code = kGood;
    for (const std::string& file : files)
      if (!repair_one(file, streams)) code = kProblemsFound;
    return code;
  }

 private:
  // Whether the file was whole.
  bool repair_one(const std::string& file, Streams streams) const {
    const absl::StatusOr<RepairReport> report =
        in_place_ ? repair_in_place(file)
                  : repair_file(file, output_,
                                force_ ? IfExists::kReplace : IfExists::kFail);
    if (!report.ok())
      throw Failure(kCannotRead,
                    printable(std::string(report.status().message())));
    const RewriteReport& saved = report->rewritten;
    const bool whole = saved.skipped.empty() && saved.added_versions == 0 &&
                       saved.added_metadata == 0;
    const std::string output = !in_place_ ? output_ : whole ? "" : file;
    if (json_) {
      for (const SkippedRegion& region : saved.skipped)
        streams.out << json_line(Json{{"file", region.file},
                                      {"offset", region.offset},
                                      {"length", region.bytes},
                                      {"reason", region.reason}});
      streams.out << json_line(Json{{"file", file},
                                    {"records", saved.records},
                                    {"events", saved.events},
                                    {"bytes", saved.bytes},
                                    {"output", output},
                                    {"backup", report->backup}});
      return whole;
    }
    print(file, output, *report, whole, streams.out);
    return whole;
  }

  static void print(const std::string& file, const std::string& output,
                    const RepairReport& report, bool whole, std::ostream& out) {
    const RewriteReport& saved = report.rewritten;
    out << printable(file) << ": ";
    if (whole) {
      out << "whole, " << saved.events << " events"
          << (output.empty() ? "" : " -> " + printable(output)) << '\n';
      return;
    }
    out << saved.events << " events saved -> " << printable(output) << '\n';
    for (const SkippedRegion& region : saved.skipped)
      out << "  " << region.bytes << " bytes at offset " << region.offset
          << " left out: " << printable(region.reason) << '\n';
    if (saved.added_versions > 0)
      out << "  its version was lost and is made anew\n";
    if (saved.added_metadata > 0)
      out << "  metadata of " << saved.added_metadata
          << " tags were lost and are taken from elsewhere\n";
    if (saved.tags_without_metadata > 0)
      out << "  metadata of " << saved.tags_without_metadata
          << " tags were lost: TensorBoard does not show these\n";
    if (!report.backup.empty())
      out << "  the damaged file is kept as " << printable(report.backup)
          << '\n';
  }

  std::vector<std::string> paths_;
  std::string output_;
  bool in_place_ = false;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_repair();  // named in commands.inc
std::unique_ptr<Command> make_repair() { return std::make_unique<Repair>(); }

}  // namespace tblog::tool
