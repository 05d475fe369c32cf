// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean …": the names that come nearest to one that does not exist.

#ifndef TBLOG_TOOLS_TBLOG_NEAREST_H_
#define TBLOG_TOOLS_TBLOG_NEAREST_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tblog::tool {

// Insertions, removals, replacements and swaps of neighbours that make `a` of
// `b`. Only the first 64 bytes of each count.
size_t edit_distance(std::string_view a, std::string_view b);

// Up to `count` of `names`, those that hold `wanted` first, then by edit
// distance; the case of letters and glob characters in `wanted` do not count.
// Names that are far off come only where no other is nearer.
std::vector<std::string> nearest(std::string_view wanted,
                                 const std::vector<std::string>& names,
                                 size_t count);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_NEAREST_H_
