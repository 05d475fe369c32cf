// SPDX-License-Identifier: Apache-2.0

#include "tests/testing/parsed_events.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "src/base/crc32c.h"
#include "src/base/endian.h"

namespace tblog::testing {

using tblog::internal::crc32c_portable;
using tblog::internal::load_le32;
using tblog::internal::load_le64;
using tblog::internal::mask_crc;

ParsedEvents parse_events(std::string_view contents) {
  ParsedEvents parsed;
  while (contents.size() >= 12) {
    const uint64_t length = load_le64(contents.data());
    EXPECT_EQ(load_le32(contents.data() + 8),
              mask_crc(crc32c_portable(contents.substr(0, 8))));
    if (length > contents.size() || contents.size() - length < 16) break;
    const std::string_view payload = contents.substr(12, length);
    EXPECT_EQ(load_le32(contents.data() + 12 + length),
              mask_crc(crc32c_portable(payload)));
    proto::Event event;
    if (!event.ParseFromArray(payload.data(),
                              static_cast<int>(payload.size()))) {
      ADD_FAILURE() << "record " << parsed.events.size() << " is no Event";
      return parsed;
    }
    parsed.events.push_back(event);
    contents.remove_prefix(16 + length);
  }
  parsed.cut_off_bytes = contents.size();
  return parsed;
}

std::vector<proto::Event> parse_file(std::string_view contents) {
  ParsedEvents parsed = parse_events(contents);
  EXPECT_EQ(parsed.cut_off_bytes, 0u);
  if (parsed.events.empty()) {
    ADD_FAILURE() << "the file holds no version record";
    return {};
  }
  EXPECT_EQ(parsed.events.front().file_version(), "brain.Event:2");
  parsed.events.erase(parsed.events.begin());
  return parsed.events;
}

}  // namespace tblog::testing
