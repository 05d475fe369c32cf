// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_WRITER_CAUGHT_H_
#define TBLOG_SRC_WRITER_CAUGHT_H_

#include "absl/status/status.h"

namespace tblog::internal {

// What `io` returns. A FileSystem is passed in and may throw, and so may any
// string of ours when memory is short: what writes must outlive both.
template <class F>
absl::Status caught(F&& io) noexcept {
  try {
    return io();
  } catch (...) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_WRITER_CAUGHT_H_
