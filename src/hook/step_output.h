// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a step when it has ended: its values are logged, its copies
// saved and handed on.

#ifndef TBLOG_SRC_HOOK_STEP_OUTPUT_H_
#define TBLOG_SRC_HOOK_STEP_OUTPUT_H_

#include <memory>

#include "src/hook/capture_data.h"
#include "src/hook/hook_core.h"
#include "src/hook/step_context.h"

namespace tblog::internal {

// Logs the graph of the layers' calls where it is wanted; not of a step that
// is not `whole`.
void log_graph(HookCore& core, const StepContext& context, bool whole);

// Logs how long layers took where that was measured.
void log_times(HookCore& core, const StepContext& context);

// Logs what `context`, which has ended, has gathered: the scalars as one event.
void log_step(HookCore& core, StepContext& context);

// Writes the .npz files that rules ask for.
void save_step(HookCore& core, const StepContext& context);

// Its copies, in the order in which they were seen.
std::shared_ptr<const CaptureData> copies_of(const StepContext& context);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_STEP_OUTPUT_H_
