// SPDX-License-Identifier: Apache-2.0
//
// The input is a file. Records come in order, and with what was skipped and cut
// off they cover it; reading it twice gives the same.

#include <algorithm>

#include "tblog/record_io.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using tblog::fuzz::check;

uint64_t covered(const std::string& path, tblog::CutOff cut_off,
                 uint64_t size) {
  tblog::RecordReaderOptions options;
  options.cut_off = cut_off;
  auto reader = tblog::RecordReader::open(path, options);
  check(reader.ok(), "the file cannot be opened");
  uint64_t end = 0;
  uint64_t bytes = 0;
  while (true) {
    const auto record = reader->next();
    check(record.ok(), "reading fails");
    if (!record->has_value()) break;
    check((*record)->offset >= end, "records overlap");
    end = reader->offset();
    check(end == (*record)->offset + (*record)->payload.size() + 16,
          "a record has another length");
    bytes += end - (*record)->offset;
  }
  check(reader->file_bytes() == size, "the file has another size");
  check(cut_off == tblog::CutOff::kWait || reader->incomplete_bytes() == 0,
        "damage is waited for");
  for (const tblog::SkippedRegion& region : reader->skipped()) {
    check(region.offset + region.bytes <= size, "a region leaves the file");
    bytes += region.bytes;
  }
  // The last of too many regions covers records, too.
  check(reader->skipped().size() >= 1000 ||
            bytes + reader->incomplete_bytes() == size,
        "bytes are neither read nor skipped");
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tblog::fuzz::FuzzFile file(tblog::fuzz::view(data, size));
  for (const auto cut_off : {tblog::CutOff::kWait, tblog::CutOff::kDamage}) {
    check(covered(file.path(), cut_off, size) ==
              covered(file.path(), cut_off, size),
          "reading twice gives something else");
  }
  return 0;
}
