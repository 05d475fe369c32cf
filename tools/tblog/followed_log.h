// SPDX-License-Identifier: Apache-2.0
//
// A log that is being written: its events as they come, new files and new runs
// included.

#ifndef TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_
#define TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tblog/event_reader.h"

namespace tblog::tool {

// The event files at or below a path (names that contain "tfevents", links
// followed), each with the name of its run, by name.
struct FoundFile {
  std::string run;
  std::string path;
};
std::vector<FoundFile> find_event_files(const std::string& path);

// One thread.
class FollowedLog {
 public:
  // Paths of log directories, runs or files. With several, the names of runs
  // are below their paths.
  explicit FollowedLog(std::vector<std::string> paths)
      : paths_(std::move(paths)) {}

  // Looks for new files, and gives each value that was added since the last
  // call to `on_value`.
  using OnValue = std::function<void(const std::string& run, const Event& event,
                                     const TaggedValue& value)>;
  void poll(const OnValue& on_value);

  size_t files() const { return readers_.size(); }
  // What could not be read, not told before.
  std::vector<SkippedRegion> take_skipped();

 private:
  struct Followed {
    std::string run;
    EventReader reader;
    size_t told = 0;  // of its skipped regions
  };
  void open_new_files();

  std::vector<std::string> paths_;
  std::map<std::string, Followed> readers_;  // by path of the file
  std::vector<SkippedRegion> skipped_;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_FOLLOWED_LOG_H_
