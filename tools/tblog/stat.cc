// SPDX-License-Identifier: Apache-2.0
//
// tblog stat: event files as files.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>

#include "tblog/event_reader.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/event_files.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

// What one pass over a file finds.
struct FileSummary {
  std::string run;
  std::string path;
  uint64_t bytes = 0;
  uint64_t records = 0;
  uint64_t events = 0;
  uint64_t incomplete_bytes = 0;
  std::string file_version;
  std::string writer;
  std::map<std::string, uint64_t> values;  // by kind
  std::vector<SkippedRegion> skipped;
  // Of all events: threads write theirs in no order of times.
  double first = 0;
  double last = 0;

  double rate() const {  // events a second; 0: not known
    const double span = last - first;
    return span > 0 ? static_cast<double>(events) / span : 0;
  }
};

// Three digits, and no power of ten where the number is known to be whole.
std::string rate_text(double rate) {
  return rate < 1000 ? format_value(rate, 3)
                     : format_value(std::round(rate), 7);
}

void count_event(const Event& event, FileSummary& summary) {
  if (std::isfinite(event.wall_time)) {
    const bool first = summary.first == 0 && summary.last == 0;
    summary.first =
        first ? event.wall_time : std::min(summary.first, event.wall_time);
    summary.last =
        first ? event.wall_time : std::max(summary.last, event.wall_time);
  }
  ++summary.events;
  if (!event.writer.empty()) summary.writer = event.writer;
  if (event.kind == EventKind::kFileVersion && summary.file_version.empty())
    summary.file_version = event.file_version;
  for (const TaggedValue& value : event.values)
    ++summary.values[std::string(value_kind_name(value.kind))];
  if (event.kind == EventKind::kGraph) ++summary.values["graph"];
  if (event.kind == EventKind::kRunMetadata) ++summary.values["run_metadata"];
  if (event.kind == EventKind::kSessionLog) ++summary.values["session"];
}

absl::StatusOr<FileSummary> summarize(const std::string& run,
                                      const std::string& path) {
  FileSummary summary;
  summary.run = run;
  summary.path = path;
  absl::StatusOr<EventReader> reader =
      EventReader::open(path, {}, {.decode_values = false});
  absl::Status status = reader.status();
  while (status.ok()) {
    const absl::StatusOr<std::optional<Event>> event = reader->next();
    status = event.status();
    if (!status.ok() || !event->has_value()) break;
    count_event(**event, summary);
  }
  if (!status.ok()) return status;
  summary.records = reader->records();
  summary.incomplete_bytes = reader->incomplete_bytes();
  summary.skipped = reader->skipped();
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  summary.bytes = ignored ? 0 : size;
  return summary;
}

class Stat : public Command {
 public:
  void declare(CLI::App& app) override {
    app.description(
        "Tell of each event file its size, records, kinds of values, time "
        "span, rate and damage.");
    app.footer(
        "Fields of --json: run file bytes records events kinds (an object of "
        "counts) wall_time (the\nfirst) last_wall_time rate (events a "
        "second) incomplete_bytes (of a record that the end\ncuts off) "
        "file_version writer damage (offset length reason of each place)\n\n"
        "Examples:\n"
        "  tblog stat runs\n"
        "  tblog stat runs --json | jq .bytes");
    selection_.declare_runs(app);
  }

  ExitCode run(Streams streams) override {
    std::vector<FileSummary> summaries;
    ExitCode code = kGood;
    size_t unreadable = 0;  // files
    const std::vector<std::string> paths = selection_.paths();
    std::optional<Progress> progress(reading_progress("reading", paths));
    for (const std::string& path : paths) {
      for (const RunFiles& found : runs_of(path)) {
        const std::string run =
            paths.size() > 1 ? run_below(path, found.run) : found.run;
        if (!selection_.wants_run(run) && !selection_.wants_run(found.run))
          continue;
        for (const std::string& file : found.paths) {
          absl::StatusOr<FileSummary> summary = summarize(run, file);
          progress->make_room();
          if (!summary.ok()) {
            ++unreadable;
            streams.err << "tblog: warning: "
                        << printable(std::string(summary.status().message()))
                        << '\n';
            continue;
          }
          if (!summary->skipped.empty()) code = kProblemsFound;
          if (selection_.json()) {
            streams.out << json_line(describe_json(*summary));
            streams.out.flush();
          }
          summaries.push_back(*std::move(summary));
        }
      }
    }
    progress.reset();
    if (unreadable > 0) code = summaries.empty() ? kCannotRead : kProblemsFound;
    // Says what is there instead.
    if (summaries.empty() && unreadable == 0)
      static_cast<void>(selection_.open(streams.err));
    if (!selection_.json() && !summaries.empty())
      print_table(streams.out, summaries);
    return code;
  }

 private:
  static Json describe_json(const FileSummary& summary) {
    Json damage = Json::array();
    for (const SkippedRegion& region : summary.skipped)
      damage.push_back({{"offset", region.offset},
                        {"length", region.bytes},
                        {"reason", region.reason}});
    Json kinds = Json::object();
    for (const auto& [kind, count] : summary.values) kinds[kind] = count;
    return {{"run", summary.run},
            {"file", summary.path},
            {"bytes", summary.bytes},
            {"records", summary.records},
            {"events", summary.events},
            {"kinds", kinds},
            {"wall_time", json_number(summary.first)},
            {"last_wall_time", json_number(summary.last)},
            {"rate", json_number(summary.rate())},
            {"incomplete_bytes", summary.incomplete_bytes},
            {"file_version", summary.file_version},
            {"writer", summary.writer},
            {"damage", damage}};
  }

  static std::string kinds_text(const FileSummary& summary) {
    std::string text;
    for (const auto& [kind, count] : summary.values)
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
    return text;
  }

  static std::string damage_text(const FileSummary& summary) {
    std::string text;
    if (!summary.skipped.empty()) {
      uint64_t bytes = 0;
      for (const SkippedRegion& region : summary.skipped) bytes += region.bytes;
      text = format_count(summary.skipped.size(), "place") + ", " +
             format_bytes(bytes);
    }
    if (summary.incomplete_bytes > 0)
      text += (text.empty() ? "" : "; ") + std::string("end cut off");
    return text;
  }

  void print_table(std::ostream& out,
                   const std::vector<FileSummary>& summaries) const {
    Table table(
        {{.title = "RUN", .shorten = Shorten::kMiddle, .style = Style::kCyan},
         {.title = "FILE", .shorten = Shorten::kMiddle, .expendable = 4},
         {.title = "SIZE", .align = Align::kRight},
         {.title = "EVENTS", .align = Align::kRight},
         {.title = "VALUES", .shorten = Shorten::kEnd},
         {.title = "FROM", .style = Style::kDim, .expendable = 3},
         {.title = "SPAN", .align = Align::kRight, .expendable = 1},
         {.title = "EVENTS/S", .align = Align::kRight, .expendable = 2},
         {.title = "DAMAGE", .style = Style::kRed}});
    for (const FileSummary& summary : summaries) {
      const size_t slash = summary.path.rfind('/');
      table.add(
          {printable(summary.run),
           printable(
               summary.path.substr(slash == std::string::npos ? 0 : slash + 1)),
           format_bytes(summary.bytes), std::to_string(summary.events),
           kinds_text(summary),
           summary.events > 0 ? format_wall_time(summary.first) : "-",
           summary.events > 0 ? format_duration(summary.last - summary.first)
                              : "-",
           summary.rate() > 0 ? rate_text(summary.rate()) : "-",
           damage_text(summary)});
    }
    table.print(out, selection_.terminal());
  }

  Selection selection_;
};

}  // namespace

std::unique_ptr<Command> make_stat();  // named in commands.inc
std::unique_ptr<Command> make_stat() { return std::make_unique<Stat>(); }

}  // namespace tblog::tool
