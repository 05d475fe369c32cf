// SPDX-License-Identifier: Apache-2.0
//
// For the layers above the writer: their failures are failures of the run, and
// their remarks are heard where the writer's are.

#ifndef TBLOG_SRC_WRITER_REPORT_H_
#define TBLOG_SRC_WRITER_REPORT_H_

#include "absl/status/status.h"
#include "tblog/summary_writer.h"

namespace tblog::internal {

// Hands `status` to the writer's on_error, and to its status() where it is a
// failure; the caller sees to it that this happens once a cause. Nothing for a
// null writer. Hold no lock.
void report(const SummaryWriter& writer, const absl::Status& status,
            bool failure) noexcept;

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_REPORT_H_
