// SPDX-License-Identifier: Apache-2.0
//
// The STARTs of a run that was resumed: each says that the run goes on from its
// step. What came before it and is not before that step is orphaned.

#ifndef TBLOG_SRC_READER_STARTS_H_
#define TBLOG_SRC_READER_STARTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tblog::internal {

class Starts {
 public:
  // Of STARTs at rising steps, those beyond `max_rising` count for nothing.
  explicit Starts(size_t max_rising = SIZE_MAX) : max_rising_(max_rising) {}

  void add(int64_t step) {
    while (!rising_.empty() && rising_.back().step >= step) rising_.pop_back();
    if (rising_.size() < max_rising_) rising_.push_back({count_, step});
    ++count_;
  }
  uint64_t count() const { return count_; }

  // The lowest step of those from the `number`th on.
  std::optional<int64_t> lowest_since(uint64_t number) const {
    const auto lowest = std::lower_bound(
        rising_.begin(), rising_.end(), number,
        [](const Start& start, uint64_t n) { return start.number < n; });
    if (lowest == rising_.end()) return std::nullopt;
    return lowest->step;
  }

 private:
  struct Start {
    uint64_t number;
    int64_t step;
  };

  size_t max_rising_;
  uint64_t count_ = 0;
  // Those that no later one goes back behind, so that the first of those after
  // any number is the lowest: steps rise.
  std::vector<Start> rising_;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_STARTS_H_
