// SPDX-License-Identifier: Apache-2.0
//
// Several globs as one filter.

#ifndef TBLOG_SRC_READER_GLOB_LIST_H_
#define TBLOG_SRC_READER_GLOB_LIST_H_

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tblog/log_reader.h"

namespace tblog::internal {

// Whether one of them matches, or there is none.
inline bool any_matches(const std::vector<std::string>& globs,
                        std::string_view text) {
  return globs.empty() ||
         std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
           return matches_glob(glob, text);
         });
}

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_GLOB_LIST_H_
