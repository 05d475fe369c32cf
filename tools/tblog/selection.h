// SPDX-License-Identifier: Apache-2.0
//
// Which series a command works on: the arguments and options that all commands
// share, and the logs they lead to.

#ifndef TBLOG_TOOLS_TBLOG_SELECTION_H_
#define TBLOG_TOOLS_TBLOG_SELECTION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tblog/log_reader.h"
#include "tools/tblog/command.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/steps.h"
#include "tools/tblog/terminal.h"

namespace tblog::tool {

// A series under the name that the output gives its run: the run's name, below
// the path where several paths were given.
struct ChosenSeries {
  std::string run;
  Series series;
  std::vector<size_t> indices;     // of its values, by --steps
  std::optional<MeshSeries> mesh;  // whose vertices it has
};

// The same of an embedding, which has no steps.
struct ChosenEmbedding {
  std::string run;
  EmbeddingFiles files;
};

struct ChosenLogs {
  std::vector<LogReader> logs;
  std::vector<ChosenSeries> series;         // by path, run, tag
  std::vector<ChosenEmbedding> embeddings;  // by path, run; none by --steps
  // kProblemsFound where a file was damaged.
  ExitCode exit_code = kGood;
};

// A run's name in the output where several paths were given.
std::string run_below(std::string path, const std::string& run);

// Whether a command has --json.
enum class JsonOption : unsigned char { kOffered, kNone };

class Selection {
 public:
  // Adds PATH…, --run, --tag, --kind, --steps, --purge, --json, --color,
  // --width and --ascii.
  void declare(CLI::App& app, JsonOption json = JsonOption::kOffered);
  // The same without PATH….
  void declare_filters(CLI::App& app, JsonOption json = JsonOption::kOffered);
  // The same without what chooses values: for what looks at files.
  void declare_runs(CLI::App& app);

  // Opens the logs and chooses from them; warns of damage on `err`.
  // Throws Failure: a path that cannot be read, an option that is none,
  // or filters that leave nothing (with the nearest names).
  ChosenLogs open(std::ostream& err) const;
  // The same of one path, and nothing left is no failure.
  ChosenLogs open(const std::string& path, std::ostream& err) const;
  // The same, a run or some of its series after the other, for logs of any
  // size: some points of a series are left out (LogReaderOptions::max_points),
  // unless
  // --steps has a stride. Gives kProblemsFound where a file was damaged.
  ExitCode for_each_run(
      std::ostream& err,
      const std::function<void(const ChosenLogs&)>& use) const;
  // PATH…, patterns replaced by what they stand for. Throws Failure.
  std::vector<std::string> paths() const;
  // Whether --run lets this through.
  bool wants_run(const std::string& run) const;
  // What these filters are to a LogReader.
  LogReaderOptions reader_options() const;

  Terminal terminal() const { return describe_stdout(display_); }
  bool json() const { return json_; }
  bool has_steps() const { return !steps_.empty(); }
  // Whether --kind asks for this kind.
  bool names_kind(ValueKind kind) const;

 private:
  void declare_paths(CLI::App& app);
  void declare_run_filter(CLI::App& app);
  void declare_display(CLI::App& app, JsonOption json);
  // Appends what is chosen of the log, runs below `prefix` where it is given.
  void append_log(const std::string& path,
                  const std::optional<std::string>& prefix, std::ostream& err,
                  Progress& progress, ChosenLogs& chosen) const;
  // What is chosen of the log, its damage aside.
  void append_chosen(const LogReader& log,
                     const std::optional<std::string>& prefix,
                     ChosenLogs& chosen) const;
  bool is_filtered() const;
  StepRange step_range() const;
  [[noreturn]] void fail_empty(const std::vector<std::string>& paths) const;

  std::vector<std::string> paths_;
  std::vector<std::string> runs_;
  std::vector<std::string> tags_;
  std::vector<std::string> kinds_;
  std::string steps_;
  std::string purge_;
  bool json_ = false;
  DisplayOptions display_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_SELECTION_H_
