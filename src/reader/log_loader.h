// SPDX-License-Identifier: Apache-2.0
//
// Fills a LogReader, several runs at once, and keeps what its refresh() needs.

#ifndef TBLOG_SRC_READER_LOG_LOADER_H_
#define TBLOG_SRC_READER_LOG_LOADER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/reader/discovery.h"
#include "src/reader/run_loader.h"
#include "tblog/log_reader.h"

namespace tblog::internal {

class LogLoader {
 public:
  LogLoader(std::string path, const LogReaderOptions& options)
      : path_(std::move(path)), options_(options) {}

  LogReader load(const FoundRuns& found);
  // Calls `use` with a log of each run, in their order.
  void for_each_run(const FoundRuns& found,
                    const std::function<void(LogReader&&)>& use);
  // Replaces the content of `log`, which load() made, by what is there now; the
  // same as load() gives. Whether anything changed. The first one reads all.
  bool refresh(const FoundRuns& found, LogReader& log);

 private:
  std::vector<const FoundRun*> wanted(const FoundRuns& found) const;
  std::vector<LoadedRun> load_runs(const std::vector<const FoundRun*>& runs);
  void load_runs(const std::vector<const FoundRun*>& runs,
                 std::vector<LoadedRun>& loaded);
  void assemble(const FoundRuns& found, std::vector<LoadedRun> loaded,
                LogReader& log) const;

  std::string path_;
  LogReaderOptions options_;
  std::atomic<uint64_t> series_count_{0};
  std::map<std::string, std::unique_ptr<RunLoader>> loaders_;  // of refresh()
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_LOG_LOADER_H_
