// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/base/whole_file.h"
#include "src/record/framing.h"
#include "tblog/record_io.h"

namespace tblog {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

class RecordWriter::Impl {
 public:
  explicit Impl(internal::WholeFile file) : file_(std::move(file)) {}

  absl::Status append(std::string_view payload) {
    if (!status_.ok()) return status_;
    if (payload.size() > internal::kMaxPayloadBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("a record of ", payload.size(), " bytes for ",
                       internal::escaped(file_.path(), 4096),
                       " is longer than the 2^31 - 1 that readers take"));
    }
    internal::append_record(buffer_, payload);
    bytes_ += payload.size() + internal::kRecordFramingBytes;
    return buffer_.size() < kBufferBytes ? absl::OkStatus() : write();
  }

  absl::Status close() {
    if (!status_.ok()) return status_;
    absl::Status status = write();
    if (status.ok()) status = file_.put_in_place();
    status_ =
        status.ok()
            ? absl::FailedPreconditionError(absl::StrCat(
                  internal::escaped(file_.path(), 4096), " is closed already"))
            : status;
    return status;
  }

  uint64_t bytes() const { return bytes_; }
  const std::string& path() const { return file_.path(); }

 private:
  absl::Status write() {
    status_ = file_.append(buffer_);
    buffer_.clear();
    // After one large record, for the sake of many files.
    if (buffer_.capacity() > 4 * kBufferBytes) buffer_.shrink_to_fit();
    return status_;
  }

  internal::WholeFile file_;
  std::string buffer_;
  uint64_t bytes_ = 0;
  absl::Status status_;
};

RecordWriter::RecordWriter(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
RecordWriter::~RecordWriter() = default;
RecordWriter::RecordWriter(RecordWriter&& other) noexcept = default;
RecordWriter& RecordWriter::operator=(RecordWriter&& other) noexcept = default;

absl::StatusOr<RecordWriter> RecordWriter::create(const std::string& path,
                                                  IfExists if_exists) {
  absl::StatusOr<internal::WholeFile> file =
      internal::WholeFile::create(path, if_exists == IfExists::kReplace);
  if (!file.ok()) return file.status();
  return RecordWriter(std::make_unique<Impl>(*std::move(file)));
}

absl::Status RecordWriter::append(std::string_view payload) {
  return impl_->append(payload);
}
absl::Status RecordWriter::close() { return impl_->close(); }
uint64_t RecordWriter::bytes() const { return impl_->bytes(); }
const std::string& RecordWriter::path() const { return impl_->path(); }

}  // namespace tblog
