// SPDX-License-Identifier: Apache-2.0

#ifndef TBLOG_SRC_BASE_GLOB_H_
#define TBLOG_SRC_BASE_GLOB_H_

#include <string_view>

namespace tblog::internal {

// Whether the whole `name` matches `glob`: * any bytes, ? one, [a-c] one of
// them, [!a-c] or [^a-c] one that is none of them; a backslash takes the next
// byte as it is; a '[' without a ']' is itself. Cost: |glob| · |name| at worst.
bool glob_matches(std::string_view glob, std::string_view name);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_GLOB_H_
