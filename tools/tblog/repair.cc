// SPDX-License-Identifier: Apache-2.0
//
// tblog repair: what can be saved of damaged event files, and of the journals
// of killed writers.

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tblog/journal.h"
#include "tblog/log_rewriter.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"

namespace tblog::tool {
namespace {

namespace fs = std::filesystem;

class Repair : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Save every whole event of damaged event files, into a new file or in "
        "place, and what killed writers left in their journals.");
    app.footer(
        "Nothing is overwritten unasked. --in-place leaves whole files alone; "
        "of the others the damaged\none stays as NAME.bak, with \"tf-events\" "
        "for \"tfevents\", so that TensorBoard does not read it.\nDo not "
        "repair a file in place that is still being written.\n"
        "Of directories it first drains the journals that writers with "
        "Durability::kJournaled left when\nthey were killed, each into a new "
        "event file; those of writers that live are left alone.\n\n"
        "Fields of --json, a line for each skipped region and one a file: file "
        "offset length reason;\nfile records events bytes output backup; one "
        "a directory with journals: directory drained living\nevents files "
        "problems\n\n"
        "Exit codes: 0 whole; 1 damage was found, the rest is saved; 2 usage; "
        "3 cannot read or write.\n\n"
        "Examples:\n"
        "  tblog repair runs/a/events.out.tfevents.1 -o repaired.tfevents\n"
        "  tblog repair runs --in-place\n"
        "  tblog repair runs --journals");
    app.add_option("PATH", paths_,
                   "event files; with --in-place and --journals directories")
        ->required();
    auto* output =
        app.add_option("-o,--out", output_, "the new file")->type_name("FILE");
    auto* in_place =
        app.add_flag("--in-place", in_place_,
                     "drain journals, and repair each file in its place");
    auto* journals = app.add_flag("--journals", journals_,
                                  "drain journals, and do nothing else");
    output->excludes(in_place);
    journals->excludes(output)->excludes(in_place);
    app.add_flag("--force", force_, "replace the new file if it exists");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    if (output_.empty() && !in_place_ && !journals_)
      throw Failure(kUsage, "repair: say -o FILE, --in-place or --journals");
    ExitCode code = kGood;
    for (const std::string& path : paths_)
      if (output_.empty() && !drain(path, streams)) code = kProblemsFound;
    if (journals_) return code;
    const std::vector<std::string> files = event_files_of(paths_);
    if (!in_place_ && files.size() != 1)
      throw Failure(kUsage, "repair: -o takes one file, these are " +
                                std::to_string(files.size()));
    Progress progress(reading_progress("repairing", paths_));
    for (const std::string& file : files)
      if (!repair_one(file, progress, streams)) code = kProblemsFound;
    return code;
  }

 private:
  // Writes what is in journals below `path`, which may be a file, to event
  // files. Whether all of it could be saved.
  bool drain(const std::string& path, Streams streams) const {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      if (!journals_) return true;  // who reads the file says what is wrong
      throw Failure(
          fs::exists(path, ignored) ? kUsage : kCannotRead,
          "repair --journals: " + printable(path) + " is no directory");
    }
    const absl::StatusOr<JournalReport> report = drain_journals(path);
    if (!report.ok())
      throw Failure(kCannotRead,
                    printable(std::string(report.status().message())));
    const bool any =
        report->drained > 0 || report->living > 0 || !report->problems.empty();
    if (json_ && any)
      streams.out << json_line(Json{{"directory", path},
                                    {"drained", report->drained},
                                    {"living", report->living},
                                    {"events", report->events},
                                    {"files", report->files},
                                    {"problems", report->problems}});
    else if (any || journals_)
      print(path, *report, streams.out);
    return report->problems.empty();
  }

  static void print(const std::string& directory, const JournalReport& report,
                    std::ostream& out) {
    out << printable(directory) << ": ";
    if (report.drained + report.living + report.problems.size() == 0)
      out << "no journals";
    if (report.drained > 0)
      out << format_count(report.drained, "journal") << " drained, "
          << format_count(report.events, "event") << " saved";
    if (report.living > 0)
      out << (report.drained > 0 ? "; " : "")
          << format_count(report.living, "journal")
          << " of living writers left alone";
    out << '\n';
    for (const std::string& file : report.files)
      out << "  -> " << printable(file) << '\n';
    for (const std::string& problem : report.problems)
      out << "  " << printable(problem) << '\n';
  }

  // Whether the file was whole.
  bool repair_one(const std::string& file, Progress& progress,
                  Streams streams) const {
    const absl::StatusOr<RepairReport> report =
        in_place_ ? repair_in_place(file)
                  : repair_file(file, output_,
                                force_ ? IfExists::kReplace : IfExists::kFail);
    progress.make_room();
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
  bool journals_ = false;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_repair();  // named in commands.inc
std::unique_ptr<Command> make_repair() { return std::make_unique<Repair>(); }

}  // namespace tblog::tool
