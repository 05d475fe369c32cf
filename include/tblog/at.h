// SPDX-License-Identifier: Apache-2.0
//
// At: where a logged value stands. A step converts to it, `{step, wall_time}`
// too; floating point does not, so that `scalar("loss", step, loss)` with its
// arguments swapped does not compile.

#ifndef TBLOG_AT_H_
#define TBLOG_AT_H_

#include <cstdint>
#include <limits>
#include <type_traits>

namespace tblog {

namespace internal {
template <class I>
using IfInteger =
    std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int>;
template <class F>
using IfNotInteger =
    std::enable_if_t<std::is_floating_point_v<F> || std::is_same_v<F, bool>,
                     int>;
}  // namespace internal

class At {
 public:
  // Any int64 step, also negative. A larger unsigned one becomes the largest
  // int64.
  template <class I, internal::IfInteger<I> = 0>
  constexpr At(I step) noexcept : step_(saturate(step)) {}
  // `wall_time`: seconds since the epoch. One that is not finite is replaced by
  // now, and reported.
  template <class I, internal::IfInteger<I> = 0>
  constexpr At(I step, double wall_time) noexcept
      : step_(saturate(step)), wall_time_(wall_time), has_wall_time_(true) {}
  template <class F, internal::IfNotInteger<F> = 0>
  At(F) = delete;

  // The step that set_step() gave, or the tag's own counter where it was never
  // called: see kCurrentStep.
  static constexpr At current() noexcept {
    At at(0);
    at.is_current_ = true;
    return at;
  }

  constexpr bool is_current() const noexcept { return is_current_; }
  constexpr int64_t step() const noexcept { return step_; }
  constexpr bool has_wall_time() const noexcept { return has_wall_time_; }
  constexpr double wall_time() const noexcept { return wall_time_; }

 private:
  template <class I>
  static constexpr int64_t saturate(I step) noexcept {
    if constexpr (std::is_unsigned_v<I> && sizeof(I) >= 8) {
      constexpr I kMax = static_cast<I>(std::numeric_limits<int64_t>::max());
      return step > kMax ? std::numeric_limits<int64_t>::max()
                         : static_cast<int64_t>(step);
    } else {
      return static_cast<int64_t>(step);
    }
  }

  int64_t step_;
  double wall_time_ = 0;
  bool has_wall_time_ = false;
  bool is_current_ = false;
};

// Stands for the set step where options follow: `writer.histogram("w", weights,
// kCurrentStep, {.buckets = 50})`.
struct CurrentStep {
  constexpr operator At() const noexcept { return At::current(); }
};
inline constexpr CurrentStep kCurrentStep{};

}  // namespace tblog

#endif  // TBLOG_AT_H_
