// SPDX-License-Identifier: Apache-2.0
//
// Records: the checked, framed byte strings that an event file consists of,
// whatever they hold. For programs that inspect, repair or rewrite files;
// event_reader.h and log_reader.h stand on it.
//
//   absl::StatusOr<tblog::RecordReader> reader =
//       tblog::RecordReader::open("runs/a/events.out.tfevents.1");
//   while (true) {
//     absl::StatusOr<std::optional<tblog::Record>> record = reader->next();
//     if (!record.ok() || !record->has_value()) break;
//     use((*record)->payload);
//   }

#ifndef TBLOG_RECORD_IO_H_
#define TBLOG_RECORD_IO_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tblog/export.h"

namespace tblog {

// Bytes of a file that gave nothing, or not what they should, and why.
struct SkippedRegion {
  std::string file;     // as it was opened
  uint64_t offset = 0;  // of the first byte, from the file's begin
  uint64_t bytes = 0;   // 0: the file or directory as a whole
  std::string reason;
};

// One whole record whose checksums are right.
struct Record {
  uint64_t offset = 0;       // of its header, from the file's begin
  std::string_view payload;  // valid until the next call of the reader
  uint32_t crc = 0;          // CRC-32C of the payload, without TFRecord's mask
};

// What a RecordReader does with damage. A record that the end of the file cuts
// off is not damage: its writer may be alive.
enum class OnDamage : uint8_t {
  kSkip,  // note it in skipped(), and go on with the next whole record
  kStop,  // next() fails with DataLoss, now and for ever
};

// What a record is that the end of the file cuts off.
enum class CutOff : uint8_t {
  kWait,    // one that is being written: next() gives it once it is whole
  kDamage,  // one that nobody will finish: whole records are searched inside it
};

struct RecordReaderOptions {
  // Default: go on.
  OnDamage on_damage = OnDamage::kSkip;

  // Default: wait.
  CutOff cut_off = CutOff::kWait;

  // Where reading begins: an offset() of an earlier reader. Default: at the
  // file's begin.
  uint64_t begin = 0;

  // Longer payloads are damage. Larger: more memory for one record. Valid: 1 to
  // 2^31 - 1, what a protocol buffer can hold. Default: 2^31 - 1.
  uint64_t max_payload_bytes = (uint64_t{1} << 31) - 1;
};

// Reads the records of one file, front to back. One thread.
//
// Lengths are checked against the file and the cap before anything is
// allocated. Memory: 256 KiB, or the largest record. Damage: after a wrong
// payload checksum the next record follows where the header says; or, where
// bytes were lost and it reaches over records that follow, or was never
// finished and others appended to it, at the first one found inside. After a
// wrong header the next valid header is searched byte by byte. (A damaged
// record that has an event file as its value can so give that file's records.)
// At most 1,000 regions are listed; the last one then covers all that follows.
class TBLOG_EXPORT RecordReader {
 public:
  // Errors: NotFound, PermissionDenied, … from the system; InvalidArgument for
  // options, and for what is no regular file.
  static absl::StatusOr<RecordReader> open(
      const std::string& path, const RecordReaderOptions& options = {});

  ~RecordReader();
  RecordReader(RecordReader&& other) noexcept;
  RecordReader& operator=(RecordReader&& other) noexcept;

  // The next whole record, or none at the end of the file. After the end it can
  // be called again, and goes on where it was once the file has grown.
  // Errors: what the system said when reading fails; DataLoss for damage with
  // OnDamage::kStop.
  absl::StatusOr<std::optional<Record>> next();

  // Where the next record begins, or the cut-off one.
  uint64_t offset() const;
  // Bytes from the cut-off record's begin to the end of the file; 0 where the
  // file ends with a whole record. Known once next() has returned none.
  uint64_t incomplete_bytes() const;
  // Size of the file when it was last looked at.
  uint64_t file_bytes() const;
  // The damage met so far, in the order of offsets.
  const std::vector<SkippedRegion>& skipped() const;
  const std::string& path() const;

 private:
  class Impl;
  explicit RecordReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What becomes of a file that has the name already.
enum class IfExists : uint8_t { kFail, kReplace };

// Writes a new file of records, which appears under its name whole or not at
// all: until close() it is a file beside it, which TensorBoard does not read.
// One thread.
class TBLOG_EXPORT RecordWriter {
 public:
  // Errors: AlreadyExists, where `if_exists` says so; else what the system says
  // of the directory.
  static absl::StatusOr<RecordWriter> create(
      const std::string& path, IfExists if_exists = IfExists::kFail);

  // Without close() before, nothing remains.
  ~RecordWriter();
  RecordWriter(RecordWriter&& other) noexcept;
  RecordWriter& operator=(RecordWriter&& other) noexcept;

  // Adds a record. Errors: InvalidArgument for more than 2^31 - 1 bytes; else
  // what the system says, now and for ever.
  absl::Status append(std::string_view payload);
  // Puts the file onto the disk, and gives it its name. Errors: as create() and
  // append(); FailedPrecondition when called again.
  absl::Status close();

  // Of the records so far.
  uint64_t bytes() const;
  const std::string& path() const;

 private:
  class Impl;
  explicit RecordWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tblog

#endif  // TBLOG_RECORD_IO_H_
