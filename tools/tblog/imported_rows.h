// SPDX-License-Identifier: Apache-2.0
//
// Rows of named fields, from a CSV file or the groups of a pattern, as scalars
// of event files.

#ifndef TBLOG_TOOLS_TBLOG_IMPORTED_ROWS_H_
#define TBLOG_TOOLS_TBLOG_IMPORTED_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tblog/tblog.h"

namespace tblog::tool {

// A whole number, "12" or "1.2e1".
std::optional<int64_t> parse_step(std::string_view text);
// Seconds since the epoch, or a date and time as ISO 8601 has them, with 'T' or
// a blank between; without a zone, local time.
std::optional<double> parse_wall_time(std::string_view text);

struct ImportOptions {
  std::string run = {};          // where rows name none; empty: the logdir
  std::string tag = {};          // of a column "value" where rows name no tag
  std::string step_column = {};  // empty: "step" or "global_step"
  std::string wall_time_column = {};  // empty: "wall_time", "wall time", …
};

// Which field of a row is what.
class RowFields {
 public:
  // The names in the order of the fields. Throws Failure where they contradict
  // each other or the options.
  RowFields(const std::vector<std::string>& names,
            const ImportOptions& options);

  struct Metric {
    size_t field;
    std::string tag;
  };
  std::optional<size_t> run;
  std::optional<size_t> tag;  // then `value` is there, and there are no metrics
  std::optional<size_t> value;
  std::optional<size_t> step;
  std::optional<size_t> wall_time;
  std::vector<Metric> metrics;
};

// Writes them. One thread.
class RowImporter {
 public:
  // The logdir is made with the first value.
  RowImporter(std::string logdir, ImportOptions options);

  // `line`: where the row stands, for messages. A field that is empty is none.
  // Throws Failure where the logdir cannot be made.
  void add(const RowFields& fields, const std::vector<std::string>& row,
           size_t line);

  // Closes the files. Throws Failure where something was lost.
  void finish();

  uint64_t written() const { return written_; }
  // A sentence for each cause for which something was left out.
  std::vector<std::string> problems() const;

 private:
  struct Problem {
    uint64_t count = 0;
    size_t line = 0;  // of the first
    std::string text;
  };

  void open();
  void write(const std::string& run, const std::string& tag,
             std::optional<int64_t> step, std::optional<double> wall_time,
             double value);
  void note(const std::string& what, const std::string& text, size_t line);
  SummaryWriter& writer_of(const std::string& run);

  std::string logdir_;
  ImportOptions options_;
  SummaryWriter root_;
  bool opened_ = false;
  std::map<std::string, SummaryWriter> runs_;
  // Steps of rows that have none: they are counted.
  std::map<std::pair<std::string, std::string>, int64_t> next_step_;
  std::map<std::string, Problem> problems_;
  std::vector<std::string> refusals_;
  uint64_t written_ = 0;
};

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_IMPORTED_ROWS_H_
