// SPDX-License-Identifier: Apache-2.0

#include "src/reader/new_form.h"

#include <bit>
#include <initializer_list>
#include <utility>

#include "absl/status/statusor.h"
#include "src/base/endian.h"
#include "src/reader/value_decoder.h"
#include "tblog/proto/summary.pb.h"

namespace tblog::internal {
namespace {

using proto::Summary;
using proto::TensorProto;

TensorProto strings(std::initializer_list<std::string> elements) {
  TensorProto tensor;
  tensor.set_dtype(proto::DT_STRING);
  tensor.mutable_tensor_shape()->add_dim()->set_size(
      static_cast<int64_t>(elements.size()));
  for (const std::string& element : elements) tensor.add_string_val(element);
  return tensor;
}

TensorProto rows(const HistogramValue& histogram) {
  TensorProto tensor;
  tensor.set_dtype(proto::DT_DOUBLE);
  tensor.mutable_tensor_shape()->add_dim()->set_size(
      static_cast<int64_t>(histogram.buckets.size()));
  tensor.mutable_tensor_shape()->add_dim()->set_size(3);
  std::string& content = *tensor.mutable_tensor_content();
  const auto add = [&](double x) {
    char bytes[8];
    store_le64(bytes, std::bit_cast<uint64_t>(x));
    content.append(bytes, sizeof bytes);
  };
  for (const HistogramBucket& bucket : histogram.buckets) {
    add(bucket.left);
    add(bucket.right);
    add(bucket.count);
  }
  return tensor;
}

absl::StatusOr<TensorProto> as_tensor(const Summary::Value& value) {
  if (value.has_histo()) {
    absl::StatusOr<HistogramValue> histogram = decode_histogram(value);
    if (!histogram.ok()) return histogram.status();
    return rows(*histogram);
  }
  if (value.has_image()) {
    return strings({std::to_string(value.image().width()),
                    std::to_string(value.image().height()),
                    value.image().encoded_image_string()});
  }
  if (value.has_audio()) return strings({value.audio().encoded_audio_string()});
  TensorProto tensor;
  tensor.set_dtype(proto::DT_FLOAT);
  tensor.add_float_val(value.simple_value());
  return tensor;
}

proto::DataClass class_of(Form form) {
  if (form == Form::kSimpleValue) return proto::DATA_CLASS_SCALAR;
  return form == Form::kHistogram ? proto::DATA_CLASS_TENSOR
                                  : proto::DATA_CLASS_BLOB_SEQUENCE;
}

}  // namespace

absl::StatusOr<NewForm> to_new_form(const ValueView& view) {
  Summary::Value value;
  absl::Status status = parse_message(view.encoded, &value);
  if (!status.ok()) return status;
  absl::StatusOr<TensorProto> tensor = as_tensor(value);
  if (!tensor.ok()) return tensor.status();
  proto::SummaryMetadata metadata = std::move(*value.mutable_metadata());
  metadata.mutable_plugin_data()->set_plugin_name(
      std::string(plugin_of(view.form)));
  // AudioPluginData{encoding: WAV}: without it a browser gets bytes of no type.
  metadata.mutable_plugin_data()->set_content(
      view.form == Form::kAudio ? std::string("\x10\x0b") : "");
  metadata.set_data_class(class_of(view.form));
  value.clear_metadata();
  *value.mutable_tensor() = *std::move(tensor);
  return NewForm{value.SerializeAsString(), metadata.SerializeAsString()};
}

}  // namespace tblog::internal
