// SPDX-License-Identifier: Apache-2.0
//
// The input is the payload of a record: an event. Whatever it says, all its
// values can be asked for, by both readers.

#include "src/reader/checked_parse.h"
#include "src/reader/plain_value.h"
#include "src/record/framing.h"
#include "tblog/proto/event.pb.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/fuzz/read_everything.h"

namespace {

// What is told without the generated classes is what they say.
void check_plain(std::string_view payload) {
  tblog::internal::EventView event;
  if (!tblog::internal::parse_event(payload, &event) ||
      !tblog::internal::is_plain(event))
    return;
  tblog::proto::Event message;
  tblog::fuzz::check(
      tblog::internal::checked_parse(payload, "event", &message).ok(),
      "a plain event that is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_plain(tblog::fuzz::view(data, size));
  std::string bytes;
  // Twice: the second value finds the metadata of the first.
  for (int i = 0; i < 2; ++i)
    tblog::internal::append_record(bytes, tblog::fuzz::view(data, size));
  const tblog::fuzz::FuzzFile file(bytes);
  tblog::fuzz::read_everything(file.path());
  return 0;
}
