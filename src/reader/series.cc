// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/crc32c.h"
#include "src/base/strings.h"
#include "src/event/event_decoder.h"
#include "src/reader/plugin_decoder.h"
#include "src/reader/series_data.h"
#include "src/reader/tensor_decoder.h"
#include "src/reader/value_decoder.h"
#include "tblog/log_reader.h"

namespace tblog {

namespace internal {

absl::StatusOr<std::string> read_place(const ReadableFile& file,
                                       const Place& place) {
  absl::StatusOr<uint64_t> size = file.size();
  if (!size.ok()) return size.status();
  std::string bytes;
  // Before the allocation: the file may have been cut meanwhile.
  if (place.offset + place.bytes <= *size) {
    bytes.resize(place.bytes);
    absl::StatusOr<size_t> got =
        file.read_at(place.offset, bytes.data(), bytes.size());
    if (!got.ok()) return got.status();
    bytes.resize(*got);
  }
  if (bytes.size() == place.bytes && crc32c(bytes) == place.crc) return bytes;
  return absl::DataLossError(absl::StrCat(
      "the ", place.bytes, " bytes at offset ", place.offset, " of ",
      escaped(file.path(), 4096), " are not those that were there before"));
}

}  // namespace internal

namespace {

using internal::Place;
using internal::PlaceHolds;
using internal::SeriesData;

absl::StatusOr<std::string> read_encoded(const SeriesData& data, size_t index) {
  const Place& place = data.places[index];
  absl::StatusOr<internal::ReadableFile> file =
      internal::ReadableFile::open((*data.paths)[place.file]);
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
  if (index < data.places.size()) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("the series \"", internal::escaped(data.tag), "\" has ",
                   data.places.size(), " values, not one at ", index));
}

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
  if (data.places[index].holds == PlaceHolds::kBlob) {
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
                              : data.metadata.content;
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

Series::Series(std::shared_ptr<const SeriesData> data)
    : data_(std::move(data)) {}

const std::string& Series::tag() const { return data_->tag; }
ValueKind Series::kind() const { return data_->kind; }
const SeriesMetadata& Series::metadata() const { return data_->metadata; }
size_t Series::size() const { return data_->steps.size(); }
const std::vector<int64_t>& Series::steps() const { return data_->steps; }
const std::vector<double>& Series::wall_times() const {
  return data_->wall_times;
}
const std::vector<double>& Series::values() const { return data_->values; }

absl::StatusOr<HistogramValue> Series::histogram(size_t index) const {
  return read_as(*data_, ValueKind::kHistogram, index,
                 &internal::decode_histogram);
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
  return read_as(*data_, ValueKind::kMesh, index,
                 [&](const proto::Summary::Value& value) {
                   return internal::decode_mesh(value, data_->metadata.content);
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
  if (data_->places[index].holds == PlaceHolds::kBlob) {
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
