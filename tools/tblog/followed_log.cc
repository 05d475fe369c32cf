// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/followed_log.h"

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

namespace tblog::tool {
namespace {

namespace fs = std::filesystem;

// Of open files: each costs a file descriptor and its buffer.
constexpr size_t kMaxFiles = 500;
constexpr int kMaxDepth = 32;  // links may lead in a circle

bool is_event_file(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.path().filename().string().find("tfevents") !=
             std::string::npos &&
         entry.is_regular_file(ignored);
}

}  // namespace

std::vector<FoundFile> find_event_files(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return {{".", path}};
  std::vector<FoundFile> files;
  const auto options = fs::directory_options::follow_directory_symlink |
                       fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator at(path, options, error);
  for (; !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (at.depth() >= kMaxDepth) at.disable_recursion_pending();
    if (!is_event_file(*at)) continue;
    const std::string run =
        at->path().parent_path().lexically_relative(path).string();
    files.push_back({run.empty() ? "." : run, at->path().string()});
  }
  std::sort(files.begin(), files.end(),
            [](const FoundFile& a, const FoundFile& b) {
              return std::tie(a.run, a.path) < std::tie(b.run, b.path);
            });
  return files;
}

void FollowedLog::open_new_files() {
  for (const std::string& path : paths_) {
    for (const FoundFile& file : find_event_files(path)) {
      if (readers_.contains(file.path)) continue;
      if (readers_.size() == kMaxFiles) {
        skipped_.push_back(
            {path, 0, 0, "more than 500 event files; the rest is left out"});
        paths_.clear();
        return;
      }
      absl::StatusOr<EventReader> reader = EventReader::open(file.path);
      if (!reader.ok()) continue;  // gone again, or looked at the next time
      std::string run = file.run;
      if (paths_.size() > 1) run = run == "." ? path : path + "/" + run;
      readers_.emplace(file.path, Followed{run, *std::move(reader)});
    }
  }
}

void FollowedLog::poll(const OnValue& on_value) {
  open_new_files();
  for (auto& [path, followed] : readers_) {
    while (true) {
      const absl::StatusOr<std::optional<Event>> event = followed.reader.next();
      if (!event.ok() || !event->has_value()) break;
      for (const TaggedValue& value : (*event)->values)
        on_value(followed.run, **event, value);
    }
    const std::vector<SkippedRegion>& skipped = followed.reader.skipped();
    for (; followed.told < skipped.size(); ++followed.told)
      skipped_.push_back(skipped[followed.told]);
  }
}

std::vector<SkippedRegion> FollowedLog::take_skipped() {
  return std::exchange(skipped_, {});
}

}  // namespace tblog::tool
