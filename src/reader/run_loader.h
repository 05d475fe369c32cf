// SPDX-License-Identifier: Apache-2.0
//
// Fills a Run: file after file, value after value; and goes on where it was
// once the last file has grown. One thread.

#ifndef TBLOG_SRC_READER_RUN_LOADER_H_
#define TBLOG_SRC_READER_RUN_LOADER_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "src/event/event_decoder.h"
#include "src/reader/damage_list.h"
#include "src/reader/discovery.h"
#include "src/reader/series_data.h"
#include "tblog/log_reader.h"
#include "tblog/proto/summary.pb.h"

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
      : options_(options), series_count_(series_count) {}

  void load(const FoundRun& found);
  // The same, a file at a time, for who loads several at once: begin() first,
  // then load_file() of each in its order, or take_over() of a loader that was
  // given this file alone.
  void begin(const FoundRun& found) { found_ = found; }
  void load_file(const std::string& path) { load_file(path, std::nullopt); }
  // False, and nothing happens, where the file must be read knowing what came
  // before it; never where the options purge.
  bool take_over(RunLoader& file);
  // Reads what was added since, where it was added behind all that was read
  // before. False: it was not; what is known is then worth nothing.
  bool load_more(const FoundRun& found);

  // What was loaded so far; shares its columns.
  LoadedRun result() const;
  uint64_t series_count() const { return series_.size(); }

 private:
  // A series that grows, and what is known of its tag.
  struct Growing {
    std::shared_ptr<SeriesData> data = std::make_shared<SeriesData>();
    bool tag_wanted = true;
    // Of a value that said nothing of its own, and was of data->kind.
    Form form = Form::kNone;
    // The series that came after this one the last time: writers log the same
    // tags again and again.
    Growing* next = nullptr;
    std::string encoded_metadata;  // of the value that gave data.metadata
    // No step is above it.
    int64_t highest_step = std::numeric_limits<int64_t>::min();
    bool rises = true;  // each step is above the one before
  };

  // The record that is being read.
  struct Source {
    const Record* record;
    uint64_t record_bytes;
    const EventView* event;
  };

  // Where reading a file ended.
  struct End {
    uint64_t offset = 0;
    uint32_t crc = 0;  // of the bytes before it
    bool is_clean = false;
  };

  void load_file(const std::string& path, std::optional<uint64_t> again);
  void load_event(const Source& source, FileInfo& info);
  void add_value(const Source& source, const ValueView& value);
  void add_blob(const Source& source, std::string_view tag,
                std::string_view plugin, std::string_view bytes);

  Growing* find(std::string_view tag);
  Growing* find_or_add(const Source& source, std::string_view tag);
  // Whether the value, with what it says of its tag, belongs to the series.
  bool belongs(const Source& source, Growing& series, const ValueView& value);
  // Gives the series its plugin and kind, the first time that a value says
  // them; values that came before are taken along.
  void adopt(const Source& source, Growing& series, Form form,
             SeriesMetadata metadata);
  absl::StatusOr<Place> reread(const Place& place, ValueKind kind,
                               std::optional<double>* scalar);
  absl::Status append(const Source& source, Growing& series,
                      const ValueView& value);
  Place place_of(const Source& source, std::string_view bytes,
                 PlaceHolds holds) const;
  bool kind_wanted(ValueKind kind) const;
  bool step_wanted(int64_t step) const;
  void skip(const Source& source, std::string_view tag,
            std::string_view reason);

  // Purge::kPython: what the reader removes before it takes the event's values.
  void purge_before(const EventView& event);
  void purge(Growing& series, int64_t step);
  static void add_time(const Source& source, Growing& series);
  // Columns that nobody else sees, to be changed.
  static SeriesData& own(Growing& series);

  // Whether `file` would have given the series the same, had it known it.
  bool continues(const Growing& series, const Growing& file) const;
  void append_columns(Growing& series, Growing& file, uint32_t first_path);

  bool grew_at_its_end(const FoundRun& found) const;
  std::vector<SkippedRegion> abandoned() const;

  LogReaderOptions options_;
  std::atomic<uint64_t>* series_count_;
  FoundRun found_;
  std::shared_ptr<Paths> paths_ = std::make_shared<Paths>();
  absl::node_hash_map<std::string, Growing> series_;
  Growing* last_ = nullptr;  // of series_, that was found last
  std::vector<FileInfo> files_;
  std::vector<SkippedRegion> skipped_;
  End end_;                       // of the last file
  DamageList damage_;             // of the current file's values
  bool too_many_series_ = false;  // in the current file
  bool any_rescued_ = false;      // values from before their tag's metadata
  proto::Summary::Value scratch_;

  // Of Purge::kPython, as its accumulator has them.
  double file_version_ = 0;
  bool seen_start_ = false;
  int64_t most_recent_step_ = -1;
};

bool any_matches(const std::vector<std::string>& globs, std::string_view text);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_RUN_LOADER_H_
