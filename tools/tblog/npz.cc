// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/npz.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstdio>

namespace tblog::tool {
namespace {

// ZIP, after PKWARE's APPNOTE.TXT 6.3: sections 4.3.7 (local header), 4.3.12
// (central directory), 4.3.14 and 4.3.15 (its end in ZIP64), 4.5.3 (sizes in
// ZIP64).
constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kEnd64 = 0x06064b50;
constexpr uint32_t kEnd64Locator = 0x07064b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint16_t kVersionZip64 = 45;
constexpr uint16_t kNameIsUtf8 = 1 << 11;
constexpr uint16_t kJanuary1980 = 1 << 5 | 1;  // the first date that ZIP knows
constexpr uint32_t kIn64 = 0xffffffff;

// Where the checksum stands in a local header, and the sizes of ZIP64 behind
// the name.
constexpr uint64_t kCrcOffset = 14;
constexpr uint64_t kNameOffset = 30;
constexpr uint64_t kExtraHeaderBytes = 4;

constexpr size_t kMaxNameBytes = 1000;

class LittleEndian {
 public:
  LittleEndian& u16(uint16_t value) { return number(value, 2); }
  LittleEndian& u32(uint32_t value) { return number(value, 4); }
  LittleEndian& u64(uint64_t value) { return number(value, 8); }
  LittleEndian& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  LittleEndian& number(uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string bytes_;
};

// numpy's array-protocol type string without the byte order; empty: none.
std::string_view type_string(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return "f2";
    case DType::kFloat32:
      return "f4";
    case DType::kFloat64:
      return "f8";
    case DType::kInt8:
      return "i1";
    case DType::kInt16:
      return "i2";
    case DType::kInt32:
      return "i4";
    case DType::kInt64:
      return "i8";
    case DType::kUint8:
      return "u1";
    case DType::kUint16:
      return "u2";
    case DType::kUint32:
      return "u4";
    case DType::kUint64:
      return "u8";
    case DType::kBool:
      return "b1";
    case DType::kComplex64:
      return "c8";
    case DType::kComplex128:
      return "c16";
    case DType::kBFloat16:
    case DType::kFloat8E4M3:
    case DType::kFloat8E5M2:
      break;
  }
  return "";
}

std::string npy_header(DType dtype, const std::vector<int64_t>& shape) {
  std::string text = "{'descr': '";
  text += dtype_size(dtype) == 1                       ? '|'
          : std::endian::native == std::endian::little ? '<'
                                                       : '>';
  text += type_string(dtype);
  text += "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : shape) text += std::to_string(size) + ", ";
  text += "), }";
  // The array begins at a multiple of 64; the last byte is a line break.
  constexpr size_t kPreamble = 10;
  const size_t total = (kPreamble + text.size() + 1 + 63) / 64 * 64;
  text.resize(total - kPreamble - 1, ' ');
  text += '\n';
  return LittleEndian()
      .text({"\x93NUMPY\x01\x00", 8})
      .u16(static_cast<uint16_t>(text.size()))
      .text(text)
      .bytes();
}

// Length of the well-formed UTF-8 character beyond ASCII at `text[i]`; 0: none,
// or one of the control characters U+0080 to U+009F.
size_t utf8_length(std::string_view text, size_t i) {
  const auto byte = [&](size_t at) {
    return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
  };
  const uint8_t first = byte(i);
  const size_t length = first >= 0xf0 && first < 0xf5   ? 4
                        : first >= 0xe0 && first < 0xf0 ? 3
                        : first >= 0xc2 && first < 0xe0 ? 2
                                                        : 0;
  for (size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  }
  return first == 0xc2 && byte(i + 1) < 0xa0 ? 0 : length;
}

std::string safe_component(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const size_t length = utf8_length(text, i); length > 0) {
      out += text.substr(i, length);
      i += length - 1;
    } else if (static_cast<uint8_t>(c) > 0x20 &&
               static_cast<uint8_t>(c) < 0x7f && c != '\\' && c != ':' &&
               c != '%' &&
               (c != '.' || text.find_first_not_of('.') != text.npos)) {
      out += c;
    } else if (c == ' ' && i > 0) {
      out += c;
    } else {
      char escape[4];
      std::snprintf(escape, sizeof escape, "%%%02x", static_cast<uint8_t>(c));
      out += escape;
    }
  }
  return out;
}

}  // namespace

std::string safe_array_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string component = safe_component(name.substr(0, slash));
    if (!component.empty()) out += (out.empty() ? "" : "/") + component;
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  if (out.size() > kMaxNameBytes) {
    out.resize(kMaxNameBytes);
    // Not in the middle of a character.
    while (!out.empty() && (static_cast<uint8_t>(out.back()) & 0x80) != 0)
      out.pop_back();
  }
  return out.empty() ? "unnamed" : out;
}

bool NpzWriter::has_type(DType dtype) { return !type_string(dtype).empty(); }

void NpzWriter::begin(std::string_view name, DType dtype,
                      const std::vector<int64_t>& shape) {
  end_member();
  const std::string safe = safe_array_name(name);
  std::string unique = safe;
  for (int i = 2; !names_.insert(unique).second; ++i)
    unique = safe + "-" + std::to_string(i);
  const std::string file_name = unique + ".npy";
  members_.push_back({file_name, file_.size()});
  open_ = true;
  file_.append(LittleEndian()
                   .u32(kLocalHeader)
                   .u16(kVersionZip64)
                   .u16(kNameIsUtf8)
                   .u16(0)  // stored
                   .u16(0)
                   .u16(kJanuary1980)
                   .u32(0)  // the checksum, when it is known
                   .u32(kIn64)
                   .u32(kIn64)
                   .u16(static_cast<uint16_t>(file_name.size()))
                   .u16(kExtraHeaderBytes + 16)
                   .text(file_name)
                   .u16(1)
                   .u16(16)
                   .u64(0)  // the sizes, when they are known
                   .u64(0)
                   .bytes());
  const std::string header = npy_header(dtype, shape);
  append(header.data(), header.size());
}

void NpzWriter::append(const void* elements, size_t bytes) {
  Member& member = members_.back();
  const auto* at = static_cast<const Bytef*>(elements);
  member.crc = static_cast<uint32_t>(crc32_z(member.crc, at, bytes));
  member.bytes += bytes;
  file_.append({static_cast<const char*>(elements), bytes});
}

void NpzWriter::end_member() {
  if (!open_) return;
  open_ = false;
  const Member& member = members_.back();
  file_.patch(member.offset + kCrcOffset,
              LittleEndian().u32(member.crc).bytes());
  file_.patch(
      member.offset + kNameOffset + member.name.size() + kExtraHeaderBytes,
      LittleEndian().u64(member.bytes).u64(member.bytes).bytes());
}

void NpzWriter::finish() {
  end_member();
  const uint64_t begin = file_.size();
  for (const Member& member : members_) {
    file_.append(LittleEndian()
                     .u32(kCentralHeader)
                     .u16(kVersionZip64)
                     .u16(kVersionZip64)
                     .u16(kNameIsUtf8)
                     .u16(0)
                     .u16(0)
                     .u16(kJanuary1980)
                     .u32(member.crc)
                     .u32(kIn64)
                     .u32(kIn64)
                     .u16(static_cast<uint16_t>(member.name.size()))
                     .u16(kExtraHeaderBytes + 24)
                     .u16(0)
                     .u16(0)
                     .u16(0)
                     .u32(0)
                     .u32(kIn64)
                     .text(member.name)
                     .u16(1)
                     .u16(24)
                     .u64(member.bytes)
                     .u64(member.bytes)
                     .u64(member.offset)
                     .bytes());
  }
  const uint64_t end = file_.size();
  file_.append(LittleEndian()
                   .u32(kEnd64)
                   .u64(44)  // bytes of it that follow
                   .u16(kVersionZip64)
                   .u16(kVersionZip64)
                   .u32(0)
                   .u32(0)
                   .u64(members_.size())
                   .u64(members_.size())
                   .u64(end - begin)
                   .u64(begin)
                   .u32(kEnd64Locator)
                   .u32(0)
                   .u64(end)
                   .u32(1)
                   .u32(kEnd)
                   .u16(0)
                   .u16(0)
                   .u16(0xffff)
                   .u16(0xffff)
                   .u32(kIn64)
                   .u32(kIn64)
                   .u16(0)
                   .bytes());
}

}  // namespace tblog::tool
