// SPDX-License-Identifier: Apache-2.0
//
// What open() checks before any file or thread exists.

#ifndef TBLOG_SRC_WRITER_OPTIONS_H_
#define TBLOG_SRC_WRITER_OPTIONS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/writer_options.h"

namespace tblog::internal {

// InvalidArgument with the name of the first field that is out of its range.
absl::Status check_options(const WriterOptions& options);

// Whether callers write what they log themselves.
inline bool writes_through(const WriterOptions& options) {
  return options.durability == Durability::kWriteThrough ||
         options.durability == Durability::kSync;
}

// Callers that write what they log themselves wait for that anyway.
inline bool drops_oldest(const WriterOptions& options) {
  return options.overflow == Overflow::kDropOldest &&
         options.durability == Durability::kBuffered;
}

// `logdir` made absolute. InvalidArgument where TensorBoard cannot read it.
absl::StatusOr<std::string> check_logdir(FileSystem& file_system,
                                         std::string_view logdir);

// The name of a sub-run without empty and "." parts: "a//b/" → "a/b".
// InvalidArgument where it leads out of the run or TensorBoard cannot read it.
absl::StatusOr<std::string> check_child_name(std::string_view name);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_OPTIONS_H_
