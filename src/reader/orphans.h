// SPDX-License-Identifier: Apache-2.0
//
// Which values of a resumed run TensorBoard removes. What goes is noted, and
// removed in one pass at the end: the price is that of the values and of what
// removes them, not their product, however often a file goes back.

#ifndef TBLOG_SRC_READER_ORPHANS_H_
#define TBLOG_SRC_READER_ORPHANS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/reader/points.h"
#include "src/reader/starts.h"

namespace tblog::internal {

// Series go by their numbers.
class Orphans {
 public:
  // Of every series that sees STARTs the values so far go, from `step` on.
  void add_start(int64_t step) { starts_.add(step); }
  // Must be called before the series, which has `size` values, gets one more.
  void see_starts(uint32_t series, size_t size) {
    if (starts_.count() == 0) return;
    Series& one = at(series);
    if (one.starts_seen == starts_.count()) return;
    if (const auto step = starts_.lowest_since(one.starts_seen))
      add(one, size, *step);
    one.starts_seen = starts_.count();
  }
  // Of that series its `size` values so far go, from `step` on.
  void add(uint32_t series, size_t size, int64_t step) {
    Series& one = at(series);
    one.lowest = std::min(one.lowest.value_or(step), step);
    add(one, size, step);
  }
  // What was noted for the values that come behind the `size` values of the
  // series: `more` of their file, there by another number.
  void append(uint32_t series, size_t size, const Orphans& more,
              uint32_t number) {
    if (number >= more.series_.size()) return;
    const Series& behind = more.series_[number];
    if (!behind.lowest.has_value()) return;
    add(series, size, *behind.lowest);
    for (const Mark& mark : behind.marks)
      add(series, size + mark.end, mark.step);
  }

  // Whether drop() would look at the points.
  bool any(uint32_t series) const {
    return series < series_.size() && !series_[series].marks.empty();
  }
  // Removes what goes.
  void drop(uint32_t series, Points& points);

 private:
  // Of the values before `end` those from `step` on go.
  struct Mark {
    size_t end;
    int64_t step;
  };
  struct Series {
    uint64_t starts_seen = 0;
    std::vector<Mark> marks;        // ends rise, and so do steps
    std::optional<int64_t> lowest;  // of all that add() was told
  };

  Series& at(uint32_t series) {
    if (series >= series_.size()) series_.resize(size_t{series} + 1);
    return series_[series];
  }
  static void add(Series& series, size_t size, int64_t step) {
    if (size == 0) return;
    while (!series.marks.empty() && series.marks.back().step >= step)
      series.marks.pop_back();
    series.marks.push_back({size, step});
  }

  Starts starts_;
  std::vector<Series> series_;
};

inline void Orphans::drop(uint32_t series, Points& points) {
  std::vector<Mark>& marks = series_[series].marks;
  const Column<int64_t> steps = points.steps();
  auto mark = marks.begin();
  size_t kept = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    while (mark != marks.end() && mark->end <= i) ++mark;
    if (mark != marks.end() && steps[i] >= mark->step) continue;
    if (kept < i) points.keep(i, kept);
    ++kept;
  }
  points.resize(kept);
  marks.clear();
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_ORPHANS_H_
