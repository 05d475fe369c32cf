// SPDX-License-Identifier: Apache-2.0

#include "src/reader/log_loader.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace tblog::internal {
namespace {

constexpr int kMaxDefaultThreads = 16;

size_t threads_for(int wanted, size_t runs) {
  const int processors =
      static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int threads =
      wanted > 0 ? wanted : std::min(processors, kMaxDefaultThreads);
  return std::min(static_cast<size_t>(threads), runs);
}

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
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < runs.size(); i = next++) {
      RunLoader loader(options_, &series_count_);
      loader.load(*runs[i]);
      loaded[i] = loader.result();
    }
  };
  std::vector<std::thread> threads;
  const size_t count = threads_for(options_.threads, runs.size());
  for (size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

LogReader LogLoader::load(const FoundRuns& found) {
  const std::vector<const FoundRun*> runs = wanted(found);
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
  LogReader log;
  log.path_ = path_;
  assemble(found, std::move(loaded), log);
  return log;
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
