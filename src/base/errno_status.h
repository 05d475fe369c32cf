// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_BASE_ERRNO_STATUS_H_
#define TBLOG_SRC_BASE_ERRNO_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace tblog::internal {

// "cannot <what> <path>: <the system's words>", with the code that the errno
// maps to; where it is one that somebody can do something about, what.
absl::Status errno_status(int error, absl::string_view what,
                          const std::string& path);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_ERRNO_STATUS_H_
