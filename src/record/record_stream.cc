// SPDX-License-Identifier: Apache-2.0

#include "src/record/record_stream.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/crc32c.h"
#include "src/base/endian.h"
#include "src/base/strings.h"

namespace tblog::internal {
namespace {

constexpr size_t kMaxRegions = 1000;

}  // namespace

absl::StatusOr<std::optional<Record>> RecordStream::next() {
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

// Whether the file reaches to `end`, looking again where it did not.
absl::StatusOr<bool> RecordStream::holds(uint64_t end) {
  if (end <= size_) return true;
  absl::StatusOr<uint64_t> size = window_.file().size();
  if (!size.ok()) return size.status();
  size_ = *size;
  return end <= size_;
}

absl::StatusOr<RecordStream::Step> RecordStream::end(uint64_t incomplete) {
  incomplete_ = incomplete;
  window_.forget();
  return Step::kEnd;
}

// The record at offset_.
absl::StatusOr<RecordStream::Step> RecordStream::read_one(Record* record) {
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
absl::StatusOr<std::optional<uint64_t>> RecordStream::end_of_bad_record(
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
    absl::StatusOr<std::optional<uint64_t>> inside = find_record_chain(
        window_, offset_ + kRecordHeaderBytes, end, size_, &hops_left_);
    if (!inside.ok()) return inside.status();
    if (inside->has_value()) return *inside;
  }
  return end;
}

// Whether these bytes may be looked at again: so often only that a file of
// headers that overlap is still read in linear time.
bool RecordStream::may_rescan(uint64_t bytes) {
  rescanned_bytes_ += bytes;
  return rescanned_bytes_ <= 4 * size_;
}

absl::StatusOr<RecordStream::Step> RecordStream::after_bad_payload(
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
absl::StatusOr<RecordStream::Step> RecordStream::cut_off() {
  const uint64_t left = size_ - std::min(offset_, size_);
  if (options_.cut_off == CutOff::kWait || left == 0) return end(left);
  return damage("the file ends inside the record", offset_ + 1);
}

// Begins a region of damage at offset_ that reaches at least to `end`, where
// the search for a header starts.
absl::StatusOr<RecordStream::Step> RecordStream::damage(
    const std::string& reason, uint64_t end) {
  if (options_.on_damage == OnDamage::kStop) {
    failure_ = absl::DataLossError(absl::StrCat(
        "record at offset ", offset_, " of ", escaped(path(), 4096), ": ",
        reason, "; the file is damaged"));
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
absl::StatusOr<RecordStream::Step> RecordStream::search() {
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

absl::StatusOr<RecordStream> RecordStream::open(
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
  return RecordStream(*std::move(file), options);
}

}  // namespace tblog::internal
