// SPDX-License-Identifier: Apache-2.0
//
// Messages of unknown origin into generated classes. libprotobuf by itself
// prints a line on stderr for each string that is not valid UTF-8, and takes
// two bytes of a file for an object of a hundred.

#ifndef TBLOG_SRC_READER_CHECKED_PARSE_H_
#define TBLOG_SRC_READER_CHECKED_PARSE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace tblog::internal {

// Fields of a message and of those inside it, all together.
inline constexpr int64_t kMaxMessageParts = int64_t{1} << 22;

// Parses `encoded`, which a message calls `what`.
//
// Errors: InvalidArgument where it is malformed, nests deeper than 100
// messages, or has a string that is not valid UTF-8; ResourceExhausted for more
// than kMaxMessageParts.
absl::Status checked_parse(std::string_view encoded, std::string_view what,
                           google::protobuf::Message* message);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_READER_CHECKED_PARSE_H_
