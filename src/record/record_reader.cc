// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/base/readable_file.h"
#include "src/base/strings.h"
#include "src/record/framing.h"
#include "tblog/record_io.h"

namespace tblog {
namespace {

using internal::crc32c;
using internal::kMaxPayloadBytes;
using internal::kRecordFooterBytes;
using internal::kRecordHeaderBytes;
using internal::load_le32;
using internal::load_le64;
using internal::mask_crc;
using internal::ReadableFile;

constexpr size_t kWindowBytes = 256 << 10;
constexpr size_t kMaxRegions = 1000;
constexpr size_t kFramingBytes = kRecordHeaderBytes + kRecordFooterBytes;

bool header_checksum_holds(const char* header) {
  return load_le32(header + 8) == mask_crc(crc32c({header, 8}));
}

// A part of a file in memory, which moves forward with what is asked for.
class Window {
 public:
  explicit Window(ReadableFile file) : file_(std::move(file)) {}

  const ReadableFile& file() const { return file_; }

  // The file's bytes from `offset` on: at least `n` of them, unless it ends
  // before. Valid until the next call.
  absl::StatusOr<std::string_view> bytes_at(uint64_t offset, size_t n) {
    if (offset < begin_ || offset + n > begin_ + size_) {
      absl::Status status = move_to(offset, std::max(n, kWindowBytes));
      if (!status.ok()) return status;
    }
    return std::string_view(bytes_.get() + (offset - begin_),
                            size_ - static_cast<size_t>(offset - begin_));
  }

  // The file may have changed: read it again.
  void forget() { size_ = 0; }

 private:
  absl::Status move_to(uint64_t offset, size_t capacity) {
    const bool overlaps = offset >= begin_ && offset <= begin_ + size_;
    const size_t kept =
        overlaps ? size_ - static_cast<size_t>(offset - begin_) : 0;
    const char* kept_bytes = bytes_.get() + (size_ - kept);
    if (capacity > capacity_) {
      std::unique_ptr<char[]> larger(new (std::nothrow) char[capacity]);
      if (larger == nullptr) {
        return absl::ResourceExhaustedError(absl::StrCat(
            "no memory for a record of ", capacity, " bytes at offset ", offset,
            " of ", internal::escaped(file_.path(), 4096)));
      }
      if (kept > 0) std::memcpy(larger.get(), kept_bytes, kept);
      bytes_ = std::move(larger);
      capacity_ = capacity;
    } else if (kept > 0) {
      std::memmove(bytes_.get(), kept_bytes, kept);
    }
    begin_ = offset;
    size_ = kept;
    absl::StatusOr<size_t> got =
        file_.read_at(offset + kept, bytes_.get() + kept, capacity - kept);
    if (!got.ok()) return got.status();
    size_ += *got;
    return absl::OkStatus();
  }

  ReadableFile file_;
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  uint64_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace

class RecordReader::Impl {
 public:
  Impl(ReadableFile file, const RecordReaderOptions& options)
      : window_(std::move(file)), options_(options) {}

  absl::StatusOr<std::optional<Record>> next();

  uint64_t offset() const { return offset_; }
  uint64_t incomplete_bytes() const { return incomplete_; }
  uint64_t file_bytes() const { return size_; }
  const std::vector<SkippedRegion>& skipped() const { return skipped_; }
  const std::string& path() const { return window_.file().path(); }

 private:
  enum class Step { kRecord, kAgain, kEnd };

  absl::StatusOr<Step> read_one(Record* record);
  absl::StatusOr<Step> after_bad_payload(uint64_t total_bytes,
                                         const std::string& reason);
  absl::StatusOr<Step> search();
  absl::StatusOr<bool> holds(uint64_t end);
  absl::StatusOr<bool> may_begin_record(uint64_t offset);
  absl::StatusOr<Step> damage(const std::string& reason, uint64_t end);
  absl::StatusOr<Step> end(uint64_t incomplete);

  Window window_;
  RecordReaderOptions options_;
  absl::Status failure_;  // of OnDamage::kStop
  uint64_t offset_ = 0;
  uint64_t size_ = 0;
  uint64_t incomplete_ = 0;
  // While a header is searched: from here on. The last region, which began
  // before, grows.
  std::optional<uint64_t> search_from_;
  uint64_t rescanned_bytes_ = 0;
  std::vector<SkippedRegion> skipped_;
  uint64_t unlisted_regions_ = 0;
};

absl::StatusOr<std::optional<Record>> RecordReader::Impl::next() {
  if (!failure_.ok()) return failure_;
  Record record;
  while (true) {
    absl::StatusOr<Step> step =
        search_from_.has_value() ? search() : read_one(&record);
    if (!step.ok()) return step.status();
    if (*step == Step::kRecord) return record;
    if (*step == Step::kEnd) return std::nullopt;
  }
}

// Whether the file reaches to `end`, looking again where it did not.
absl::StatusOr<bool> RecordReader::Impl::holds(uint64_t end) {
  if (end <= size_) return true;
  absl::StatusOr<uint64_t> size = window_.file().size();
  if (!size.ok()) return size.status();
  size_ = *size;
  return end <= size_;
}

absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::end(
    uint64_t incomplete) {
  incomplete_ = incomplete;
  window_.forget();
  return Step::kEnd;
}

// The record at offset_.
absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::read_one(
    Record* record) {
  const auto cut_off = [&] { return end(size_ - std::min(offset_, size_)); };
  absl::StatusOr<bool> whole = holds(offset_ + kRecordHeaderBytes);
  if (!whole.ok()) return whole.status();
  if (!*whole) return cut_off();
  absl::StatusOr<std::string_view> bytes =
      window_.bytes_at(offset_, kRecordHeaderBytes);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < kRecordHeaderBytes) return cut_off();

  const uint64_t length = load_le64(bytes->data());
  if (!header_checksum_holds(bytes->data())) {
    return damage(
        absl::StrFormat("length checksum is %08x, the header says %08x",
                        mask_crc(crc32c(bytes->substr(0, 8))),
                        load_le32(bytes->data() + 8)),
        offset_ + 1);
  }
  if (length > options_.max_payload_bytes) {
    return damage(
        absl::StrFormat("length %d is above the %d bytes that are read", length,
                        options_.max_payload_bytes),
        offset_ + 1);
  }

  const uint64_t total = length + kFramingBytes;
  whole = holds(offset_ + total);
  if (!whole.ok()) return whole.status();
  if (!*whole) return cut_off();
  bytes = window_.bytes_at(offset_, static_cast<size_t>(total));
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < total) return cut_off();
  const std::string_view payload =
      bytes->substr(kRecordHeaderBytes, static_cast<size_t>(length));
  const uint32_t stored = load_le32(payload.data() + payload.size());
  if (const uint32_t actual = mask_crc(crc32c(payload)); actual != stored) {
    return after_bad_payload(
        total, absl::StrFormat("payload checksum is %08x, the record says %08x",
                               actual, stored));
  }
  *record = {offset_, payload};
  offset_ += total;
  return Step::kRecord;
}

// Whether nothing speaks against a record at `offset`.
absl::StatusOr<bool> RecordReader::Impl::may_begin_record(uint64_t offset) {
  absl::StatusOr<std::string_view> bytes =
      window_.bytes_at(offset, kRecordHeaderBytes);
  if (!bytes.ok()) return bytes.status();
  return bytes->size() < kRecordHeaderBytes ||
         header_checksum_holds(bytes->data());
}

absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::after_bad_payload(
    uint64_t total_bytes, const std::string& reason) {
  absl::StatusOr<bool> follows = may_begin_record(offset_ + total_bytes);
  if (!follows.ok()) return follows.status();
  if (*follows) {
    const uint64_t after = offset_ + total_bytes;
    absl::StatusOr<Step> step = damage(reason, after);
    search_from_.reset();
    offset_ = after;
    return step;
  }
  // Look inside, but only so often that a file made of such headers is still
  // read in linear time.
  rescanned_bytes_ += total_bytes;
  const bool inside = rescanned_bytes_ <= 4 * size_;
  return damage(reason, offset_ + (inside ? kRecordHeaderBytes : total_bytes));
}

// Begins a region of damage at offset_ that reaches at least to `end`, where
// the search for a header starts.
absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::damage(
    const std::string& reason, uint64_t end) {
  if (options_.on_damage == OnDamage::kStop) {
    failure_ = absl::DataLossError(absl::StrCat(
        "record at offset ", offset_, " of ", internal::escaped(path(), 4096),
        ": ", reason, "; the file is damaged"));
    return failure_;
  }
  if (skipped_.size() < kMaxRegions) {
    skipped_.push_back({path(), offset_, end - offset_, reason});
  } else {
    skipped_.back().bytes = end - skipped_.back().offset;
    skipped_.back().reason = absl::StrCat("damage goes on from here, ",
                                          ++unlisted_regions_, " more regions");
  }
  search_from_ = end;
  return Step::kAgain;
}

// Finds the next header whose checksum holds and whose record the file can
// hold. Where there is none, a header whose record is cut off is where to go on
// once the file has grown.
absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::search() {
  if (absl::StatusOr<bool> size = holds(UINT64_MAX); !size.ok()) {
    return size.status();
  }
  const auto found = [&](uint64_t offset) {
    skipped_.back().bytes = offset - skipped_.back().offset;
    search_from_.reset();
    offset_ = offset;
    return Step::kAgain;
  };
  std::optional<uint64_t> cut_off;
  while (true) {
    absl::StatusOr<std::string_view> bytes =
        window_.bytes_at(*search_from_, kRecordHeaderBytes);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() < kRecordHeaderBytes) break;
    const size_t headers = bytes->size() - kRecordHeaderBytes + 1;
    for (size_t i = 0; i < headers; ++i) {
      const char* header = bytes->data() + i;
      const uint64_t length = load_le64(header);
      if (length > options_.max_payload_bytes) continue;
      if (!header_checksum_holds(header)) continue;
      const uint64_t offset = *search_from_ + i;
      if (offset + length + kFramingBytes <= size_) return found(offset);
      if (!cut_off.has_value()) cut_off = offset;
    }
    *search_from_ += headers;
  }
  if (cut_off.has_value()) return found(*cut_off);
  offset_ = size_;
  skipped_.back().bytes = size_ - std::min(size_, skipped_.back().offset);
  return end(0);
}

RecordReader::RecordReader(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&& other) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&& other) noexcept = default;

absl::StatusOr<RecordReader> RecordReader::open(
    const std::string& path, const RecordReaderOptions& options) {
  if (options.max_payload_bytes < 1 ||
      options.max_payload_bytes > kMaxPayloadBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("RecordReaderOptions::max_payload_bytes is ",
                     options.max_payload_bytes, ", not 1 to 2^31 - 1"));
  }
  absl::StatusOr<ReadableFile> file = ReadableFile::open(path);
  if (!file.ok()) return file.status();
  return RecordReader(std::make_unique<Impl>(*std::move(file), options));
}

absl::StatusOr<std::optional<Record>> RecordReader::next() {
  return impl_->next();
}
uint64_t RecordReader::offset() const { return impl_->offset(); }
uint64_t RecordReader::incomplete_bytes() const {
  return impl_->incomplete_bytes();
}
uint64_t RecordReader::file_bytes() const { return impl_->file_bytes(); }
const std::vector<SkippedRegion>& RecordReader::skipped() const {
  return impl_->skipped();
}
const std::string& RecordReader::path() const { return impl_->path(); }

}  // namespace tblog
