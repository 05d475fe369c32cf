// SPDX-License-Identifier: Apache-2.0
//
// What is behind RecordReader, for those for whom each record counts.

#ifndef TBLOG_SRC_RECORD_RECORD_STREAM_H_
#define TBLOG_SRC_RECORD_RECORD_STREAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/readable_file.h"
#include "src/record/file_window.h"
#include "src/record/framing.h"
#include "src/record/record_chain.h"
#include "tblog/record_io.h"

namespace tblog::internal {

// The calls of RecordReader, and one more.
class RecordStream {
 public:
  static absl::StatusOr<RecordStream> open(const std::string& path,
                                           const RecordReaderOptions& options);

  absl::StatusOr<std::optional<Record>> next();

  // The next record where nothing has to be read for it, and nothing is wrong:
  // as nearly all are. False: next() must say.
  bool take_next(Record* record) {
    if (search_from_.has_value() ||
        !take_whole_record(window_.loaded_at(offset_),
                           options_.max_payload_bytes, &record->payload,
                           &record->crc))
      return false;
    record->offset = offset_;
    offset_ += record->payload.size() + kRecordFramingBytes;
    return true;
  }

  uint64_t offset() const { return offset_; }
  uint64_t incomplete_bytes() const { return incomplete_; }
  uint64_t file_bytes() const { return size_; }
  const std::vector<SkippedRegion>& skipped() const { return skipped_; }
  const std::string& path() const { return window_.file().path(); }

 private:
  enum class Step { kRecord, kAgain, kEnd };

  RecordStream(ReadableFile file, const RecordReaderOptions& options)
      : window_(std::move(file)), options_(options), offset_(options.begin) {}

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
  uint64_t hops_left_ = kMaxHeaderHops;
  std::vector<SkippedRegion> skipped_;
  uint64_t unlisted_regions_ = 0;
};

}  // namespace tblog::internal

#endif  // TBLOG_SRC_RECORD_RECORD_STREAM_H_
