// SPDX-License-Identifier: Apache-2.0
//
// Edges of buckets as numbers of the type V that values are compared in, and
// how the bucket of a value is guessed.

#ifndef TBLOG_SRC_HISTOGRAM_THRESHOLDS_H_
#define TBLOG_SRC_HISTOGRAM_THRESHOLDS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "src/histogram/kernels.h"

namespace tblog::internal {

// The least V that is not below `x`: v >= x exactly where v >= least_from(x).
template <class V>
V least_from(double x) {
  constexpr V kInfinity = std::numeric_limits<V>::infinity();
  if (x > static_cast<double>(std::numeric_limits<V>::max())) return kInfinity;
  if (x < static_cast<double>(std::numeric_limits<V>::lowest())) {
    return std::numeric_limits<V>::lowest();
  }
  const V v = static_cast<V>(x);
  return static_cast<double>(v) < x ? std::nextafter(v, kInfinity) : v;
}

template <class V>
class Thresholds {
 public:
  Thresholds(const double* edges, size_t buckets)
      : next_(std::max(buckets + 1, kFewBuckets),
              std::numeric_limits<V>::quiet_NaN()) {
    even_.lo = least_from<V>(edges[0]);
    even_.hi = -least_from<V>(-edges[buckets]);
    even_.buckets = static_cast<uint32_t>(buckets);
    for (size_t i = 0; i + 1 < buckets; ++i) {
      next_[i] = least_from<V>(edges[i + 1]);
    }
    even_.next = next_.data();
    is_even_ = make_guess() && guess_holds();
  }

  // Whether even() may be used; else there is bucket_of().
  bool is_even() const { return is_even_; }
  const EvenEdges<V>& even() const { return even_; }

  // As many as there are inner edges not above `x`, by halving; the number of
  // buckets for what is outside.
  uint32_t bucket_of(V x) const {
    if (!(x >= even_.lo && x <= even_.hi)) return even_.buckets;
    const V* base = even_.next;
    size_t n = even_.buckets - 1;
    while (n > 0) {  // without a branch on x, which no CPU could foretell
      const size_t half = (n + 1) / 2;
      base += static_cast<size_t>(base[half - 1] <= x) * half;
      n -= half;
    }
    return static_cast<uint32_t>(base - even_.next);
  }

 private:
  // Half a bucket too low, so that rounded edges leave it one comparison short
  // at most.
  bool make_guess() {
    // Of denormals, the quotient would overflow.
    constexpr V kTiny = sizeof(V) == 4 ? V(0x1p-100) : V(0x1p-900);
    const bool is_tiny = std::max(even_.hi, -even_.lo) < kTiny;
    even_.unit = is_tiny ? 1 / kTiny : 1;
    const V width = even_.hi * even_.unit - even_.lo * even_.unit;
    const V buckets = static_cast<V>(even_.buckets);
    even_.base = even_.lo * even_.unit + width / buckets / 2;
    even_.scale = even_.buckets == 1 ? 0 : buckets / width;
    return std::isfinite(width) && std::isfinite(even_.scale);
  }

  V guess(V x) const { return (x * even_.unit - even_.base) * even_.scale; }

  // For the least and the largest value of each bucket: see EvenEdges.
  bool guess_holds() const {
    const uint32_t last = even_.buckets - 1;
    V begin = even_.lo;
    for (uint32_t i = 0; i <= last; ++i) {
      const bool is_last = i == last;
      const V end = is_last ? even_.hi : even_.next[i];
      if (begin < end || is_last) {
        const V largest =
            is_last ? end
                    : std::nextafter(end, -std::numeric_limits<V>::infinity());
        const auto expected = static_cast<V>(i);
        const V least_guess = guess(begin), largest_guess = guess(largest);
        if (!(least_guess >= expected - 1 && least_guess > -1 &&
              largest_guess < expected + 1)) {
          return false;
        }
      }
      begin = end;
    }
    return true;
  }

  std::vector<V> next_;
  EvenEdges<V> even_;
  bool is_even_ = false;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HISTOGRAM_THRESHOLDS_H_
