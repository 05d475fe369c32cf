// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/merge_reduce.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

#include "tblog/log_reader.h"
#include "tblog/summary_writer.h"
#include "tools/tblog/display_text.h"
#include "tools/tblog/json_output.h"
#include "tools/tblog/progress.h"
#include "tools/tblog/rewrite_output.h"

namespace tblog::tool {
namespace {

// The values of all runs at one step.
struct Point {
  std::vector<double> values;
  double wall_times = 0;  // their sum
};

struct Tag {
  size_t runs = 0;
  std::map<int64_t, Point> points;
  std::string description;
};

double reduced(const std::string& what, const std::vector<double>& values) {
  if (what == "min") return *std::min_element(values.begin(), values.end());
  if (what == "max") return *std::max_element(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  if (what == "mean") return mean;
  double variance = 0;
  for (const double value : values)
    variance += (value - mean) * (value - mean) / n;
  return std::sqrt(variance);
}

class Reduction {
 public:
  void add(const Run& run) {
    for (const Series& series : run.series()) {
      // Of a step that a resumed run has twice, the last value counts.
      std::map<int64_t, size_t> last;
      for (size_t i = 0; i < series.size(); ++i) last[series.steps()[i]] = i;
      Tag& tag = tags_[series.tag()];
      ++tag.runs;
      for (const auto& [step, i] : last) {
        Point& point = tag.points[step];
        point.values.push_back(series.values()[i]);
        point.wall_times += series.wall_times()[i];
      }
    }
  }

  // Leaves the steps that all runs of the tag have; gives how many went.
  size_t keep_common_steps() {
    size_t gone = 0;
    for (auto& [name, tag] : tags_) {
      gone += std::erase_if(tag.points, [runs = tag.runs](const auto& point) {
        return point.second.values.size() < runs;
      });
    }
    return gone;
  }

  size_t write(SummaryWriter& writer, const std::string& what) const {
    // Values of all tags by step, as a run would write them.
    std::multimap<int64_t, std::pair<const std::string*, const Point*>> all;
    for (const auto& [name, tag] : tags_) {
      for (const auto& [step, point] : tag.points)
        all.emplace(step, std::pair(&name, &point));
    }
    for (const auto& [step, value] : all) {
      const auto& [tag, point] = value;
      const double wall_time =
          point->wall_times / static_cast<double>(point->values.size());
      writer.scalar(*tag, reduced(what, point->values), {step, wall_time});
    }
    return all.size();
  }

  bool empty() const { return tags_.empty(); }

 private:
  std::map<std::string, Tag> tags_;
};

}  // namespace

ExitCode reduce_runs(const std::vector<std::string>& paths,
                     const std::vector<std::string>& what,
                     const std::string& out, bool force, bool json,
                     Streams streams) {
  LogReaderOptions options;
  options.kinds = {ValueKind::kScalar};
  Reduction reduction;
  ExitCode code = kGood;
  auto progress =
      std::make_unique<Progress>(reading_progress("reading", paths));
  for (const std::string& path : paths) {
    const absl::StatusOr<LogReader> log = LogReader::open(path, options);
    if (!log.ok())
      throw Failure(kCannotRead,
                    printable(std::string(log.status().message())));
    if (!log->skipped().empty()) {
      progress->make_room();
      streams.err << "tblog: warning: " << printable(path) << " is damaged\n";
      code = kProblemsFound;
    }
    for (const Run& run : log->runs()) reduction.add(run);
  }
  progress.reset();
  if (reduction.empty())
    throw Failure(kUsage, "merge --reduce: there are no scalars");
  if (const size_t gone = reduction.keep_common_steps(); gone > 0)
    streams.err << "tblog: " << gone
                << " steps are left out that not all runs have\n";
  for (const std::string& one : what) {
    const std::string directory = make_run_directory(out, one, force);
    absl::StatusOr<SummaryWriter> writer = SummaryWriter::open(directory);
    absl::Status status = writer.status();
    size_t values = 0;
    if (status.ok()) {
      values = reduction.write(*writer, one);
      status = writer->close();
    }
    if (!status.ok())
      throw Failure(kCannotRead, printable(std::string(status.message())));
    if (json)
      streams.out << json_line(
          Json{{"output", Json::array({directory})}, {"values", values}});
    else
      streams.out << printable(directory) << ": " << values << " values\n";
  }
  return code;
}

}  // namespace tblog::tool
