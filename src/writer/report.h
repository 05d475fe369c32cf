// SPDX-License-Identifier: Apache-2.0
//
// For the layers above the writer: their failures are failures of the run.

#ifndef TBLOG_SRC_WRITER_REPORT_H_
#define TBLOG_SRC_WRITER_REPORT_H_

#include "absl/status/status.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// Hands `failure` to the writer's status() and on_error; the caller sees to it
// that this happens once a cause. Nothing for a null writer. Hold no lock.
void report_failure(const SummaryWriter& writer,
                    const absl::Status& failure) noexcept;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_REPORT_H_
