// SPDX-License-Identifier: Apache-2.0
//
// LogKind: what a rule can ask to be logged of a tensor, one by one; copies,
// callbacks and times aside. Pure functions, thread-safe.

#ifndef TBLOG_SRC_HOOK_LOG_KIND_H_
#define TBLOG_SRC_HOOK_LOG_KIND_H_

#include <cstddef>
#include <cstdint>

#include "tblog/rule.h"

namespace tblog::internal {

enum class LogKind : uint8_t {
  kStats,
  kHistogram,
  kImageGrid,
  kTensor,
  kShape,
  kNonfinite,
  kNorm,
  kDeadUnits,
  kUpdateRatio,
  kSaturation
};
constexpr size_t kLogKinds = 10;

inline bool is_watch(LogKind log) { return log >= LogKind::kNonfinite; }

// Whether the rule asks for this of a tensor of this kind.
bool asks_for(const RuleSpec& spec, LogKind log, TensorKind kind);

// Whether the rule asks for anything of tensors; times are none.
bool logs_tensors(const RuleSpec& spec);

// Whether the rule has something that must not be left out in a due step: a
// callback, a capture, a file of its own.
bool never_thinned(const RuleSpec& spec);

// Whether the inputs of a call are kept until its outputs have been looked at.
bool keeps_inputs(const RuleSpec& spec);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_LOG_KIND_H_
