// SPDX-License-Identifier: Apache-2.0
//
// Thinning: which of a tag's scalars are written, and the newest of those that
// are not. One thread at a time.

#ifndef TBLOG_SRC_WRITER_THINNING_H_
#define TBLOG_SRC_WRITER_THINNING_H_

#include <cstdint>

namespace tblog::internal {

class Thinning {
 public:
  struct Point {
    int64_t step = 0;
    double wall_time = 0;
    float value = 0;
  };

  // Whether the next value is written: of all values the first `points` are,
  // then as many of every second one, as many of every fourth, and so on.
  bool take(uint64_t points) {
    if (skip_ > 0) {
      --skip_;
      return false;
    }
    if (taken_ == points) {
      taken_ = 0;
      ++doublings_;
    }
    ++taken_;
    skip_ = (uint64_t{1} << doublings_) - 1;
    return true;
  }

  // The newest value, where it was not taken.
  bool has_last() const { return has_last_; }
  const Point& last() const { return last_; }
  void set_last(const Point& point) {
    last_ = point;
    has_last_ = true;
  }
  void forget_last() { has_last_ = false; }

 private:
  uint64_t skip_ = 0;   // values until one is taken
  uint64_t taken_ = 0;  // at the present distance, which is 2^doublings_
  Point last_;
  uint8_t doublings_ = 0;
  bool has_last_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_THINNING_H_
