// SPDX-License-Identifier: Apache-2.0
//
// Patterns over names, and the names that somebody may have meant. Pure
// functions, thread-safe.

#ifndef TBLOG_SRC_HOOK_NAMES_H_
#define TBLOG_SRC_HOOK_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace tblog::internal {

// Whether the whole `name` matches `glob`: * any bytes, ? one, [a-c] one of
// them, [!a-c] one that is none of them; a backslash takes the next byte as it
// is; a '[' without a ']' is itself. Cost: |glob| · |name| at worst.
bool glob_matches(std::string_view glob, std::string_view name);

// `list` at its commas, without surrounding blanks. A backslash keeps the next
// byte from being one; it stays.
std::vector<std::string> split_list(std::string_view list);

// The names nearest to `wanted`, best first, as text for a message: `the
// nearest names are "conv1" and "conv2"`, or `no layer is known`.
std::string describe_nearest(std::string_view wanted,
                             const std::vector<std::string>& names);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_NAMES_H_
