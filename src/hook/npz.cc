// SPDX-License-Identifier: Apache-2.0

#include "src/hook/npz.h"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/base/elements.h"
#include "src/base/endian.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kZip64End = 0x06064b50;
constexpr uint32_t kZip64EndLocator = 0x07064b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint16_t kVersion = 20;
constexpr uint16_t kVersionZip64 = 45;
constexpr uint16_t kNamesAreUtf8 = 1 << 11;
constexpr uint16_t kDate = (1 << 5) | 1;  // 1980-01-01: equal tensors give
                                          // equal files
constexpr uint32_t kInZip64 = 0xffffffff;

void put16(std::string& out, uint64_t v) {
  out += static_cast<char>(v & 0xff);
  out += static_cast<char>((v >> 8) & 0xff);
}

void put32(std::string& out, uint64_t v) {
  char bytes[4];
  store_le32(bytes, static_cast<uint32_t>(v));
  out.append(bytes, sizeof bytes);
}

void put64(std::string& out, uint64_t v) {
  char bytes[8];
  store_le64(bytes, v);
  out.append(bytes, sizeof bytes);
}

// numpy's name of the type; empty where it has none.
std::string_view npy_descr(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return "<f2";
    case DType::kBFloat16:
    case DType::kFloat32:
      return "<f4";
    case DType::kFloat64:
      return "<f8";
    case DType::kInt8:
      return "|i1";
    case DType::kInt16:
      return "<i2";
    case DType::kInt32:
      return "<i4";
    case DType::kInt64:
      return "<i8";
    case DType::kUint8:
      return "|u1";
    case DType::kUint16:
      return "<u2";
    case DType::kUint32:
      return "<u4";
    case DType::kUint64:
      return "<u8";
    case DType::kBool:
      return "|b1";
    case DType::kComplex64:
      return "<c8";
    case DType::kComplex128:
      return "<c16";
    case DType::kFloat8E4M3:
    case DType::kFloat8E5M2:
      break;
  }
  return {};
}

// Magic, version 1.0, length of the text, the text, padded to 64 bytes.
std::string npy_header(const TensorView& values) {
  std::string shape;
  for (size_t i = 0; i < values.rank(); ++i) {
    absl::StrAppend(&shape, values.dim(i), i == 0 ? "," : "");
    if (i > 0 && i + 1 < values.rank()) shape += ',';
  }
  std::string text =
      absl::StrCat("{'descr': '", to_absl(npy_descr(values.dtype())),
                   "', 'fortran_order': False, 'shape': (", shape, "), }");
  constexpr size_t kPreamble = 10;
  text.append(63 - (kPreamble + text.size()) % 64, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  put16(header, text.size());
  return header + text;
}

// Appends the elements as npy_descr() says them.
absl::Status append_npy_elements(const TensorView& values, std::string& out) {
  if (values.dtype() != DType::kBFloat16) {
    return append_little_endian(values, out);
  }
  if (absl::Status status = check_host_view(values); !status.ok()) {
    return status;
  }
  for_each_block<BFloat16>(values, Order::kRowMajor,
                           [&](const float* block, size_t n) {
                             for (size_t i = 0; i < n; ++i) {
                               put32(out, std::bit_cast<uint32_t>(block[i]));
                             }
                           });
  return absl::OkStatus();
}

uint32_t crc32_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// One member as the central directory remembers it.
struct Entry {
  std::string name;
  uint32_t crc;
  uint64_t size;
  uint64_t offset;
};

class ZipWriter {
 public:
  ZipWriter(WritableFile& file, uint64_t zip64_from)
      : file_(file), zip64_from_(zip64_from) {}

  absl::Status add(std::string name, std::string_view bytes) {
    Entry entry{std::move(name), crc32_of(bytes), bytes.size(), offset_};
    absl::Status status = append(local_header(entry));
    if (status.ok()) status = append(bytes);
    entries_.push_back(std::move(entry));
    return status;
  }

  absl::Status finish() {
    const uint64_t begin = offset_;
    for (const Entry& entry : entries_) {
      absl::Status status = append(central_header(entry));
      if (!status.ok()) return status;
    }
    return append(end_records(begin));
  }

 private:
  bool is_large(const Entry& entry) const {
    return entry.size >= zip64_from_ || entry.offset >= zip64_from_;
  }

  absl::Status append(std::string_view bytes) {
    size_t written = 0;
    absl::Status status = file_.append(bytes, &written);
    offset_ += written;
    return status;
  }

  // The fields that local and central headers share, up to the lengths of name
  // and extra field.
  void put_common(std::string& out, const Entry& entry, bool large) const {
    put16(out, large ? kVersionZip64 : kVersion);
    put16(out, kNamesAreUtf8);
    put16(out, 0);  // stored
    put16(out, 0);  // midnight
    put16(out, kDate);
    put32(out, entry.crc);
    put32(out, large ? kInZip64 : entry.size);  // compressed
    put32(out, large ? kInZip64 : entry.size);
    put16(out, entry.name.size());
  }

  std::string local_header(const Entry& entry) const {
    const bool large = is_large(entry);
    std::string out;
    put32(out, kLocalHeader);
    put_common(out, entry, large);
    put16(out, large ? 20 : 0);
    out += entry.name;
    if (large) {
      put16(out, 1);  // ZIP64 extra field
      put16(out, 16);
      put64(out, entry.size);
      put64(out, entry.size);
    }
    return out;
  }

  std::string central_header(const Entry& entry) const {
    const bool large = is_large(entry);
    std::string out;
    put32(out, kCentralHeader);
    put16(out, (3 << 8) | kVersionZip64);  // made on Unix
    put_common(out, entry, large);
    put16(out, large ? 28 : 0);
    put16(out, 0);                        // no comment
    put16(out, 0);                        // first disk
    put16(out, 0);                        // internal attributes
    put32(out, uint64_t{0100644} << 16);  // a file, rw-r--r--
    put32(out, large ? kInZip64 : entry.offset);
    out += entry.name;
    if (large) {
      put16(out, 1);
      put16(out, 24);
      put64(out, entry.size);
      put64(out, entry.size);
      put64(out, entry.offset);
    }
    return out;
  }

  std::string end_records(uint64_t begin) const {
    const uint64_t size = offset_ - begin;
    const uint64_t count = entries_.size();
    const bool large = count >= 0xffff || begin >= zip64_from_;
    std::string out;
    if (large) {
      put32(out, kZip64End);
      put64(out, 44);  // bytes that follow
      put16(out, (3 << 8) | kVersionZip64);
      put16(out, kVersionZip64);
      put32(out, 0);
      put32(out, 0);
      put64(out, count);
      put64(out, count);
      put64(out, size);
      put64(out, begin);
      put32(out, kZip64EndLocator);
      put32(out, 0);
      put64(out, begin + size);
      put32(out, 1);
    }
    put32(out, kEnd);
    put16(out, 0);
    put16(out, 0);
    put16(out, large ? 0xffff : count);
    put16(out, large ? 0xffff : count);
    put32(out, large ? kInZip64 : size);
    put32(out, large ? kInZip64 : begin);
    put16(out, 0);
    return out;
  }

  WritableFile& file_;
  uint64_t zip64_from_;
  uint64_t offset_ = 0;
  std::vector<Entry> entries_;
};

absl::Status check_member(const NpzMember& member) {
  absl::Status status = check_host_view(member.values);
  if (status.ok() && npy_descr(member.values.dtype()).empty()) {
    status = absl::InvalidArgumentError(absl::StrCat(
        "numpy has no type for ", to_absl(dtype_name(member.values.dtype()))));
  }
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("cannot save \"", escaped(member.name),
                                   "\": ", status.message()));
}

absl::Status check_members(const std::vector<NpzMember>& members) {
  for (const NpzMember& member : members) {
    absl::Status status = check_member(member);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Names that are taken, each with the last number that was tried behind it.
using UsedNames = std::map<std::string, int>;

std::string unused_name(const std::string& name, UsedNames& used) {
  const auto [known, is_new] = used.try_emplace(name, 1);
  if (is_new) return name;
  std::string candidate;
  do {
    candidate = absl::StrCat(name, "~", ++known->second);
  } while (!used.try_emplace(candidate, 1).second);
  return candidate;
}

bool is_unsafe(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' ||
         c == ':';
}

}  // namespace

std::string safe_member_name(std::string_view name) {
  // Room for "~<n>.npy" in the 16 bits that a name's length has.
  constexpr size_t kMaxBytes = 60'000;
  std::string valid = to_valid_utf8(name.substr(0, kMaxBytes / 3));
  std::replace_if(valid.begin(), valid.end(), is_unsafe, '_');
  std::string safe;
  for (std::string_view rest = valid;;) {
    const size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    const bool odd = part.empty() || part == "." || part == "..";
    safe += odd ? std::string_view("_") : part;
    if (slash == std::string_view::npos) return safe;
    safe += '/';
    rest.remove_prefix(slash + 1);
  }
}

// Members one after the other under names that differ.
class NpzArchive {
 public:
  NpzArchive(WritableFile& file, uint64_t zip64_from)
      : zip_(file, zip64_from) {}

  absl::Status add(std::string_view name, const TensorView& values) {
    absl::Status status = check_member({std::string(name), values});
    if (!status.ok()) return status;
    std::string bytes = npy_header(values);
    status = append_npy_elements(values, bytes);
    if (!status.ok()) return status;
    return zip_.add(unused_name(safe_member_name(name), used_) + ".npy", bytes);
  }
  absl::Status finish() { return zip_.finish(); }

 private:
  ZipWriter zip_;
  UsedNames used_;
};

absl::Status write_npz(WritableFile& file,
                       const std::vector<NpzMember>& members,
                       uint64_t zip64_from) {
  absl::Status status = check_members(members);
  NpzArchive archive(file, zip64_from);
  for (const NpzMember& member : members) {
    if (!status.ok()) return status;
    status = archive.add(member.name, member.values);
  }
  return status.ok() ? archive.finish() : status;
}

absl::Status write_npz(FileSystem& file_system, const std::string& path,
                       const std::vector<NpzMember>& members) {
  absl::Status status = check_members(members);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<WritableFile>> file = file_system.create(path);
  if (!file.ok()) return file.status();
  status = write_npz(**file, members, kZip64From);
  const absl::Status closed = (*file)->close();
  return status.ok() ? closed : status;
}

}  // namespace tblog::internal

namespace tblog {

NpzWriter::NpzWriter(WritableFile& file)
    : archive_(
          std::make_unique<internal::NpzArchive>(file, internal::kZip64From)) {}
NpzWriter::~NpzWriter() = default;
NpzWriter::NpzWriter(NpzWriter&& other) noexcept = default;
NpzWriter& NpzWriter::operator=(NpzWriter&& other) noexcept = default;

absl::Status NpzWriter::add(std::string_view name, const TensorView& values) {
  return archive_->add(name, values);
}

absl::Status NpzWriter::finish() { return archive_->finish(); }

}  // namespace tblog
