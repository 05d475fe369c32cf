// SPDX-License-Identifier: Apache-2.0
//
// Schedule: in which steps a rule is due. One thread at a time.

#ifndef TBLOG_SRC_HOOK_SCHEDULE_H_
#define TBLOG_SRC_HOOK_SCHEDULE_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "tblog/clock.h"
#include "tblog/rule.h"

namespace tblog::internal {

class Schedule {
 public:
  explicit Schedule(const RuleSpec& spec) : spec_(&spec) {}

  // Whether the rule is due in a step that begins now; a yes is remembered.
  // From its second time on, `every` is multiplied by 2^stretch.
  bool take(int64_t step, const Phase& phase, Clock::Monotonic now,
            int stretch = 0);
  // Forgets the take() of a step that came to nothing, unless another one
  // followed.
  void give_back(Clock::Monotonic taken_at);

 private:
  const RuleSpec* spec_;  // the rule's, which outlives this
  int64_t taken_ = 0;
  std::optional<Clock::Monotonic> last_;
  std::optional<Clock::Monotonic> before_last_;
};

// InvalidArgument where the numbers of a rule make no sense, or it would do
// nothing.
absl::Status check_rule(const RuleSpec& spec);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_SCHEDULE_H_
