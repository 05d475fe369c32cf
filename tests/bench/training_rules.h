// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_TESTS_BENCH_TRAINING_RULES_H_
#define TBLOG_TESTS_BENCH_TRAINING_RULES_H_

#include <cstdint>
#include <vector>

#include "tblog/rule.h"

namespace tblog::bench {

// Histogram and statistics of all that a layer has, at each `every`-th step.
inline std::vector<Rule> training_rules(int64_t every) {
  return {
      Rule::layers("*").outputs().gradients().histogram().stats().every(every),
      Rule::layers("*").weights().weight_gradients().histogram().stats().every(
          every)};
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_TRAINING_RULES_H_
