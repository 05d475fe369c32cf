// SPDX-License-Identifier: Apache-2.0
//
// The input is the payload of a record: an event. Whatever it says, all its
// values can be asked for, by both readers.

#include "src/record/framing.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/fuzz/read_everything.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes;
  // Twice: the second value finds the metadata of the first.
  for (int i = 0; i < 2; ++i)
    tblog::internal::append_record(bytes, tblog::fuzz::view(data, size));
  const tblog::fuzz::FuzzFile file(bytes);
  tblog::fuzz::read_everything(file.path());
  return 0;
}
