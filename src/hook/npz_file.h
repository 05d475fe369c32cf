// SPDX-License-Identifier: Apache-2.0
//
// Copies of tensors as .npz files on the machine's own disk. Thread-safe for
// different paths.

#ifndef TBLOG_SRC_HOOK_NPZ_FILE_H_
#define TBLOG_SRC_HOOK_NPZ_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/hook/capture_data.h"

namespace tblog::internal {

// Writes `path`, in place of a file that is there. 8-bit floats become float32.
// Errors: what the file system said; what was there stays.
absl::Status save_entries(const std::vector<const CaptureEntry*>& entries,
                          const std::string& path);

// The same as a file of a directory, which is made where it is not there.
// Returns its path.
absl::StatusOr<std::string> save_in(
    const std::string& directory, const std::string& file,
    const std::vector<const CaptureEntry*>& entries);

std::vector<const CaptureEntry*> pointers_to(
    const std::vector<CaptureEntry>& entries);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_NPZ_FILE_H_
