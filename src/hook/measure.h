// SPDX-License-Identifier: Apache-2.0
//
// Measure: what the watches make of one tag in one step: a number, and whether
// it is as it should not be. Pure functions, thread-safe.

#ifndef TBLOG_SRC_HOOK_MEASURE_H_
#define TBLOG_SRC_HOOK_MEASURE_H_

#include <string_view>
#include <vector>

#include "src/hook/log_kind.h"
#include "src/hook/step_context.h"
#include "tblog/watch.h"

namespace tblog::internal {

struct Condition {
  Watch watch;
  bool holds;
  int in_a_row;
};

struct Measure {
  LogKind kind;
  std::string_view what;  // in the tag of its series
  double value;
  std::vector<Condition> conditions;
};

std::vector<Measure> measures_of(const Plan& plan, const LeafState& leaf);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_MEASURE_H_
