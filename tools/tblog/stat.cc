// SPDX-License-Identifier: Apache-2.0
//
// tblog stat: event files as files.

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>

#include "tblog/event_reader.h"
#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/followed_log.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/number.h"
#include "tools/tblog/selection.h"
#include "tools/tblog/table.h"

namespace tblog::tool {
namespace {

// What one pass over a file finds.
struct FileSummary {
  FoundFile file;
  FileInfo info;
  std::map<std::string, uint64_t> values;  // by kind
  std::vector<SkippedRegion> skipped;
  // Of all events: threads write theirs in no order of times.
  double first = 0;
  double last = 0;

  double rate() const {  // events a second; 0: not known
    const double span = last - first;
    return span > 0 ? static_cast<double>(info.events) / span : 0;
  }
};

FileSummary summarize(const FoundFile& file) {
  FileSummary summary;
  summary.file = file;
  // Everything but the kinds, without decoding a value.
  LogReaderOptions nothing;
  nothing.min_step = 0;
  nothing.max_step = 0;
  nothing.tags = {""};
  if (const auto log = LogReader::open(file.path, nothing);
      log.ok() && !log->files().empty())
    summary.info = log->files().front();
  absl::StatusOr<EventReader> reader = EventReader::open(file.path);
  if (!reader.ok())
    throw Failure(kCannotRead,
                  printable(std::string(reader.status().message())));
  bool first = true;
  while (true) {
    const absl::StatusOr<std::optional<Event>> event = reader->next();
    if (!event.ok() || !event->has_value()) break;
    const double wall_time = (*event)->wall_time;
    if (std::isfinite(wall_time)) {
      if (first) summary.first = summary.last = wall_time;
      first = false;
      summary.first = std::min(summary.first, wall_time);
      summary.last = std::max(summary.last, wall_time);
    }
    for (const TaggedValue& value : (*event)->values)
      ++summary.values[std::string(value_kind_name(value.kind))];
    if ((*event)->kind == EventKind::kGraph) ++summary.values["graph"];
    if ((*event)->kind == EventKind::kRunMetadata)
      ++summary.values["run_metadata"];
    if ((*event)->kind == EventKind::kSessionLog) ++summary.values["session"];
  }
  summary.skipped = reader->skipped();
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
    selection_.declare(app);
  }

  ExitCode run(Streams streams) override {
    std::vector<FileSummary> summaries;
    ExitCode code = kGood;
    const std::vector<std::string> paths = selection_.paths();
    for (const std::string& path : paths) {
      for (FoundFile& file : find_event_files(path)) {
        if (!selection_.wants_run(file.run)) continue;
        if (paths.size() > 1)
          file.run = file.run == "." ? path : path + "/" + file.run;
        summaries.push_back(summarize(file));
        if (!summaries.back().skipped.empty()) code = kProblemsFound;
        if (selection_.json()) {
          streams.out << json_line(describe_json(summaries.back()));
          streams.out.flush();
        }
      }
    }
    // Says what is there instead.
    if (summaries.empty()) static_cast<void>(selection_.open(streams.err));
    if (!selection_.json()) print_table(streams.out, summaries);
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
    const FileInfo& info = summary.info;
    return {{"run", summary.file.run},
            {"file", summary.file.path},
            {"bytes", info.bytes},
            {"records", info.records},
            {"events", info.events},
            {"kinds", kinds},
            {"wall_time", json_number(summary.first)},
            {"last_wall_time", json_number(summary.last)},
            {"rate", json_number(summary.rate())},
            {"incomplete_bytes", info.incomplete_bytes},
            {"file_version", info.file_version},
            {"writer", info.writer},
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
    if (summary.info.incomplete_bytes > 0)
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
      const FileInfo& info = summary.info;
      const size_t slash = summary.file.path.rfind('/');
      table.add({printable(summary.file.run),
                 printable(summary.file.path.substr(
                     slash == std::string::npos ? 0 : slash + 1)),
                 format_bytes(info.bytes), std::to_string(info.events),
                 kinds_text(summary), format_wall_time(summary.first),
                 format_duration(summary.last - summary.first),
                 summary.rate() > 0 ? format_value(summary.rate(), 3) : "-",
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
