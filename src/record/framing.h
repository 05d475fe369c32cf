// SPDX-License-Identifier: Apache-2.0
//
// TFRecord framing: length (8 bytes), masked CRC of the length (4), payload,
// masked CRC of the payload (4), all little-endian. A file is such records, one
// after the other. Source: tensorflow/tensorboard:
// tensorboard/data/server/tf_record.rs.

#ifndef TBLOG_SRC_RECORD_FRAMING_H_
#define TBLOG_SRC_RECORD_FRAMING_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/crc32c.h"
#include "src/base/endian.h"

namespace tblog::internal {

constexpr size_t kRecordHeaderBytes = 12;
constexpr size_t kRecordFooterBytes = 4;
constexpr size_t kRecordFramingBytes = kRecordHeaderBytes + kRecordFooterBytes;

// A payload is one protobuf message, whose ceiling is 2^31 - 1 bytes.
constexpr uint64_t kMaxPayloadBytes = (uint64_t{1} << 31) - 1;

// The masked checksums of the lengths of short records, those of most scalars.
inline constexpr auto kShortHeaderCrcs = [] {
  std::array<uint32_t, 256> crcs{};
  for (uint32_t length = 0; length < crcs.size(); ++length)
    crcs[length] = mask_crc(crc32c_of_word(length));
  return crcs;
}();

inline void store_record_header(char* out, uint64_t payload_bytes) {
  store_le64(out, payload_bytes);
  store_le32(out + 8, payload_bytes < kShortHeaderCrcs.size()
                          ? kShortHeaderCrcs[payload_bytes]
                          : mask_crc(crc32c({out, 8})));
}

// Whether the length that begins at `header` has its checksum behind it.
inline bool header_checksum_holds(const char* header) {
  const uint64_t length = load_le64(header);
  return load_le32(header + 8) == (length < kShortHeaderCrcs.size()
                                       ? kShortHeaderCrcs[length]
                                       : mask_crc(crc32c({header, 8})));
}

// The payload of the record that `bytes` begin with, and its CRC. False where
// it is not whole, longer than `max_payload_bytes`, or a checksum does not
// hold.
inline bool take_whole_record(std::string_view bytes,
                              uint64_t max_payload_bytes,
                              std::string_view* payload, uint32_t* crc) {
  if (bytes.size() < kRecordFramingBytes) return false;
  const uint64_t length = load_le64(bytes.data());
  if (length > bytes.size() - kRecordFramingBytes ||
      length > max_payload_bytes || !header_checksum_holds(bytes.data()))
    return false;
  *payload = bytes.substr(kRecordHeaderBytes, static_cast<size_t>(length));
  *crc = crc32c(*payload);
  return load_le32(payload->data() + payload->size()) == mask_crc(*crc);
}

// Frames what stands in `out` from `payload_begin` on, where kRecordHeaderBytes
// were left free before it.
inline void finish_record(std::string& out, size_t payload_begin) {
  const size_t payload_bytes = out.size() - payload_begin;
  store_record_header(out.data() + payload_begin - kRecordHeaderBytes,
                      payload_bytes);
  const uint32_t crc =
      mask_crc(crc32c({out.data() + payload_begin, payload_bytes}));
  out.resize(out.size() + kRecordFooterBytes);
  store_le32(out.data() + payload_begin + payload_bytes, crc);
}

// Frames the payload that begins kRecordHeaderBytes behind `record` and ends at
// `payload_end`; returns where the record ends.
inline char* store_record_frame(char* record, char* payload_end) {
  const char* const payload = record + kRecordHeaderBytes;
  const auto payload_bytes = static_cast<size_t>(payload_end - payload);
  store_record_header(record, payload_bytes);
  store_le32(payload_end, mask_crc(crc32c({payload, payload_bytes})));
  return payload_end + kRecordFooterBytes;
}

// Appends one whole record to `out`.
void append_record(std::string& out, std::string_view payload);

}  // namespace tblog::internal

#endif  // TBLOG_SRC_RECORD_FRAMING_H_
