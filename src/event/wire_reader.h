// SPDX-License-Identifier: Apache-2.0
//
// The fields of a protocol buffer message in its wire format, front to back,
// without a copy: for what is read too often for the generated classes. Takes
// any bytes; accepts and refuses what libprotobuf does.

#ifndef TBLOG_SRC_EVENT_WIRE_READER_H_
#define TBLOG_SRC_EVENT_WIRE_READER_H_

#include <bit>
#include <cstdint>
#include <string_view>

#include "src/base/endian.h"
#include "src/event/wire.h"

namespace tblog::internal::wire {

class WireReader {
 public:
  explicit WireReader(std::string_view message)
      : at_(message.data()), end_(at_ + message.size()) {}

  // Goes to the next field. False at the end, and where the message is
  // malformed. Groups, which nothing of ours has, are passed over.
  bool next() {
    while (at_ != end_) {
      begin_ = at_;
      if (!read_tag(&tag_)) return fail();
      if ((tag_ & 7) == kStartGroup) {
        if (!skip_group(tag_ >> 3)) return fail();
        continue;
      }
      return read_value(tag_ & 7) || fail();
    }
    return false;
  }

  // Whether all fields so far were well formed.
  bool ok() const { return ok_; }

  uint32_t field() const { return tag_ >> 3; }
  // Whether the field is that one, in that encoding; one in another encoding
  // counts as unknown.
  bool is(uint32_t field, WireType type) const {
    return tag_ == (field << 3 | type);
  }

  // Of kVarint, kFixed64 and kFixed32.
  uint64_t number() const { return number_; }
  double as_double() const { return std::bit_cast<double>(number_); }
  float as_float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(number_));
  }
  // Where the field begins, with its key.
  const char* begin() const { return begin_; }
  // Where the next field begins.
  const char* position() const { return at_; }

  // Of kBytes.
  std::string_view bytes() const { return bytes_; }

 private:
  static constexpr uint32_t kStartGroup = 3;
  static constexpr uint32_t kEndGroup = 4;
  // How deep libprotobuf lets groups nest.
  static constexpr int kMaxDepth = 100;

  bool fail() {
    ok_ = false;
    at_ = end_;
    return false;
  }

  bool read_varint(uint64_t* out) {
    // Most are of one byte.
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      *out = static_cast<uint8_t>(*at_++);
      return true;
    }
    return read_long_varint(out);
  }

  bool read_long_varint(uint64_t* out) {
    uint64_t value = 0;
    for (int i = 0; i < 10 && at_ != end_; ++i) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= uint64_t{byte & 0x7fu} << (7 * i);
      if (byte < 0x80) {
        *out = value;
        return true;
      }
    }
    return false;
  }

  bool read_tag(uint32_t* out) {
    uint64_t tag;
    const char* const begin = at_;
    if (!read_varint(&tag) || at_ - begin > 5) return false;
    *out = static_cast<uint32_t>(tag);
    return tag <= UINT32_MAX && (tag >> 3) != 0;
  }

  // The bytes that come next.
  bool take(uint64_t n, const char** out) {
    if (n > static_cast<uint64_t>(end_ - at_)) return false;
    *out = at_;
    at_ += n;
    return true;
  }

  bool read_value(uint32_t type) {
    const char* bytes;
    switch (type) {
      case kVarint:
        return read_varint(&number_);
      case kFixed64:
        if (!take(8, &bytes)) return false;
        number_ = load_le64(bytes);
        return true;
      case kFixed32:
        if (!take(4, &bytes)) return false;
        number_ = load_le32(bytes);
        return true;
      case kBytes:
        if (!read_varint(&number_) || !take(number_, &bytes)) return false;
        bytes_ = {bytes, static_cast<size_t>(number_)};
        return true;
      default:
        return false;
    }
  }

  // Up to the end of the group that has begun, with those inside it.
  bool skip_group(uint32_t field) {
    uint32_t open[kMaxDepth];
    int depth = 0;
    open[depth++] = field;
    while (depth > 0) {
      uint32_t tag;
      if (!read_tag(&tag)) return false;
      if ((tag & 7) == kStartGroup) {
        if (depth == kMaxDepth) return false;
        open[depth++] = tag >> 3;
      } else if ((tag & 7) == kEndGroup) {
        if (open[--depth] != tag >> 3) return false;
      } else {
        if (!read_value(tag & 7)) return false;
      }
    }
    return true;
  }

  const char* at_;
  const char* end_;
  const char* begin_ = nullptr;
  bool ok_ = true;
  uint32_t tag_ = 0;
  uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace tblog::internal::wire

#endif  // TBLOG_SRC_EVENT_WIRE_READER_H_
