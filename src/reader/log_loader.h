// SPDX-License-Identifier: Apache-2.0
//
// Fills a LogReader: run after run, file after file, value after value.

#ifndef TBLOG_SRC_READER_LOG_LOADER_H_
#define TBLOG_SRC_READER_LOG_LOADER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "src/event/event_decoder.h"
#include "src/reader/damage_list.h"
#include "src/reader/discovery.h"
#include "src/reader/series_data.h"
#include "tblog/log_reader.h"
#include "tblog/proto/summary.pb.h"

namespace tblog::internal {

class LogLoader {
 public:
  explicit LogLoader(const LogReaderOptions& options) : options_(options) {}

  LogReader load(const std::string& path, FoundRuns found);

 private:
  // A series that grows, and what is known of its tag.
  struct Growing {
    SeriesData data;
    bool tag_wanted = true;
    std::string encoded_metadata;  // of the value that gave data.metadata
  };

  // The record that is being read.
  struct Source {
    const Record* record;
    uint64_t record_bytes;
    const EventView* event;
  };

  void load_run(const FoundRun& found);
  void load_file(const std::string& path, const std::string& run);
  void note_abandoned(size_t first_file);
  void load_event(const Source& source, FileInfo& info);
  void add_value(const Source& source, const ValueView& value);
  void add_blob(const Source& source, std::string_view tag,
                std::string_view plugin, std::string_view bytes);

  Growing* find_or_add(const Source& source, std::string_view tag);
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

  LogReaderOptions options_;
  LogReader log_;
  std::shared_ptr<Paths> paths_ = std::make_shared<Paths>();
  absl::flat_hash_map<std::string, Growing> series_;  // of the current run
  uint64_t series_count_ = 0;
  DamageList damage_;             // of the current file's values
  bool too_many_series_ = false;  // in the current file
  proto::Summary::Value scratch_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_LOG_LOADER_H_
