// SPDX-License-Identifier: Apache-2.0
//
// The series of a run while it is read: value after value goes to that of its
// tag. One thread.

#ifndef TBLOG_SRC_READER_RUN_SERIES_H_
#define TBLOG_SRC_READER_RUN_SERIES_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/event/event_decoder.h"
#include "src/event/scalar_event.h"
#include "src/reader/common_pool.h"
#include "src/reader/damage_list.h"
#include "src/reader/orphans.h"
#include "src/reader/series_data.h"
#include "src/reader/tag_index.h"
#include "tblog/log_reader.h"
#include "tblog/proto/summary.pb.h"

namespace tblog::internal {

// The record that is being read, and its event.
struct Source {
  const Record* record;
  uint64_t record_bytes;
  const EventView* event;
};

class RunSeries {
 public:
  // `series_count` counts those of all runs, which may be loaded at once. Both
  // must outlive it.
  RunSeries(const LogReaderOptions& options,
            std::atomic<uint64_t>* series_count)
      : options_(options), series_count_(series_count) {}

  // What is added from now on is of that file; `again`: of the last one, which
  // has grown.
  void begin_file(const std::string& path, bool again);
  void add_value(const Source& source, const ValueView& value);
  // The same where the event is nothing but a scalar of a series like the one
  // before it. False, and nothing happens: it is not, see add_value().
  bool add_scalar(const ScalarEvent& scalar);
  // What an event holds beside its summary.
  void add_blob(const Source& source, std::string_view tag,
                std::string_view plugin, std::string_view bytes);
  // What is added as damage, of a tag or of the whole record.
  void skip(const Source& source, std::string_view tag,
            std::string_view reason);
  void skip(const Source& source, std::string_view reason);

  // Purge::kPython: the values from `step` on go, of all series but
  // session logs, or of that tag.
  void purge_all(int64_t step) { orphans_.add_start(step); }
  void purge(std::string_view tag, int64_t step);

  // Takes the series of `file`, which was read by itself, behind these. False,
  // and nothing happens, where it must be read knowing what came before it.
  bool take_over(RunSeries& file);

  // What is to be seen by users, in the order of tags.
  std::vector<const SeriesData*> wanted();
  // Frees what only serves for reading on.
  void finish() { index_ = {}; }
  uint64_t size() const { return series_.size(); }
  bool kind_wanted(ValueKind kind) const;
  // Of the values of the current file.
  const DamageList& damage() const { return damage_; }

 private:
  // A series that grows, and what is known of its tag.
  struct Growing {
    Ref<SeriesData> data;
    // The series that came after this one the last time: writers log the same
    // tags again and again.
    uint32_t next = 0;
    bool tag_wanted = true;
    // Of a value that said nothing of its own, and was of data->kind.
    Form form = Form::kNone;
  };

  uint32_t find(std::string_view tag);
  uint32_t find_or_add(const Source& source, std::string_view tag);
  uint32_t add(std::string_view tag);
  // Whether the value, with what it says of its tag, belongs to the series.
  bool belongs(const Source& source, uint32_t number, const ValueView& value);
  // Gives the series its plugin and kind, the first time that a value says
  // them; values that came before are taken along.
  void adopt(const Source& source, uint32_t number, Form form,
             Ref<const SeriesCommon> common);
  void reread_all(const Source& source, SeriesData& data);
  absl::StatusOr<Place> reread(const Place& place, ValueKind kind,
                               std::optional<double>* scalar);
  absl::Status append(const Source& source, uint32_t number,
                      const ValueView& value);
  void prepare(uint32_t number);
  static absl::Status too_many_points();
  void purge_before(uint32_t number, int64_t step);
  void drop_orphans(uint32_t number);
  Place place_of(const Source& source, std::string_view bytes,
                 PlaceHolds holds) const;
  bool step_wanted(int64_t step) const;
  // Columns that nobody else sees, to be changed.
  static SeriesData& own(Growing& series);

  const LogReaderOptions& options_;
  std::atomic<uint64_t>* series_count_;
  std::shared_ptr<Paths> paths_ = std::make_shared<Paths>();
  CommonPool commons_{paths_};
  TagIndex index_;
  std::deque<Growing> series_;
  uint32_t last_ = TagIndex::kNone;  // of series_, that was found last
  Orphans orphans_;
  DamageList damage_;
  bool too_many_series_ = false;  // in the current file
  bool any_rescued_ = false;      // values from before their tag's metadata
  proto::Summary::Value scratch_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_RUN_SERIES_H_
