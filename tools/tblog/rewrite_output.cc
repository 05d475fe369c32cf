// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/rewrite_output.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <utility>

#include "tblog/event_reader.h"
#include "tblog/log_reader.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/progress.h"

namespace tblog::tool {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWarnings = 10;

bool has_event_files(const fs::path& directory) {
  std::error_code ignored;
  for (fs::directory_iterator entry(directory, ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    if (entry->path().filename().native().find("tfevents") != std::string::npos)
      return true;
  }
  return false;
}

// Of the first event that has a time; 0 where there is none.
double begin_of(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    absl::StatusOr<EventReader> reader = EventReader::open(file);
    if (!reader.ok()) continue;
    absl::StatusOr<std::optional<Event>> event = reader->next();
    if (event.ok() && event->has_value() &&
        std::isfinite((*event)->wall_time) && (*event)->wall_time > 0)
      return (*event)->wall_time;
  }
  return 0;
}

}  // namespace

const char kRewriteFields[] =
    "Fields of --json, a line a new file or group of files: output (paths) "
    "records events values bytes\nfiltered_values superseded_values";

std::string make_run_directory(const std::string& out, const std::string& run,
                               bool force) {
  const fs::path directory = run == "." ? fs::path(out) : fs::path(out) / run;
  if (!force && has_event_files(directory))
    throw Failure(kCannotRead, printable(directory.native()) +
                                   " holds event files already; choose another "
                                   "directory, or --force");
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    throw Failure(kCannotRead, "cannot make " + printable(directory.native()) +
                                   ": " + error.message());
  return directory.native();
}

std::string path_beside(const std::string& directory, const std::string& file) {
  std::string name = fs::path(file).filename().native();
  if (name.find("tfevents") == std::string::npos) name += ".tfevents";
  return directory + "/" + name;
}

std::string new_path(const std::string& directory,
                     const std::vector<std::string>& files,
                     const std::string& maker) {
  char seconds[32];
  // Ten digits: the names then sort by time.
  std::snprintf(seconds, sizeof seconds, "%010lld",
                static_cast<long long>(std::min(begin_of(files), 9e9)));
  return directory + "/events.out.tfevents." + seconds + "." + maker;
}

RewriteReport rewrite(const std::vector<std::string>& files,
                      const std::vector<RewriteTarget>& targets,
                      const RewriteOptions& options) {
  const bool twice = options.superseded == Superseded::kCut;
  absl::StatusOr<RewriteReport> report = [&] {
    const Progress progress(
        reading_progress("rewriting", files, twice ? 2 : 1));
    return rewrite_events(files, targets, options);
  }();
  if (report.ok()) return *std::move(report);
  const bool usage = absl::IsInvalidArgument(report.status());
  throw Failure(usage ? kUsage : kCannotRead,
                printable(std::string(report.status().message())));
}

ExitCode tell(const RewriteReport& report,
              const std::vector<RewriteTarget>& targets, bool json,
              Streams streams) {
  size_t told = 0;
  for (const SkippedRegion& region : report.skipped) {
    if (++told > kWarnings) {
      streams.err << "tblog: warning: " << report.skipped.size() - kWarnings
                  << " more damaged places\n";
      break;
    }
    streams.err << "tblog: warning: " << printable(region.file) << ": "
                << region.bytes << " bytes at offset " << region.offset
                << " left out: " << printable(region.reason) << '\n';
  }
  if (report.tags_without_metadata > 0)
    streams.err << "tblog: warning: " << report.tags_without_metadata
                << " tags have no metadata anywhere: TensorBoard does not show "
                   "them\n";
  if (json) {
    Json object;
    object["output"] = Json::array();
    for (const RewriteTarget& target : targets)
      object["output"].push_back(target.path);
    object["records"] = report.records;
    object["events"] = report.events;
    object["values"] = report.values;
    object["bytes"] = report.bytes;
    object["filtered_values"] = report.filtered_values;
    object["superseded_values"] = report.superseded_values;
    streams.out << json_line(object);
  } else {
    streams.out << (targets.size() == 1
                        ? printable(targets[0].path)
                        : std::to_string(targets.size()) + " files")
                << ": " << report.values << " values, " << report.bytes
                << " bytes";
    if (report.filtered_values > 0)
      streams.out << "; " << report.filtered_values << " values left out";
    if (report.superseded_values > 0)
      streams.out << "; " << report.superseded_values
                  << " cut that were written once more";
    streams.out << '\n';
  }
  return report.skipped.empty() ? kGood : kProblemsFound;
}

}  // namespace tblog::tool
