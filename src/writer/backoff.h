// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_WRITER_BACKOFF_H_
#define TBLOG_SRC_WRITER_BACKOFF_H_

#include <algorithm>
#include <chrono>

#include "tblog/clock.h"

namespace tblog::internal {

// When to try again what failed: after 1, 2, 4, … 60 s.
class Backoff {
 public:
  bool failing() const { return failing_; }
  // While failing.
  Clock::Monotonic retry_at() const { return retry_at_; }

  void fail(Clock::Monotonic now) {
    using std::chrono::seconds;
    failing_ = true;
    delay_ =
        delay_ == seconds(0) ? seconds(1) : std::min(2 * delay_, seconds(60));
    retry_at_ = now + delay_;
  }
  // A try went well; the next failure waits longer all the same.
  void resume() { failing_ = false; }
  // It works again: the next failure is a first one.
  void reset() { delay_ = std::chrono::seconds(0); }

 private:
  bool failing_ = false;
  Clock::Monotonic retry_at_{};
  std::chrono::seconds delay_{0};
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_BACKOFF_H_
