// SPDX-License-Identifier: Apache-2.0
//
// `--json`: one object a line. Fields mean the same in every command; their
// names are promised to scripts:
//
//   run tag kind step wall_time value count first_step last_step last_value
//   file bytes offset reason

#ifndef TBLOG_TOOLS_TBLOG_JSON_OUTPUT_H_
#define TBLOG_TOOLS_TBLOG_JSON_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>

namespace tblog::tool {

// Keeps the order in which fields were set.
using Json = nlohmann::ordered_json;

// A number, or the strings "NaN", "Infinity", "-Infinity", as TensorBoard
// writes them, since JSON has no such numbers.
Json json_number(double value);

// `object` on one line. Malformed UTF-8 becomes U+FFFD, and no byte of it is a
// control character of a terminal.
std::string json_line(const Json& object);

}  // namespace tblog::tool

#endif  // TBLOG_TOOLS_TBLOG_JSON_OUTPUT_H_
