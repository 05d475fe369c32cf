// SPDX-License-Identifier: Apache-2.0
//
// The traps that depend on what came before: in a file, a run, a log directory.

#ifndef TBLOG_SRC_READER_RUN_CHECKS_H_
#define TBLOG_SRC_READER_RUN_CHECKS_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "src/event/event_decoder.h"
#include "src/event/scalar_event.h"
#include "src/reader/finding_list.h"
#include "src/reader/starts.h"
#include "src/reader/tag_index.h"
#include "src/reader/value_checks.h"
#include "tblog/record_io.h"
#include "tblog/values.h"

namespace tblog::internal {

// Of all runs together.
struct LogChecks {
  std::map<std::string, std::string> experiments;  // run, file
};

// Wall times of the first and last event.
struct FileTimes {
  bool any = false;
  double first = 0;
  double last = 0;
};

class RunChecks {
 public:
  RunChecks(const std::string& run, FindingList& findings, LogChecks& log)
      : run_(run), findings_(findings), log_(log) {}

  void begin_file(const std::string& path);
  // Whether the record is an event.
  bool check_record(const Record& record, uint64_t bytes);
  FileTimes end_file() { return times_; }
  void end_run();

 private:
  // STARTs that rise; a run is resumed some dozen times. Those beyond count for
  // nothing.
  static constexpr size_t kMaxStarts = 100'000;

  // What tags say of themselves: the same, mostly, in all of a kind.
  struct Description {
    std::string plugin;
    std::string metadata;  // encoded, of the first value that had any
    std::string content;
    int64_t data_class = 0;
    bool is_scalar = false;  // the plugin's name
  };
  // Small: there may be millions.
  struct Tag {
    std::string name;
    const Description* is;   // never null
    Tag* next = nullptr;     // that came after this one the last time
    int metadata_file = -1;  // the last file in which it had any
    int value_file = -1;     // the last file in which it had a value
    uint64_t values = 0;
    int64_t last_step = 0;
    bool all_at_zero = true;
    uint64_t last_event = 0;  // the number of its record
    uint64_t starts_seen = 0;
    size_t clips = 0;
  };
  // A checksum of steps, for there may be any number of them.
  struct Steps {
    uint64_t count = 0;
    uint32_t crc = 0;
    bool operator==(const Steps&) const = default;
  };
  struct Mesh {
    uint64_t claimed = 0;  // components, as bits
    uint64_t found = 0;
    std::map<std::string, Steps> parts;  // by tag
  };
  FoundAt here(std::string_view tag = {}) const;
  void tell(TrapId trap, std::string detail, std::string_view tag = {}) {
    findings_.add(trap, here(tag), std::move(detail));
  }
  bool take_scalar(const ScalarEvent& scalar);
  bool check_event(std::string_view payload);
  void check_fields(std::string_view payload);
  void check_start();
  void go_on_from_starts(Tag& tag) const;
  void tell_lone_start();
  void check_value(const ValueView& value);
  bool check_metadata(const ValueView& value, Tag& tag);
  void check_step(Tag& tag, std::string_view name, bool is_blob);
  void check_blob(std::string_view tag);
  void check_parts(const ValueView& value, Tag& tag, ValueKind kind);
  void check_hparams(const ValueView& value);

  std::string run_;
  FindingList& findings_;
  LogChecks& log_;
  Tag* find(std::string_view name);
  Tag& tag_of(std::string_view name);
  const Description* share(Description description);

  TagIndex index_;  // of tags_
  std::deque<Tag> tags_;
  Tag* last_ = nullptr;  // that was found last
  absl::node_hash_map<std::string, Description> descriptions_;
  const Description* const nothing_ = share({});
  absl::flat_hash_map<std::string, Mesh> meshes_;
  std::string file_;
  int file_number_ = -1;
  FileTimes times_;
  bool any_event_ = false;  // in the file
  uint64_t record_number_ = 0;
  uint64_t offset_ = 0;
  uint64_t bytes_ = 0;
  EventView event_;
  Starts starts_{kMaxStarts};
  std::optional<FoundAt> lone_start_;
  int64_t highest_step_ = std::numeric_limits<int64_t>::min();
  std::optional<std::string> session_start_;  // of the first one
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_RUN_CHECKS_H_
