// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/selection.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

#include "tools/tblog/display_text.h"
#include "tools/tblog/nearest.h"

namespace tblog::tool {
namespace {

constexpr size_t kSuggestions = 4;
constexpr size_t kWarningsPerLog = 10;
// Of for_each_run().
constexpr uint64_t kPointsOfASeries = 48;
constexpr size_t kSeriesAtOnce = 10'000;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// The paths that a pattern stands for, where the shell has not replaced it.
void append_expanded(const std::string& path, std::vector<std::string>& out) {
  if (exists(path) || path.find_first_of("*?[") == std::string::npos) {
    out.push_back(path);
    return;
  }
  glob_t found{};
  if (glob(path.c_str(), 0, nullptr, &found) != 0) {
    globfree(&found);
    throw Failure(kCannotRead, "nothing matches \"" + printable(path) + "\"");
  }
  for (size_t i = 0; i < found.gl_pathc; ++i) out.push_back(found.gl_pathv[i]);
  globfree(&found);
}

LogReader open_log(const std::string& path, const LogReaderOptions& options) {
  absl::StatusOr<LogReader> log = LogReader::open(path, options);
  if (log.ok()) return *std::move(log);
  throw Failure(kCannotRead, printable(std::string(log.status().message())));
}

// Of damage, the first places of a path alone.
class DamageWarnings {
 public:
  explicit DamageWarnings(std::ostream& err) : err_(err) {}

  void add(const LogReader& log) {
    for (const SkippedRegion& region : log.skipped()) {
      if (++places_ > kWarningsPerLog) continue;
      err_ << "tblog: warning: ";
      // What the system says of a file names it.
      if (region.reason.find(region.file) == std::string::npos)
        err_ << printable(region.file) << ": ";
      if (region.bytes > 0)
        err_ << region.bytes << " bytes at offset " << region.offset
             << " skipped: ";
      err_ << printable(region.reason) << '\n';
    }
  }
  // Gives whether there was any.
  bool finish() {
    if (places_ > kWarningsPerLog)
      err_ << "tblog: warning: " << places_ - kWarningsPerLog
           << " more damaged places\n";
    return places_ > 0;
  }

 private:
  std::ostream& err_;
  size_t places_ = 0;
};

void warn_of_damage(const LogReader& log, std::ostream& err) {
  DamageWarnings warnings(err);
  warnings.add(log);
  warnings.finish();
}

// The series of `run` from `begin` to before `end`, under that name.
void append_series(const Run& run, const std::string& name,
                   const StepRange& range,
                   const std::vector<MeshSeries>& meshes, size_t begin,
                   size_t end, ChosenLogs& chosen) {
  for (size_t i = begin; i < end; ++i) {
    const Series& series = run.series()[i];
    const auto mesh = std::find_if(
        meshes.begin(), meshes.end(),
        [&](const MeshSeries& one) { return one.vertices == &series; });
    std::vector<size_t> indices = range.choose(series.steps());
    if (indices.empty()) continue;
    chosen.series.push_back(
        {name, series, std::move(indices),
         mesh == meshes.end() ? std::nullopt : std::optional(*mesh)});
  }
}

void append_embeddings(const Run& run, const std::string& name,
                       ChosenLogs& chosen) {
  for (const EmbeddingFiles& files : run.embeddings())
    chosen.embeddings.push_back({name, files});
}

// Calls `use` with the series and embeddings of `run`, under that name, some of
// them at a time: a chosen series takes more memory than one that is not.
void choose_parts(const Run& run, const std::string& name,
                  const StepRange& range, bool with_embeddings,
                  const std::function<void(const ChosenLogs&)>& use) {
  const std::vector<MeshSeries> meshes = run.meshes();
  const size_t size = run.series().size();
  for (size_t begin = 0; begin < size; begin += kSeriesAtOnce) {
    ChosenLogs chosen;
    append_series(run, name, range, meshes, begin,
                  std::min(size, begin + kSeriesAtOnce), chosen);
    use(chosen);
  }
  ChosenLogs chosen;
  if (with_embeddings) append_embeddings(run, name, chosen);
  use(chosen);
}

// Those of value_kind_name(), in its order.
std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(ValueKind::kOther); ++i)
    names.emplace_back(value_kind_name(static_cast<ValueKind>(i)));
  return names;
}

// A kind by its name, or by that of TensorBoard's plugin for it.
ValueKind parse_kind(const std::string& name) {
  if (const auto kind = value_kind_from_name(name)) return *kind;
  if (name == "custom_scalars") return ValueKind::kLayout;
  if (name == "graph_run_metadata") return ValueKind::kRunMetadata;
  if (name == "projector") return ValueKind::kEmbedding;
  if (name.ends_with('s')) {  // scalars, histograms, images, …
    if (const auto kind = value_kind_from_name(name.substr(0, name.size() - 1)))
      return *kind;
  }
  std::string all;
  for (const std::string& one : kind_names())
    all += (all.empty() ? "" : ", ") + one;
  throw Failure(kUsage, "--kind " + printable(name) + ": no such kind; the " +
                            "nearest: " + nearest(name, kind_names(), 1)[0] +
                            "; all: " + all);
}

// Whether one of the globs matches, or there is none.
bool matches_any(const std::vector<std::string>& globs,
                 const std::string& name) {
  return globs.empty() ||
         std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return matches_glob(glob, name);
         });
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "\"" : ", \"") + printable(name) + "\"";
  return out;
}

}  // namespace

std::string run_below(std::string path, const std::string& run) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return run == "." ? path : path + "/" + run;
}

bool Selection::names_kind(ValueKind kind) const {
  for (const std::string& name : kinds_) {
    if (parse_kind(name) == kind) return true;
  }
  return false;
}

LogReaderOptions Selection::reader_options() const {
  LogReaderOptions options;
  options.tags = tags_;
  for (const std::string& name : kinds_)
    options.kinds.push_back(parse_kind(name));
  const StepRange range = step_range();
  options.min_step = range.first;
  options.max_step = range.last;
  if (!purge_.empty())
    options.purge = purge_ == "python" ? Purge::kPython : Purge::kRust;
  return options;
}

StepRange Selection::step_range() const {
  if (steps_.empty()) return {};
  if (const auto range = parse_steps(steps_)) return *range;
  throw Failure(kUsage, "--steps " + printable(steps_) +
                            ": give A:B:STRIDE, e.g. 100:200, 500:, ::10 or "
                            "one step");
}

std::vector<std::string> Selection::paths() const {
  std::vector<std::string> paths;
  for (const std::string& path : paths_) append_expanded(path, paths);
  return paths;
}

bool Selection::wants_run(const std::string& run) const {
  return matches_any(runs_, run);
}

void Selection::append_log(const std::string& path,
                           const std::optional<std::string>& prefix,
                           std::ostream& err, Progress& progress,
                           ChosenLogs& chosen) const {
  LogReader log = open_log(path, reader_options());
  if (!log.skipped().empty()) progress.make_room();
  warn_of_damage(log, err);
  if (!log.skipped().empty()) chosen.exit_code = kProblemsFound;
  append_chosen(log, prefix, chosen);
  chosen.logs.push_back(std::move(log));
}

void Selection::append_chosen(const LogReader& log,
                              const std::optional<std::string>& prefix,
                              ChosenLogs& chosen) const {
  for (const Run& run : log.runs()) {
    const std::string name =
        prefix ? run_below(*prefix, run.name()) : run.name();
    // The name that is shown counts, and the one below its own path.
    if (!wants_run(name) && !wants_run(run.name())) continue;
    append_series(run, name, step_range(), run.meshes(), 0, run.series().size(),
                  chosen);
    append_embeddings(run, name, chosen);
  }
  if (has_steps()) chosen.embeddings.clear();
}

bool Selection::is_filtered() const {
  return !runs_.empty() || !tags_.empty() || !kinds_.empty() || !steps_.empty();
}

ExitCode Selection::for_each_run(
    std::ostream& err,
    const std::function<void(const ChosenLogs&)>& use) const {
  const std::vector<std::string> all = paths();
  LogReaderOptions options = reader_options();
  if (step_range().stride == 1 && options.purge == Purge::kNone)
    options.max_points = kPointsOfASeries;
  ExitCode code = kGood;
  bool any = false;
  Progress progress(reading_progress("reading", all));
  for (const std::string& path : all) {
    std::optional<std::string> prefix;
    if (all.size() > 1) prefix = path;
    DamageWarnings warnings(err);
    const absl::Status status =
        LogReader::for_each_run(path, options, [&](const LogReader& log) {
          progress.make_room();
          warnings.add(log);
          for (const Run& run : log.runs()) {
            const std::string name =
                prefix ? run_below(*prefix, run.name()) : run.name();
            if (!wants_run(name) && !wants_run(run.name())) continue;
            choose_parts(run, name, step_range(), !has_steps(),
                         [&](const ChosenLogs& chosen) {
                           any = any || !chosen.series.empty() ||
                                 !chosen.embeddings.empty();
                           use(chosen);
                         });
          }
        });
    if (!status.ok())
      throw Failure(kCannotRead, printable(std::string(status.message())));
    if (warnings.finish()) code = kProblemsFound;
  }
  if (!any && is_filtered()) fail_empty(all);
  return code;
}

ChosenLogs Selection::open(const std::string& path, std::ostream& err) const {
  Progress progress(reading_progress("reading", {path}));
  ChosenLogs chosen;
  append_log(path, std::nullopt, err, progress, chosen);
  return chosen;
}

ChosenLogs Selection::open(std::ostream& err) const {
  const std::vector<std::string> all = paths();
  ChosenLogs chosen;
  {
    Progress progress(reading_progress("reading", all));
    for (const std::string& path : all)
      append_log(
          path,
          all.size() > 1 ? std::optional<std::string>(path) : std::nullopt, err,
          progress, chosen);
  }
  if (chosen.series.empty() && chosen.embeddings.empty() && is_filtered())
    fail_empty(all);
  return chosen;
}

void Selection::fail_empty(const std::vector<std::string>& paths) const {
  std::vector<std::string> runs;
  std::vector<std::string> tags;
  const Progress progress(reading_progress("reading all names", paths));
  for (const std::string& path : paths) {
    const LogReader log = open_log(path, {});
    for (const Run& run : log.runs()) {
      runs.push_back(paths.size() > 1 ? run_below(path, run.name())
                                      : run.name());
      for (const Series& series : run.series()) tags.push_back(series.tag());
      for (const EmbeddingFiles& files : run.embeddings())
        tags.push_back(files.name);
    }
  }
  const auto explain = [&](const char* what,
                           const std::vector<std::string>& globs,
                           const std::vector<std::string>& names) {
    for (const std::string& glob : globs) {
      bool matched = false;
      for (const std::string& name : names)
        matched = matched || matches_glob(glob, name);
      if (matched || names.empty()) continue;
      throw Failure(
          kUsage, std::string("no ") + what + " matches \"" + printable(glob) +
                      "\"; the nearest: " +
                      quoted_list(nearest(glob, names, kSuggestions)));
    }
  };
  explain("run", runs_, runs);
  explain("tag", tags_, tags);
  throw Failure(kUsage,
                "nothing is left of " + std::to_string(tags.size()) +
                    " series by --run, --tag, --kind and --steps together; "
                    "`tblog ls` shows what there is");
}

}  // namespace tblog::tool
