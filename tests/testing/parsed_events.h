// SPDX-License-Identifier: Apache-2.0
//
// Event files parsed by the generated protocol buffer classes, whose code our
// encoders do not share.

#ifndef TBLOG_TESTS_TESTING_PARSED_EVENTS_H_
#define TBLOG_TESTS_TESTING_PARSED_EVENTS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "tblog/proto/event.pb.h"

namespace tblog::testing {

struct ParsedEvents {
  // Of each whole record, in order, the version record included.
  std::vector<proto::Event> events;
  // Bytes after the last whole record: 0 where nothing was cut off.
  size_t cut_off_bytes = 0;
};

// The events of a file with `contents`. A bad checksum or a record that is no
// Event fails the test and ends the list.
ParsedEvents parse_events(std::string_view contents);

// The same where nothing may be cut off, and the first record must be the
// version record, which is left out.
std::vector<proto::Event> parse_file(std::string_view contents);

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_TESTING_PARSED_EVENTS_H_
