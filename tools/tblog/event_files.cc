// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/event_files.h"

#include <utility>

#include "tools/tblog/command.h"
#include "tools/tblog/display_text.h"

namespace tblog::tool {

std::vector<RunFiles> runs_of(const std::string& path) {
  absl::StatusOr<std::vector<RunFiles>> runs = find_event_files(path);
  if (runs.ok()) return *std::move(runs);
  throw Failure(kCannotRead, printable(std::string(runs.status().message())));
}

std::vector<std::string> event_files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    for (RunFiles& run : runs_of(path)) {
      for (std::string& file : run.paths) files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace tblog::tool
