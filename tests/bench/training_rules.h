// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_TESTS_BENCH_TRAINING_RULES_H_
#define TBLOG_TESTS_BENCH_TRAINING_RULES_H_

#include <benchmark/benchmark.h>

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

// `row` with rules that are never due, and at each step, each 10th and each
// 100th; `calls` pairs of calls.
inline void measure_schedules(benchmark::internal::Benchmark* row,
                              int64_t calls) {
  row->ArgName("every")
      ->Arg(0)
      ->Arg(1)
      ->Arg(10)
      ->Arg(100)
      ->Iterations(calls)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace tblog::bench

#endif  // TBLOG_TESTS_BENCH_TRAINING_RULES_H_
