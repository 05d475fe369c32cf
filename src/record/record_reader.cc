// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/record/record_stream.h"
#include "tblog/record_io.h"

namespace tblog {

class RecordReader::Impl : public internal::RecordStream {
 public:
  explicit Impl(internal::RecordStream stream)
      : RecordStream(std::move(stream)) {}
};

RecordReader::RecordReader(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&& other) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&& other) noexcept = default;

absl::StatusOr<RecordReader> RecordReader::open(
    const std::string& path, const RecordReaderOptions& options) {
  absl::StatusOr<internal::RecordStream> stream =
      internal::RecordStream::open(path, options);
  if (!stream.ok()) return stream.status();
  return RecordReader(std::make_unique<Impl>(*std::move(stream)));
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
