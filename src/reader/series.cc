// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/strings.h"
#include "src/event/event_decoder.h"
#include "src/reader/plain_value.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/series_data.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"
#include "tblog/log_reader.h"

namespace tblog {

namespace internal {
namespace {

// Whether `bytes`, with those before the place, are still what they were.
bool holds_place(std::string_view bytes, const Place& place) {
  return bytes.size() == size_t{place.before} + place.bytes &&
         crc32c(bytes) == place.crc;
}

absl::Status not_there_any_more(const ReadableFile& file, const Place& place) {
  return absl::DataLossError(absl::StrCat(
      "the ", place.bytes, " bytes at offset ", place.offset, " of ",
      escaped(file.path(), 4096), " are not those that were there before"));
}

}  // namespace

void SeriesData::before_next(uint64_t max_points) {
  if (max_points == 0) return;
  const uint64_t stride = uint64_t{1} << stride_log2;
  // The last one was kept for being that.
  if (count > 1 && (count - 1) % stride != 0) points.resize(points.size() - 1);
  if (points.size() >= max_points) {
    size_t kept = 0;
    for (size_t i = 0; i < points.size(); i += 2) points.keep(i, kept++);
    points.resize(kept);
    ++stride_log2;
  }
  ++count;
}

absl::StatusOr<std::string> read_place(const ReadableFile& file,
                                       const Place& place) {
  absl::StatusOr<uint64_t> size = file.size();
  if (!size.ok()) return size.status();
  std::string bytes;
  // Before the allocation: the file may have been cut meanwhile.
  if (place.offset + place.bytes <= *size) {
    bytes.resize(size_t{place.before} + place.bytes);
    absl::StatusOr<size_t> got =
        file.read_at(place.offset - place.before, bytes.data(), bytes.size());
    if (!got.ok()) return got.status();
    bytes.resize(*got);
  }
  if (!holds_place(bytes, place)) return not_there_any_more(file, place);
  bytes.erase(0, place.before);
  return bytes;
}

}  // namespace internal

namespace {

using internal::Place;
using internal::PlaceHolds;
using internal::SeriesData;

absl::StatusOr<std::string> read_encoded(const SeriesData& data, size_t index) {
  const Place& place = data.points.places()[index];
  absl::StatusOr<internal::ReadableFile> file =
      internal::ReadableFile::open((*data.common->paths)[place.file]);
  if (!file.ok()) return file.status();
  return internal::read_place(*file, place);
}

absl::Status check_index(const SeriesData& data, bool right_kind,
                         size_t index) {
  if (!right_kind) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the series \"", internal::escaped(data.tag), "\" is of the kind ",
        internal::to_absl(value_kind_name(data.kind))));
  }
  if (index < data.points.places().size()) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("the series \"", internal::escaped(data.tag), "\" has ",
                   data.points.places().size(), " values, not one at ", index));
}

// Reads the encoded values of a series in their order, neighbours together.
class Neighbours {
 public:
  explicit Neighbours(const SeriesData& data) : data_(data) {}

  // Valid until the next call.
  absl::StatusOr<std::string_view> read(size_t index) {
    const Place& place = data_.points.places()[index];
    if (!holds(place)) {
      absl::Status status = load_from(index);
      if (!status.ok()) return status;
    }
    const std::string_view bytes = std::string_view(bytes_).substr(
        static_cast<size_t>(begin_of(place) - begin_),
        static_cast<size_t>(end_of(place) - begin_of(place)));
    if (!internal::holds_place(bytes, place))
      return internal::not_there_any_more(*file_, place);
    return bytes.substr(place.before);
  }

 private:
  static constexpr uint64_t kMaxGap = 16 << 10;
  static constexpr uint64_t kMaxBytes = 256 << 10;

  static uint64_t begin_of(const Place& place) {
    return place.offset - place.before;
  }
  static uint64_t end_of(const Place& place) {
    return place.offset + place.bytes;
  }
  bool holds(const Place& place) const {
    return file_.has_value() && place.file == file_index_ &&
           begin_of(place) >= begin_ && end_of(place) <= begin_ + bytes_.size();
  }

  // The value at `index`, and those after it as far as it is worth it.
  absl::Status load_from(size_t index) {
    const Place& first = data_.points.places()[index];
    absl::StatusOr<uint64_t> size = open(first.file);
    if (!size.ok()) return size.status();
    // Before the allocation: the file may have been cut meanwhile.
    if (end_of(first) > *size)
      return internal::not_there_any_more(*file_, first);
    begin_ = begin_of(first);
    uint64_t end = end_of(first);
    for (size_t i = index + 1; i < data_.points.places().size(); ++i) {
      const Place& next = data_.points.places()[i];
      if (next.file != first.file || begin_of(next) < end ||
          begin_of(next) - end > kMaxGap || end_of(next) > *size ||
          end_of(next) - begin_ > kMaxBytes)
        break;
      end = end_of(next);
    }
    bytes_.resize(static_cast<size_t>(end - begin_));
    absl::StatusOr<size_t> got =
        file_->read_at(begin_, bytes_.data(), bytes_.size());
    if (!got.ok()) return got.status();
    bytes_.resize(*got);
    if (!holds(first)) return internal::not_there_any_more(*file_, first);
    return absl::OkStatus();
  }

  // Gives the file's size.
  absl::StatusOr<uint64_t> open(uint32_t index) {
    if (!file_.has_value() || file_index_ != index) {
      absl::StatusOr<internal::ReadableFile> file =
          internal::ReadableFile::open((*data_.common->paths)[index]);
      if (!file.ok()) return file.status();
      file_.emplace(*std::move(file));
      file_index_ = index;
      bytes_.clear();
    }
    return file_->size();
  }

  const SeriesData& data_;
  std::optional<internal::ReadableFile> file_;
  uint32_t file_index_ = 0;
  uint64_t begin_ = 0;  // of bytes_, in the file
  std::string bytes_;
};

absl::StatusOr<proto::Summary::Value> read_message(const SeriesData& data,
                                                   size_t index) {
  absl::StatusOr<std::string> encoded = read_encoded(data, index);
  if (!encoded.ok()) return encoded.status();
  proto::Summary::Value message;
  absl::Status status = internal::parse_message(*encoded, &message);
  if (!status.ok()) return status;
  return message;
}

// What `decode` makes of the value at `index`.
template <class F>
auto read_as(const SeriesData& data, ValueKind kind, size_t index, F&& decode)
    -> decltype(decode(proto::Summary::Value())) {
  absl::Status status = check_index(data, data.kind == kind, index);
  if (!status.ok()) return status;
  absl::StatusOr<proto::Summary::Value> message = read_message(data, index);
  if (!message.ok()) return message.status();
  return decode(*message);
}

// The same where an event may hold the bytes itself.
template <class F>
auto read_blob_as(const SeriesData& data, ValueKind kind, size_t index,
                  F&& decode) -> decltype(decode(std::string_view())) {
  absl::Status status = check_index(data, data.kind == kind, index);
  if (!status.ok()) return status;
  if (data.points.places()[index].holds == PlaceHolds::kBlob) {
    absl::StatusOr<std::string> blob = read_encoded(data, index);
    if (!blob.ok()) return blob.status();
    return decode(*blob);
  }
  absl::StatusOr<proto::Summary::Value> message = read_message(data, index);
  if (!message.ok()) return message.status();
  absl::StatusOr<std::string_view> blob =
      internal::single_string(*message, value_kind_name(kind));
  if (!blob.ok()) return blob.status();
  return decode(*blob);
}

// The content that the plugin gave this value, else that of the series.
const std::string& content_of(const proto::Summary::Value& value,
                              const SeriesData& data) {
  return value.has_metadata() ? value.metadata().plugin_data().content()
                              : data.metadata().content;
}

absl::StatusOr<HistogramValue> histogram_of(std::string_view encoded) {
  internal::ValueView value;
  if (internal::parse_value(encoded, &value)) {
    if (auto plain = internal::decode_plain_histogram(value))
      return *std::move(plain);
  }
  proto::Summary::Value message;
  absl::Status status = internal::parse_message(encoded, &message);
  if (!status.ok()) return status;
  return internal::decode_histogram(message);
}

// Scalars are columns; what decodes to more than a tensor has its own call.
bool is_tensor(ValueKind kind) {
  switch (kind) {
    case ValueKind::kScalar:
    case ValueKind::kHistogram:
    case ValueKind::kImage:
    case ValueKind::kAudio:
    case ValueKind::kText:
    case ValueKind::kSession:
    case ValueKind::kEmbedding:
      return false;
    default:
      return true;
  }
}

}  // namespace

Series::Series(const SeriesData* data) : data_(data) {
  internal::add_ref(data_);
}
Series::Series(const Series& other) : Series(other.data_) {}
Series::Series(Series&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)) {}
Series& Series::operator=(const Series& other) { return *this = Series(other); }
Series& Series::operator=(Series&& other) noexcept {
  std::swap(data_, other.data_);
  return *this;
}
Series::~Series() { internal::drop_ref(data_); }

const std::string& Series::tag() const { return data_->tag; }
ValueKind Series::kind() const { return data_->kind; }
const SeriesMetadata& Series::metadata() const { return data_->metadata(); }
size_t Series::size() const { return data_->points.size(); }
uint64_t Series::count() const {
  return std::max<uint64_t>(data_->count, size());
}
Column<int64_t> Series::steps() const { return data_->points.steps(); }
Column<double> Series::wall_times() const { return data_->points.wall_times(); }
Column<double> Series::values() const { return data_->points.numbers(); }

absl::StatusOr<HistogramValue> Series::histogram(size_t index) const {
  absl::Status status =
      check_index(*data_, data_->kind == ValueKind::kHistogram, index);
  if (!status.ok()) return status;
  absl::StatusOr<std::string> encoded = read_encoded(*data_, index);
  if (!encoded.ok()) return encoded.status();
  return histogram_of(*encoded);
}

absl::StatusOr<std::vector<HistogramValue>> Series::histograms(
    size_t begin, size_t end) const {
  end = std::min(end, size());
  std::vector<HistogramValue> values;
  if (begin > size() || data_->kind != ValueKind::kHistogram)
    return check_index(*data_, data_->kind == ValueKind::kHistogram, begin);
  values.reserve(end - std::min(begin, end));
  Neighbours neighbours(*data_);
  for (size_t i = begin; i < end; ++i) {
    absl::StatusOr<std::string_view> encoded = neighbours.read(i);
    if (!encoded.ok()) return encoded.status();
    absl::StatusOr<HistogramValue> value = histogram_of(*encoded);
    if (!value.ok()) return value.status();
    values.push_back(*std::move(value));
  }
  return values;
}

absl::StatusOr<ImageValue> Series::image(size_t index) const {
  return read_as(*data_, ValueKind::kImage, index, &internal::decode_image);
}

absl::StatusOr<AudioValue> Series::audio(size_t index) const {
  return read_as(*data_, ValueKind::kAudio, index, &internal::decode_audio);
}

absl::StatusOr<TextValue> Series::text(size_t index) const {
  return read_as(*data_, ValueKind::kText, index, &internal::decode_text);
}

absl::StatusOr<PrCurveValue> Series::pr_curve(size_t index) const {
  return read_as(*data_, ValueKind::kPrCurve, index,
                 &internal::decode_pr_curve);
}

absl::StatusOr<MeshValue> Series::mesh(size_t index) const {
  // Of the series: a mesh's parts are what the first metadata say.
  return read_as(
      *data_, ValueKind::kMesh, index, [&](const proto::Summary::Value& value) {
        return internal::decode_mesh(value, data_->metadata().content);
      });
}

absl::StatusOr<LayoutValue> Series::layout(size_t index) const {
  return read_as(*data_, ValueKind::kLayout, index, &internal::decode_layout);
}

absl::StatusOr<HParamsValue> Series::hparams(size_t index) const {
  return read_as(*data_, ValueKind::kHParams, index,
                 [&](const proto::Summary::Value& value) {
                   return internal::decode_hparams(content_of(value, *data_));
                 });
}

absl::StatusOr<GraphDefValue> Series::graph(size_t index) const {
  return read_blob_as(*data_, ValueKind::kGraph, index, &decode_graph);
}

absl::StatusOr<RunMetadataValue> Series::run_metadata(size_t index) const {
  return read_blob_as(*data_, ValueKind::kRunMetadata, index,
                      &decode_run_metadata);
}

absl::StatusOr<SessionValue> Series::session(size_t index) const {
  absl::Status status =
      check_index(*data_, data_->kind == ValueKind::kSession, index);
  if (!status.ok()) return status;
  absl::StatusOr<std::string> encoded = read_encoded(*data_, index);
  if (!encoded.ok()) return encoded.status();
  return internal::decode_session(*encoded);
}

absl::StatusOr<TensorValue> Series::tensor(size_t index) const {
  absl::Status status = check_index(*data_, is_tensor(data_->kind), index);
  if (!status.ok()) return status;
  if (data_->points.places()[index].holds == PlaceHolds::kBlob) {
    absl::StatusOr<std::string> blob = read_encoded(*data_, index);
    if (!blob.ok()) return blob.status();
    TensorValue tensor;
    tensor.shape = {1};
    tensor.strings.push_back(*std::move(blob));
    return tensor;
  }
  absl::StatusOr<proto::Summary::Value> message = read_message(*data_, index);
  if (!message.ok()) return message.status();
  if (message->has_tensor()) return internal::decode_tensor(message->tensor());
  return absl::NotFoundError(absl::StrCat("value ", index, " of the series \"",
                                          internal::escaped(data_->tag),
                                          "\" has no tensor"));
}

}  // namespace tblog
