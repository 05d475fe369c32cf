// SPDX-License-Identifier: Apache-2.0

#include "src/reader/log_loader.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "src/reader/glob_list.h"

namespace tblog::internal {
namespace {

constexpr int kMaxDefaultThreads = 16;
// Of for_each_run().
constexpr std::ptrdiff_t kRunsAtOnce = 16;

size_t threads_for(int wanted, size_t tasks) {
  const int processors =
      static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int threads =
      wanted > 0 ? wanted : std::min(processors, kMaxDefaultThreads);
  return std::min(static_cast<size_t>(threads), tasks);
}

// A run whose files are loaded by several threads. What each has is put
// together in the order of the files, as soon as it can be.
class SharedRun {
 public:
  SharedRun(const FoundRun& found, const LogReaderOptions& options,
            std::atomic<uint64_t>* series_count)
      : found_(found),
        options_(options),
        whole_(options, series_count),
        parts_(found.files.size()) {
    whole_.begin(found);
  }

  // Any thread, once a file. Whether it was the last one.
  bool load(size_t file) {
    auto part = std::make_unique<Part>(options_);
    part->loader.begin({found_.name, {}, {}});
    part->loader.load_file(found_.files[file]);
    std::lock_guard<std::mutex> lock(mutex_);
    parts_[file] = std::move(part);
    for (; next_ < parts_.size() && parts_[next_] != nullptr; ++next_) {
      if (!whole_.take_over(parts_[next_]->loader))
        whole_.load_file(found_.files[next_]);
      parts_[next_].reset();
    }
    return next_ == parts_.size();
  }

  LoadedRun result() { return whole_.take_result(); }

 private:
  struct Part {
    explicit Part(const LogReaderOptions& options)
        : loader(options, &series_count) {}
    std::atomic<uint64_t> series_count{0};
    RunLoader loader;
  };

  const FoundRun& found_;
  const LogReaderOptions& options_;
  std::mutex mutex_;
  RunLoader whole_;
  std::vector<std::unique_ptr<Part>> parts_;  // that wait for those before them
  size_t next_ = 0;
};

// What one thread does at once: a run, or a file of it.
struct Task {
  size_t run;
  SharedRun* shared = nullptr;
  size_t file = 0;
};

}  // namespace

std::vector<const FoundRun*> LogLoader::wanted(const FoundRuns& found) const {
  std::vector<const FoundRun*> runs;
  for (const FoundRun& run : found.runs) {
    if (any_matches(options_.runs, run.name)) runs.push_back(&run);
  }
  return runs;
}

void LogLoader::load_runs(const std::vector<const FoundRun*>& runs,
                          std::vector<LoadedRun>& loaded) {
  std::vector<std::unique_ptr<SharedRun>> shared;
  std::vector<Task> tasks;
  for (size_t run = 0; run < runs.size(); ++run) {
    const size_t files = runs[run]->files.size();
    // Which values are the 2nd, 4th, … and what a START means hang on what came
    // before.
    if (files < 2 || options_.threads == 1 ||
        options_.purge == Purge::kPython || options_.max_points != 0) {
      tasks.push_back({run});
      continue;
    }
    shared.push_back(
        std::make_unique<SharedRun>(*runs[run], options_, &series_count_));
    for (size_t file = 0; file < files; ++file)
      tasks.push_back({run, shared.back().get(), file});
  }
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      const Task& task = tasks[i];
      if (task.shared != nullptr) {
        if (task.shared->load(task.file))
          loaded[task.run] = task.shared->result();
        continue;
      }
      RunLoader loader(options_, &series_count_);
      loader.load(*runs[task.run]);
      loaded[task.run] = loader.take_result();
    }
  };
  std::vector<std::thread> threads;
  const size_t count = threads_for(options_.threads, tasks.size());
  for (size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

std::vector<LoadedRun> LogLoader::load_runs(
    const std::vector<const FoundRun*>& runs) {
  std::vector<LoadedRun> loaded(runs.size());
  series_count_ = 0;
  load_runs(runs, loaded);
  if (series_count_ > options_.max_series && options_.threads != 1) {
    // Which series are beyond the limit must not hang on the threads.
    options_.threads = 1;
    loaded.assign(runs.size(), {});
    series_count_ = 0;
    load_runs(runs, loaded);
  }
  return loaded;
}

LogReader LogLoader::load(const FoundRuns& found) {
  LogReader log;
  log.path_ = path_;
  assemble(found, load_runs(wanted(found)), log);
  return log;
}

void LogLoader::for_each_run(const FoundRuns& found,
                             const std::function<void(LogReader&&)>& use) {
  const std::vector<const FoundRun*> runs = wanted(found);
  FoundRuns told = {{}, found.skipped, found.is_one_file};
  const auto give = [&](std::vector<LoadedRun> loaded) {
    LogReader log;
    log.path_ = path_;
    assemble(told, std::move(loaded), log);
    told.skipped.clear();
    use(std::move(log));
  };
  if (runs.empty() && !told.skipped.empty()) give({});
  const auto count = static_cast<std::ptrdiff_t>(runs.size());
  for (std::ptrdiff_t begin = 0; begin < count; begin += kRunsAtOnce) {
    const std::ptrdiff_t end = std::min(count, begin + kRunsAtOnce);
    for (LoadedRun& run :
         load_runs({runs.begin() + begin, runs.begin() + end})) {
      std::vector<LoadedRun> one;
      one.push_back(std::move(run));
      give(std::move(one));
    }
  }
}

void LogLoader::assemble(const FoundRuns& found, std::vector<LoadedRun> loaded,
                         LogReader& log) const {
  log.runs_.clear();
  log.files_.clear();
  log.skipped_ = found.skipped;
  for (LoadedRun& run : loaded) {
    log.runs_.push_back(std::move(run.run));
    for (FileInfo& file : run.files) log.files_.push_back(std::move(file));
    for (SkippedRegion& region : run.skipped)
      log.skipped_.push_back(std::move(region));
  }
}

bool LogLoader::refresh(const FoundRuns& found, LogReader& log) {
  const auto state_of = [](const LogReader& one) {
    std::vector<std::pair<std::string, uint64_t>> state;
    for (const FileInfo& file : one.files_)
      state.emplace_back(file.path, file.bytes);
    for (const Run& run : one.runs_)
      state.emplace_back(run.name(), run.embeddings().size());
    state.emplace_back("", one.skipped_.size());
    return state;
  };
  const auto before = state_of(log);
  // The columns are then ours alone, to grow in place.
  log.runs_.clear();
  std::map<std::string, std::unique_ptr<RunLoader>> loaders;
  std::vector<LoadedRun> loaded;
  for (const FoundRun* run : wanted(found)) {
    std::unique_ptr<RunLoader>& loader = loaders[run->name];
    loader = std::move(loaders_[run->name]);
    if (loader == nullptr || !loader->load_more(*run)) {
      if (loader != nullptr) series_count_ -= loader->series_count();
      loader = std::make_unique<RunLoader>(options_, &series_count_);
      loader->load(*run);
    }
    loaded.push_back(loader->result());
  }
  for (const auto& [name, gone] : loaders_) {
    if (gone != nullptr) series_count_ -= gone->series_count();
  }
  loaders_ = std::move(loaders);
  assemble(found, std::move(loaded), log);
  return state_of(log) != before;
}

}  // namespace tblog::internal
