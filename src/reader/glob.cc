// SPDX-License-Identifier: Apache-2.0

#include "src/base/glob.h"

#include <string_view>

#include "tblog/log_reader.h"

namespace tblog {

bool matches_glob(std::string_view pattern, std::string_view text) {
  return internal::glob_matches(pattern, text);
}

}  // namespace tblog
