// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
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
#include "src/record/file_window.h"
#include "src/record/framing.h"
#include "src/record/record_chain.h"
#include "tblog/record_io.h"

namespace tblog {
namespace {

using internal::crc32c;
using internal::FileWindow;
using internal::header_checksum_holds;
using internal::kMaxPayloadBytes;
using internal::kRecordFramingBytes;
using internal::kRecordHeaderBytes;
using internal::load_le32;
using internal::load_le64;
using internal::mask_crc;
using internal::ReadableFile;

constexpr size_t kMaxRegions = 1000;

}  // namespace

class RecordReader::Impl {
 public:
  Impl(ReadableFile file, const RecordReaderOptions& options)
      : window_(std::move(file)), options_(options), offset_(options.begin) {}

  absl::StatusOr<std::optional<Record>> next();

  uint64_t offset() const { return offset_; }
  uint64_t incomplete_bytes() const { return incomplete_; }
  uint64_t file_bytes() const { return size_; }
  const std::vector<SkippedRegion>& skipped() const { return skipped_; }
  const std::string& path() const { return window_.file().path(); }

 private:
  enum class Step { kRecord, kAgain, kEnd };

  bool take_next(Record* record);

  absl::StatusOr<Step> read_one(Record* record);
  absl::StatusOr<Step> after_bad_payload(uint64_t total_bytes,
                                         const std::string& reason);
  absl::StatusOr<Step> search();
  absl::StatusOr<bool> holds(uint64_t end);
  absl::StatusOr<std::optional<uint64_t>> end_of_bad_record(uint64_t end);
  absl::StatusOr<Step> cut_off();
  bool may_rescan(uint64_t bytes);
  absl::StatusOr<Step> damage(const std::string& reason, uint64_t end);
  absl::StatusOr<Step> end(uint64_t incomplete);

  FileWindow window_;
  RecordReaderOptions options_;
  absl::Status failure_;  // of OnDamage::kStop
  uint64_t offset_ = 0;
  uint64_t size_ = 0;
  uint64_t incomplete_ = 0;
  // While a header is searched: from here on. The last region, which began
  // before, grows.
  std::optional<uint64_t> search_from_;
  uint64_t rescanned_bytes_ = 0;
  uint64_t hops_left_ = internal::kMaxHeaderHops;
  std::vector<SkippedRegion> skipped_;
  uint64_t unlisted_regions_ = 0;
};

absl::StatusOr<std::optional<Record>> RecordReader::Impl::next() {
  if (!failure_.ok()) return failure_;
  Record record;
  if (take_next(&record)) return record;
  while (true) {
    absl::StatusOr<Step> step =
        search_from_.has_value() ? search() : read_one(&record);
    if (!step.ok()) return step.status();
    if (*step == Step::kRecord) return record;
    if (*step == Step::kEnd) return std::nullopt;
  }
}

// The next record where nothing has to be read for it, and nothing is wrong: as
// nearly all are.
bool RecordReader::Impl::take_next(Record* record) {
  if (search_from_.has_value() ||
      !internal::take_whole_record(window_.loaded_at(offset_),
                                   options_.max_payload_bytes, &record->payload,
                                   &record->crc))
    return false;
  record->offset = offset_;
  offset_ += record->payload.size() + kRecordFramingBytes;
  return true;
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

  const uint64_t total = length + kRecordFramingBytes;
  whole = holds(offset_ + total);
  if (!whole.ok()) return whole.status();
  if (!*whole) return cut_off();
  bytes = window_.bytes_at(offset_, static_cast<size_t>(total));
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < total) return cut_off();
  const std::string_view payload =
      bytes->substr(kRecordHeaderBytes, static_cast<size_t>(length));
  const uint32_t stored = load_le32(payload.data() + payload.size());
  const uint32_t crc = crc32c(payload);
  if (mask_crc(crc) != stored) {
    return after_bad_payload(
        total, absl::StrFormat("payload checksum is %08x, the record says %08x",
                               mask_crc(crc), stored));
  }
  *record = {offset_, payload, crc};
  offset_ += total;
  return Step::kRecord;
}

// Where reading goes on within or after the record at offset_, whose payload is
// wrong. None: nothing speaks for its length.
absl::StatusOr<std::optional<uint64_t>> RecordReader::Impl::end_of_bad_record(
    uint64_t end) {
  absl::StatusOr<bool> ignored = holds(end + kRecordHeaderBytes);
  if (!ignored.ok()) return ignored.status();
  char next[kRecordHeaderBytes];
  const uint64_t left = size_ - std::min(end, size_);
  if (left >= sizeof next) {
    absl::StatusOr<size_t> got = window_.peek(end, next, sizeof next);
    if (!got.ok()) return got.status();
    if (*got < sizeof next || !header_checksum_holds(next)) return std::nullopt;
  } else if (left > 0 && options_.cut_off == CutOff::kDamage) {
    return std::nullopt;
  }
  // Bytes lost inside the record let its length reach over whole ones.
  if (may_rescan(end - offset_)) {
    absl::StatusOr<std::optional<uint64_t>> inside =
        internal::find_record_chain(window_, offset_ + kRecordHeaderBytes, end,
                                    size_, &hops_left_);
    if (!inside.ok()) return inside.status();
    if (inside->has_value()) return *inside;
  }
  return end;
}

// Whether these bytes may be looked at again: so often only that a file of
// headers that overlap is still read in linear time.
bool RecordReader::Impl::may_rescan(uint64_t bytes) {
  rescanned_bytes_ += bytes;
  return rescanned_bytes_ <= 4 * size_;
}

absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::after_bad_payload(
    uint64_t total_bytes, const std::string& reason) {
  absl::StatusOr<std::optional<uint64_t>> next =
      end_of_bad_record(offset_ + total_bytes);
  if (!next.ok()) return next.status();
  if (next->has_value()) {
    absl::StatusOr<Step> step = damage(reason, **next);
    search_from_.reset();
    offset_ = **next;
    return step;
  }
  const bool inside = may_rescan(total_bytes);
  return damage(reason, offset_ + (inside ? kRecordHeaderBytes : total_bytes));
}

// The record at offset_ is not whole.
absl::StatusOr<RecordReader::Impl::Step> RecordReader::Impl::cut_off() {
  const uint64_t left = size_ - std::min(offset_, size_);
  if (options_.cut_off == CutOff::kWait || left == 0) return end(left);
  return damage("the file ends inside the record", offset_ + 1);
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
  std::optional<uint64_t> not_whole;
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
      if (offset + length + kRecordFramingBytes <= size_) return found(offset);
      if (!not_whole.has_value() && options_.cut_off == CutOff::kWait)
        not_whole = offset;
    }
    *search_from_ += headers;
  }
  if (not_whole.has_value()) return found(*not_whole);
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
  file->expect_all();
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
