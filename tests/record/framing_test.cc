// SPDX-License-Identifier: Apache-2.0
//
// Known answers: tensorflow/tensorboard's own writer, see the format contract.

#include "src/record/framing.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"

namespace tblog::internal {
namespace {

TEST(FramingTest, KnownRecord) {
  std::string out;
  append_record(out, absl::HexStringToBytes(
                         "09000080b48065d2411a0d627261696e2e4576656e743a32"));
  EXPECT_EQ(absl::BytesToHexString(out),
            "1800000000000000a37f4b2209000080b48065d2411a0d627261696e2e4576656e"
            "743a3232a25185");
}

TEST(FramingTest, AnEmptyPayloadIsSixteenBytes) {
  std::string out = "x";
  append_record(out, "");
  EXPECT_EQ(absl::BytesToHexString(out),
            "78"
            "0000000000000000"
            "29039807"
            "d8ea82a2");
}

TEST(FramingTest, FinishesInPlace) {
  std::string whole = "before";
  append_record(whole, "payload");
  std::string in_place = "before" + std::string(kRecordHeaderBytes, '?');
  const size_t payload = in_place.size();
  in_place += "payload";
  finish_record(in_place, payload);
  EXPECT_EQ(in_place, whole);
}

TEST(FramingTest, LengthsHaveTheirChecksumFromTheTableAndBeyond) {
  for (uint64_t length = 0; length < 600; ++length) {
    char header[kRecordHeaderBytes];
    store_record_header(header, length);
    EXPECT_EQ(load_le64(header), length);
    EXPECT_EQ(load_le32(header + 8), mask_crc(crc32c_portable({header, 8})));
  }
}

TEST(FramingTest, FramesWhatStandsInMemory) {
  std::string whole;
  append_record(whole, "payload");
  char record[kRecordFramingBytes + 7];
  std::string_view("payload").copy(record + kRecordHeaderBytes, 7);
  const char* const end =
      store_record_frame(record, record + kRecordHeaderBytes + 7);
  EXPECT_EQ(std::string(record, static_cast<size_t>(end - record)), whole);
}

}  // namespace
}  // namespace tblog::internal
