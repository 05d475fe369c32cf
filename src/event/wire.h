// SPDX-License-Identifier: Apache-2.0
//
// The protocol buffer wire format, the few shapes of it that we write. What
// writes links no libprotobuf (a module that does crashes when it is loaded
// after TensorFlow), so this is our own; tests hold it against the generated
// classes. proto3 rules: a zero number, false and an empty string are left out
// unless the function's name says `_always`.

#ifndef TBLOG_SRC_EVENT_WIRE_H_
#define TBLOG_SRC_EVENT_WIRE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/endian.h"

namespace tblog::internal::wire {

enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kFixed32 = 5
};

constexpr uint32_t key(uint32_t field, WireType type) {
  return (field << 3) | type;
}

constexpr size_t varint_size(uint64_t v) {
  return (static_cast<size_t>(std::bit_width(v | 1)) + 6) / 7;
}

constexpr size_t kMaxVarintBytes = 10;

// Stores at most kMaxVarintBytes, and returns where they end.
inline char* store_varint(char* out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) *out++ = static_cast<char>(v | 0x80);
  *out++ = static_cast<char>(v);
  return out;
}

inline void put_varint(std::string& out, uint64_t v) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, store_varint(bytes, v));
}

inline void put_fixed32(std::string& out, uint32_t v) {
  char bytes[4];
  store_le32(bytes, v);
  out.append(bytes, 4);
}

inline void put_fixed64(std::string& out, uint64_t v) {
  char bytes[8];
  store_le64(bytes, v);
  out.append(bytes, 8);
}

// Also for int32 and int64, which are written as the 64 bits of their sign
// extension, and for enums and bool.
inline void put_uint64_always(std::string& out, uint32_t field, uint64_t v) {
  put_varint(out, key(field, kVarint));
  put_varint(out, v);
}

inline void put_int64(std::string& out, uint32_t field, int64_t v) {
  if (v != 0) put_uint64_always(out, field, static_cast<uint64_t>(v));
}

// Zero by its bits: -0.0 is written.
inline void put_double(std::string& out, uint32_t field, double v) {
  const auto bits = std::bit_cast<uint64_t>(v);
  if (bits == 0) return;
  put_varint(out, key(field, kFixed64));
  put_fixed64(out, bits);
}

inline void put_bytes_header(std::string& out, uint32_t field, size_t size) {
  put_varint(out, key(field, kBytes));
  put_varint(out, size);
}

// Also for strings and for messages that are encoded already.
inline void put_bytes_always(std::string& out, uint32_t field,
                             std::string_view bytes) {
  put_bytes_header(out, field, bytes.size());
  out += bytes;
}

inline void put_bytes(std::string& out, uint32_t field,
                      std::string_view bytes) {
  if (!bytes.empty()) put_bytes_always(out, field, bytes);
}

// Bytes that put_bytes_always() takes.
constexpr size_t bytes_field_size(uint32_t field, size_t size) {
  return varint_size(key(field, kBytes)) + varint_size(size) + size;
}

}  // namespace tblog::internal::wire

#endif  // TBLOG_SRC_EVENT_WIRE_H_
