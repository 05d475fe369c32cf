// SPDX-License-Identifier: Apache-2.0
//
// Fills a Run: file after file, value after value; and goes on where it was
// once the last file has grown. One thread.

#ifndef TBLOG_SRC_READER_RUN_LOADER_H_
#define TBLOG_SRC_READER_RUN_LOADER_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "src/event/event_decoder.h"
#include "src/reader/discovery.h"
#include "src/reader/run_series.h"
#include "src/record/record_stream.h"
#include "tblog/log_reader.h"

namespace tblog::internal {

// What a run gives to its LogReader.
struct LoadedRun {
  Run run;
  std::vector<FileInfo> files;
  std::vector<SkippedRegion> skipped;
};

class RunLoader {
 public:
  // `series_count` counts those of all runs, which may be loaded at once.
  RunLoader(const LogReaderOptions& options,
            std::atomic<uint64_t>* series_count)
      : options_(options), series_(options_, series_count) {}
  RunLoader(const RunLoader&) = delete;
  RunLoader& operator=(const RunLoader&) = delete;

  void load(const FoundRun& found);
  // The same, a file at a time, for who loads several at once: begin() first,
  // then load_file() of each in its order, or take_over() of a loader that was
  // given this file alone.
  void begin(const FoundRun& found) { found_ = found; }
  void load_file(const std::string& path) { load_file(path, std::nullopt); }
  // False, and nothing happens, where the file must be read knowing what came
  // before it; never with Purge::kPython or max_points.
  bool take_over(RunLoader& file);
  // Reads what was added since, where it was added behind all that was read
  // before. False: it was not; what is known is then worth nothing.
  bool load_more(const FoundRun& found);

  // What was loaded so far; shares its columns.
  LoadedRun result() { return result(skipped_); }
  // The same where nothing is loaded any more.
  LoadedRun take_result() {
    series_.finish();
    return result(std::move(skipped_));
  }
  uint64_t series_count() const { return series_.size(); }

 private:
  // Where reading a file ended.
  struct End {
    uint64_t offset = 0;
    uint32_t crc = 0;  // of the bytes before it
    bool is_clean = false;
  };

  void load_file(const std::string& path, std::optional<uint64_t> again);
  absl::Status load_records(RecordStream& records, FileInfo& info);
  void load_record(const Record& record, uint64_t record_bytes, FileInfo& info);
  void load_event(const Source& source, FileInfo& info);
  // Purge::kPython: what the reader removes before it takes the event's values.
  void purge_before(const EventView& event);
  LoadedRun result(std::vector<SkippedRegion> skipped);

  bool grew_at_its_end(const FoundRun& found) const;
  std::vector<SkippedRegion> abandoned() const;

  LogReaderOptions options_;
  FoundRun found_;
  RunSeries series_;
  std::vector<FileInfo> files_;
  std::vector<SkippedRegion> skipped_;
  End end_;  // of the last file

  // Of Purge::kPython, as its accumulator has them.
  double file_version_ = 0;
  bool seen_start_ = false;
  int64_t most_recent_step_ = -1;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_RUN_LOADER_H_
