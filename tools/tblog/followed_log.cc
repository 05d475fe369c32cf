// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/followed_log.h"

#include <utility>

#include "tools/tblog/selection.h"

namespace tblog::tool {

FollowedLog::FollowedLog(std::vector<std::string> paths,
                         LogReaderOptions options)
    : options_(std::move(options)) {
  for (std::string& path : paths) logs_.push_back({std::move(path), {}, {}});
}

// Whether there may be something new.
bool FollowedLog::read_more(Followed& followed) {
  if (followed.log.has_value()) {
    const absl::StatusOr<bool> changed = followed.log->refresh();
    // A directory that is gone for the moment, say: what is known stays.
    return changed.ok() && *changed;
  }
  absl::StatusOr<LogReader> log = LogReader::open(followed.path, options_);
  if (!log.ok()) return false;
  followed.log = *std::move(log);
  return true;
}

std::string FollowedLog::name_of(const Followed& followed,
                                 const Run& run) const {
  return logs_.size() > 1 ? run_below(followed.path, run.name()) : run.name();
}

// The index of the first value that was not told yet.
std::optional<size_t> FollowedLog::first_new(const Series& series, Told& told) {
  size_t begin = told.size;
  if (series.size() < told.size) {
    // Files were removed: what is younger than all that was told is new.
    begin = series.size();
    while (begin > 0 && series.wall_times()[begin - 1] > told.wall_time)
      --begin;
  }
  told.size = series.size();
  if (begin == series.size()) return std::nullopt;
  told.wall_time = series.wall_times().back();
  return begin;
}

void FollowedLog::note_skipped(const LogReader& log) {
  for (const SkippedRegion& region : log.skipped()) {
    if (known_damage_.emplace(region.file, region.offset).second)
      skipped_.push_back(region);
  }
}

std::vector<GrownSeries> FollowedLog::look() {
  std::vector<GrownSeries> grown;
  for (Followed& followed : logs_) {
    if (!read_more(followed)) continue;
    note_skipped(*followed.log);
    for (const Run& run : followed.log->runs()) {
      for (const Series& series : run.series()) {
        Told& told = followed.told[{run.name(), series.tag()}];
        if (const auto begin = first_new(series, told))
          grown.push_back({name_of(followed, run), &series, *begin});
      }
    }
  }
  return grown;
}

std::vector<GrownSeries> FollowedLog::all() const {
  std::vector<GrownSeries> all;
  for (const Followed& followed : logs_) {
    if (!followed.log.has_value()) continue;
    for (const Run& run : followed.log->runs()) {
      for (const Series& series : run.series())
        all.push_back({name_of(followed, run), &series, 0});
    }
  }
  return all;
}

size_t FollowedLog::runs() const {
  size_t count = 0;
  for (const Followed& followed : logs_)
    count += followed.log.has_value() ? followed.log->runs().size() : 0;
  return count;
}

std::vector<SkippedRegion> FollowedLog::take_skipped() {
  return std::exchange(skipped_, {});
}

}  // namespace tblog::tool
