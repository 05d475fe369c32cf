// SPDX-License-Identifier: Apache-2.0
//
// Whether a text is JSON, for texts that are handed on to those who parse it.
// Thread-safe.

#ifndef TBLOG_SRC_BASE_JSON_H_
#define TBLOG_SRC_BASE_JSON_H_

#include <string_view>

namespace tblog::internal {

// Whether `text` is one JSON object (RFC 8259) in UTF-8 and nothing else but
// white space. Nested deeper than 100 it is not taken for one, so that hostile
// text cannot exhaust the stack.
bool is_json_object(std::string_view text);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_BASE_JSON_H_
