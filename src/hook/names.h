// SPDX-License-Identifier: Apache-2.0
//
// Lists of patterns, and the names that somebody may have meant. Pure
// functions, thread-safe.

#ifndef TBLOG_SRC_HOOK_NAMES_H_
#define TBLOG_SRC_HOOK_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace tblog::internal {

// `list` at its commas, without surrounding blanks. A backslash keeps the next
// byte from being one; it stays.
std::vector<std::string> split_list(std::string_view list);

// The names nearest to `wanted`, best first, as text for a message: `the
// nearest names are "conv1" and "conv2"`, or `no layer is known`.
std::string describe_nearest(std::string_view wanted,
                             const std::vector<std::string>& names);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_HOOK_NAMES_H_
