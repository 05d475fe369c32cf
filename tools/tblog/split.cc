// SPDX-License-Identifier: Apache-2.0
//
// tblog split: one run's tags as runs of their own, or fewer of its values.

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/output_folder.h"
#include "tools/tblog/rewrite_output.h"
#include "tools/tblog/steps.h"

namespace tblog::tool {
namespace {

constexpr size_t kMaxTargets = 64;  // of rewrite_events()

// A glob that matches the tag alone.
std::string literal(const std::string& tag) {
  std::string glob;
  for (const char c : tag) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') glob += '\\';
    glob += c;
  }
  return glob;
}

// A directory's name made of a tag. One that contained "tfevents" would break
// TensorBoard's list of runs.
std::string directory_name(const std::string& tag,
                           std::set<std::string>& used) {
  std::string name = safe_file_name(tag);
  for (size_t at; (at = name.find("tfevents")) != std::string::npos;)
    name.replace(at, 2, "tf-");
  std::string unique = name;
  for (int i = 2; !used.insert(unique).second; ++i)
    unique = name + "-" + std::to_string(i);
  return unique;
}

class Split : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Write each tag, or each group of tags, into a run of its own; or keep "
        "fewer values.");
    app.footer(
        std::string(
            "A group is what stands before the first '/' of a tag. New runs "
            "stand below that of the\nold one.\n\n") +
        kRewriteFields +
        "\n\nExit codes: 0 good; 1 damage was left out; 2 usage; 3 cannot read "
        "or write.\n\n"
        "Examples:\n"
        "  tblog split runs/a -o parts\n"
        "  tblog split runs/a -o parts --by tag\n"
        "  tblog split runs -o thin --by none --every 100\n"
        "  tblog split runs -o begin --by none --steps :1000");
    app.add_option("PATH", path_, "log directory, run directory or event file")
        ->required();
    app.add_option("-o,--out", out_, "directory for the new runs")
        ->required()
        ->type_name("DIR");
    app.add_option("--by", by_, "group (default), tag, none")
        ->check(CLI::IsMember({"group", "tag", "none"}))
        ->type_name("WHAT");
    app.add_option("--every", every_,
                   "of each tag only values so many steps apart")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    app.add_option("--steps", steps_, "only steps from A to B, both included")
        ->type_name("A:B");
    app.add_flag("--force", force_, "replace files that exist");
    app.add_flag("--json", json_, "one JSON object a line");
  }

  ExitCode run(Streams streams) override {
    RewriteOptions options;
    options.min_step_distance = every_;
    if (force_) options.if_exists = IfExists::kReplace;
    if (!steps_.empty()) {
      const auto range = parse_steps(steps_);
      if (!range)
        throw Failure(kUsage, "--steps " + printable(steps_) + ": give A:B");
      options.min_step = range->first;
      options.max_step = range->last;
    }
    ExitCode code = kGood;
    for (const RunFiles& run : runs_of(path_)) {
      const std::vector<RewriteTarget> targets = targets_of(run);
      for (size_t i = 0; i < targets.size(); i += kMaxTargets) {
        const std::vector<RewriteTarget> some(
            targets.begin() + static_cast<std::ptrdiff_t>(i),
            targets.begin() + static_cast<std::ptrdiff_t>(
                                  std::min(i + kMaxTargets, targets.size())));
        code = std::max(code, tell(rewrite(run.paths, some, options), some,
                                   json_, streams));
      }
    }
    return code;
  }

 private:
  std::vector<RewriteTarget> targets_of(const RunFiles& run) const {
    if (by_ == "none")
      return {{new_path(make_run_directory(out_, run.run, force_), run.paths,
                        "tblog-split")}};
    std::map<std::string, std::vector<std::string>> groups;
    for (const std::string& tag : tags_of(run))
      groups[by_ == "tag" ? tag : tag.substr(0, tag.find('/'))].push_back(
          literal(tag));
    std::vector<RewriteTarget> targets;
    std::set<std::string> used;
    for (auto& [group, tags] : groups) {
      const std::string name = directory_name(group, used);
      const std::string directory = make_run_directory(
          out_, run.run == "." ? name : run.run + "/" + name, force_);
      targets.push_back({new_path(directory, run.paths, "tblog-split"), tags});
    }
    return targets;
  }

  static std::set<std::string> tags_of(const RunFiles& run) {
    std::set<std::string> tags;
    for (const std::string& file : run.paths) {
      const absl::StatusOr<LogReader> log = LogReader::open(file);
      if (!log.ok())
        throw Failure(kCannotRead,
                      printable(std::string(log.status().message())));
      for (const Run& one : log->runs()) {
        for (const Series& series : one.series()) {
          if (series.kind() != ValueKind::kSession) tags.insert(series.tag());
        }
      }
    }
    return tags;
  }

  std::string path_;
  std::string out_;
  std::string by_ = "group";
  int64_t every_ = 0;
  std::string steps_;
  bool force_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_split();  // named in commands.inc
std::unique_ptr<Command> make_split() { return std::make_unique<Split>(); }

}  // namespace tblog::tool
