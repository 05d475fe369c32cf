// SPDX-License-Identifier: Apache-2.0
//
// Making a run ready to be resumed at an earlier step, for writers that cannot
// do so themselves (tblog's own can, see WriterOptions::resume_step). Thread-
// safe for different runs.
//
//   absl::StatusOr<tblog::ResumeReport> report =
//       tblog::bridge_resume("runs/a", 800);   // then train on from step 800

#ifndef TBLOG_RESUME_H_
#define TBLOG_RESUME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tblog/export.h"
#include "tblog/record_io.h"

namespace tblog {

struct ResumeReport {
  // The new file; empty: nothing stands at the step or after it.
  std::string file;
  // Steps from this one up to the one to resume at stand in the new file once
  // more; that step itself: none does.
  int64_t first_step = 0;
  uint64_t events = 0;  // of the new file
  uint64_t bytes = 0;   // likewise
  // Without a value below the step: what these have above, TensorBoard's data
  // server shows until they are logged again.
  std::vector<std::string> uncut_tags = {};
  // How far the newest file's name lies in the future: a file that another
  // writer makes within that time is not read by TensorBoard's Python reader.
  int64_t wait_secs = 0;
  // What could not be read.
  std::vector<SkippedRegion> skipped = {};
};

// Writes a new event file into the run's directory `run`, which sorts after
// those that are there and before those to come, and after which both of
// TensorBoard's readers show nothing of the run at `step` or after it. No other
// file is touched, and sub-runs are not.
//
// The Python reader is told by two STARTs. The data server knows none: of a tag
// it forgets what is not below a new value. So the last values below `step` of
// the tags that go beyond stand in the new file once more, and all that came
// after the earliest of these, so that the two agree.
//
// Cost: four passes over the run's files. Memory: as rewrite_events().
// Errors: NotFound where the directory has no event files; FailedPrecondition
// while a writer of tblog has one open; InvalidArgument for the lowest step
// there is; else what the system says.
TBLOG_EXPORT absl::StatusOr<ResumeReport> bridge_resume(const std::string& run,
                                                        int64_t step);

}  // namespace tblog

#endif  // TBLOG_RESUME_H_
