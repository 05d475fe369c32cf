// SPDX-License-Identifier: Apache-2.0
//
// Which values a resumed run wrote once more: two passes, the first over the
// steps alone.

#ifndef TBLOG_SRC_READER_CUT_PLAN_H_
#define TBLOG_SRC_READER_CUT_PLAN_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace tblog::internal {

// Values of one tag, or all of a run, in the order in which they were written.
// Memory: that of the places where the steps do not grow.
class CutPlan {
 public:
  // First pass: what has the place `ordinal`, a growing number, is at `step`,
  // and takes the place of what came before at that step or above.
  void note(uint64_t ordinal, int64_t step) {
    if (seen_ && step <= highest_) restarts_.push_back({ordinal, step});
    highest_ = seen_ ? std::max(highest_, step) : step;
    seen_ = true;
  }
  void note_restart(uint64_t ordinal, int64_t step) {
    restarts_.push_back({ordinal, step});
  }

  // Between the passes.
  void finish() {
    int64_t lowest = std::numeric_limits<int64_t>::max();
    for (size_t i = restarts_.size(); i-- > 0;) {
      lowest = std::min(lowest, restarts_[i].lowest_step);
      restarts_[i].lowest_step = lowest;
    }
  }

  // Second pass, with ordinals that grow: whether something after it takes the
  // place of a value at `step`.
  bool cuts(uint64_t ordinal, int64_t step) {
    while (next_ < restarts_.size() && restarts_[next_].ordinal <= ordinal)
      ++next_;
    return next_ < restarts_.size() && restarts_[next_].lowest_step <= step;
  }

 private:
  struct Restart {
    uint64_t ordinal;
    int64_t lowest_step;  // after finish(): of this one and all later ones
  };

  std::vector<Restart> restarts_;
  size_t next_ = 0;
  int64_t highest_ = 0;
  bool seen_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_CUT_PLAN_H_
