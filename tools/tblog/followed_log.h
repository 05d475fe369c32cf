// SPDX-License-Identifier: Apache-2.0
//
// Logs that are being written: what was added since the last look, new files
// and new runs included.

#ifndef TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_
#define TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tblog/log_reader.h"

namespace tblog::tool {

// A series that has values which were not there at the last look.
struct GrownSeries {
  std::string run;                 // below its path where there are several
  const Series* series = nullptr;  // until the next look
  size_t begin = 0;                // the first new value
};

// One thread.
class FollowedLog {
 public:
  // Paths of log directories, runs or files.
  FollowedLog(std::vector<std::string> paths, LogReaderOptions options);

  // Looks at the files; all values are new at the first time. A path at which
  // there are no event files yet is looked at again the next time.
  std::vector<GrownSeries> look();

  // All series as they are now, each from its begin; until the next look.
  std::vector<GrownSeries> all() const;
  size_t runs() const;
  // What could not be read, not told before.
  std::vector<SkippedRegion> take_skipped();

 private:
  struct Told {
    size_t size = 0;
    double wall_time = 0;  // of the last value
  };
  struct Followed {
    std::string path;
    std::optional<LogReader> log;
    std::map<std::pair<std::string, std::string>, Told> told;  // run, tag
  };

  bool read_more(Followed& followed);
  std::string name_of(const Followed& followed, const Run& run) const;
  static std::optional<size_t> first_new(const Series& series, Told& told);
  void note_skipped(const LogReader& log);

  LogReaderOptions options_;
  std::vector<Followed> logs_;
  std::set<std::pair<std::string, uint64_t>> known_damage_;  // file, offset
  std::vector<SkippedRegion> skipped_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_
