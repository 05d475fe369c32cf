// SPDX-License-Identifier: Apache-2.0

#include "src/reader/discovery.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/reader/projector.h"

namespace tblog::internal {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxLevels = 100;
constexpr size_t kMaxDirectories = 1'000'000;
// How far the nearest directory with events is searched for when the one that
// was asked for has none.
constexpr int kMaxLevelsUp = 4;
constexpr int kMaxLevelsDown = 4;
constexpr size_t kMaxLooks = 2'000;

bool is_event_file_name(const fs::path& path) {
  return path.filename().native().find("tfevents") != std::string::npos;
}

struct Listing {
  std::vector<fs::path> event_files;
  std::vector<fs::path> directories;
};

// What `directory` holds, by name; links are followed, broken ones left out.
std::error_code list(const fs::path& directory, Listing* listing) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  for (; !error && entries != fs::directory_iterator();
       entries.increment(error)) {
    std::error_code broken;
    const fs::file_status status = entries->status(broken);
    if (broken) continue;
    if (fs::is_directory(status)) {
      listing->directories.push_back(entries->path());
    } else if (fs::is_regular_file(status) &&
               is_event_file_name(entries->path())) {
      listing->event_files.push_back(entries->path());
    }
  }
  const auto by_name = [](const fs::path& a, const fs::path& b) {
    return a.native() < b.native();
  };
  std::sort(listing->event_files.begin(), listing->event_files.end(), by_name);
  std::sort(listing->directories.begin(), listing->directories.end(), by_name);
  return error;
}

class Walk {
 public:
  FoundRuns run(const fs::path& root) {
    pending_.push_back({root, ".", std::nullopt});
    while (!pending_.empty() && visited_.size() < kMaxDirectories) {
      Pending next = std::move(pending_.front());
      pending_.pop_front();
      visit(next);
    }
    if (!pending_.empty()) skip(root, "more than 1,000,000 directories");
    for (auto& [name, run] : runs_) found_.runs.push_back(std::move(run));
    return std::move(found_);
  }

 private:
  struct Pending {
    fs::path path;
    std::string run;
    std::optional<size_t> parent;  // in visited_
  };
  struct Visited {
    fs::path canonical;
    std::optional<size_t> parent;
  };

  void visit(const Pending& pending) {
    std::error_code error;
    fs::path canonical = fs::canonical(pending.path, error);
    if (error) return skip(pending.path, error.message());
    size_t levels = 0;
    for (auto at = pending.parent; at.has_value(); at = visited_[*at].parent) {
      if (visited_[*at].canonical == canonical) return;  // a link upwards
      if (++levels >= kMaxLevels) return skip(pending.path, "too deep");
    }
    Listing listing;
    error = list(pending.path, &listing);
    if (error) skip(pending.path, error.message());
    visited_.push_back({std::move(canonical), pending.parent});
    const size_t self = visited_.size() - 1;
    if (!listing.event_files.empty() ||
        (!pending.parent.has_value() &&
         has_projector_config(pending.path.native()))) {
      FoundRun& run = runs_[pending.run];
      run.name = pending.run;
      run.directory = pending.path.native();
      for (fs::path& file : listing.event_files) {
        run.files.push_back(file.native());
      }
    }
    for (fs::path& directory : listing.directories) {
      const std::string name = directory.filename().native();
      pending_.push_back(
          {std::move(directory),
           pending.run == "." ? name : absl::StrCat(pending.run, "/", name),
           self});
    }
  }

  void skip(const fs::path& path, const std::string& reason) {
    found_.skipped.push_back(
        {path.native(), 0, 0, "cannot look into it: " + reason});
  }

  std::deque<Pending> pending_;
  std::vector<Visited> visited_;
  std::map<std::string, FoundRun> runs_;
  FoundRuns found_;
};

// The first directory below `top` that holds event files, nearest levels first.
std::optional<fs::path> first_with_events(const fs::path& top, size_t* looks) {
  std::vector<fs::path> level = {top};
  for (int depth = 0; depth <= kMaxLevelsDown; ++depth) {
    std::vector<fs::path> below;
    for (const fs::path& directory : level) {
      if (++*looks > kMaxLooks) return std::nullopt;
      Listing listing;
      list(directory, &listing);
      if (!listing.event_files.empty()) return directory;
      below.insert(below.end(), listing.directories.begin(),
                   listing.directories.end());
    }
    level = std::move(below);
  }
  return std::nullopt;
}

size_t common_prefix(const std::string& a, const std::string& b) {
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

// What one would open of the branch `top`, whose first run is `run`: the
// directory that holds all runs of the branch, not the one run alone.
fs::path logdir_in(fs::path top, const fs::path& run, size_t* looks) {
  while (top != run) {
    Listing listing;
    list(top, &listing);
    if (!listing.event_files.empty()) return top;
    std::optional<fs::path> only;
    for (const fs::path& below : listing.directories) {
      if (!first_with_events(below, looks)) continue;
      if (only.has_value()) return top;
      only = below;
    }
    if (!only.has_value()) return top;
    Listing runs;
    list(*only, &runs);
    if (!runs.event_files.empty()) return top;
    top = *std::move(only);
  }
  return top;
}

// The branch of `at` that has runs and is most likely meant by `name`: one of a
// similar name, else the one whose runs are nearest.
std::optional<fs::path> nearest_branch(const fs::path& at,
                                       const std::string& name, size_t* looks) {
  struct Branch {
    fs::path path;
    fs::path run;
    size_t likeness;
    std::ptrdiff_t depth;
  };
  Listing listing;
  list(at, &listing);
  if (!listing.event_files.empty()) return at;
  std::optional<Branch> best;
  for (const fs::path& child : listing.directories) {
    const std::optional<fs::path> run = first_with_events(child, looks);
    if (!run.has_value()) continue;
    const Branch branch = {child, *run,
                           common_prefix(child.filename().native(), name),
                           std::distance(run->begin(), run->end())};
    if (!best.has_value() || branch.likeness > best->likeness ||
        (branch.likeness == best->likeness && branch.depth < best->depth))
      best = branch;
  }
  if (!best.has_value()) return std::nullopt;
  return logdir_in(best->path, best->run, looks);
}

std::optional<fs::path> nearest_with_events(const fs::path& path) {
  std::error_code error;
  fs::path at = fs::absolute(path, error).lexically_normal();
  if (error) return std::nullopt;
  if (!at.has_filename()) at = at.parent_path();
  std::string name;  // of what was asked for, below `at`
  size_t looks = 0;
  int levels_up = 0;
  while (true) {
    if (fs::is_directory(at, error)) {
      if (auto found = nearest_branch(at, name, &looks)) return found;
      if (++levels_up > kMaxLevelsUp) return std::nullopt;
    }
    if (looks > kMaxLooks || at == at.parent_path()) return std::nullopt;
    name = at.filename().native();
    at = at.parent_path();
    // The root's other branches are nobody's logs.
    if (at == at.root_path()) return std::nullopt;
  }
}

absl::Status nothing_here(const std::string& path, absl::string_view what) {
  const std::optional<fs::path> nearest = nearest_with_events(path);
  return absl::NotFoundError(absl::StrCat(
      escaped(path, 4096), what,
      nearest.has_value()
          ? absl::StrCat("; the nearest directory with event files is ",
                         escaped(nearest->native(), 4096))
          : "; no directory near it has event files either"));
}

}  // namespace

std::vector<std::string> event_files_in(const std::string& directory) {
  Listing listing;
  list(directory, &listing);
  std::vector<std::string> files;
  for (const fs::path& file : listing.event_files)
    files.push_back(file.native());
  return files;
}

absl::StatusOr<FoundRuns> find_runs(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return nothing_here(path, " does not exist");
  }
  if (error) {
    return absl::ErrnoToStatus(
        error.value(), absl::StrCat("cannot look at ", escaped(path, 4096)));
  }
  if (!fs::is_directory(status)) {
    // Whatever its name is: who names a file means it.
    return FoundRuns{{{".", {path}, ""}}, {}, true};
  }
  FoundRuns found = Walk().run(path);
  if (found.runs.empty() && !found.skipped.empty()) {
    return absl::PermissionDeniedError(absl::StrCat(
        escaped(found.skipped[0].file, 4096), ": ", found.skipped[0].reason));
  }
  if (found.runs.empty()) {
    return nothing_here(path,
                        " holds no event files (\"tfevents\" in the name)");
  }
  return found;
}

}  // namespace tblog::internal
