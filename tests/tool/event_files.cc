// SPDX-License-Identifier: Apache-2.0

#include "tests/tool/event_files.h"

#include <utility>

#include "src/record/framing.h"

namespace tblog::testing {

EventFile::EventFile() {
  proto::Event event;
  event.set_wall_time(1'000'000'000);
  event.set_file_version("brain.Event:2");
  append(event);
}

EventFile& EventFile::scalar(const std::string& tag, int64_t step,
                             float number) {
  proto::Summary::Value value;
  value.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  value.mutable_tensor()->add_float_val(number);
  value.mutable_metadata()->set_data_class(proto::DATA_CLASS_SCALAR);
  return add(tag, step, "scalars", std::move(value));
}

EventFile& EventFile::old_scalar(const std::string& tag, int64_t step,
                                 float number) {
  proto::Summary::Value value;
  value.set_simple_value(number);
  return add(tag, step, "", std::move(value));
}

EventFile& EventFile::text(const std::string& tag, int64_t step,
                           const std::string& text) {
  proto::Summary::Value value;
  value.mutable_tensor()->set_dtype(proto::DT_STRING);
  value.mutable_tensor()->add_string_val(text);
  value.mutable_metadata()->set_data_class(proto::DATA_CLASS_TENSOR);
  return add(tag, step, "text", std::move(value));
}

EventFile& EventFile::histogram(const std::string& tag, int64_t step,
                                const std::vector<double>& rows) {
  proto::Summary::Value value;
  proto::TensorProto* tensor = value.mutable_tensor();
  tensor->set_dtype(proto::DT_DOUBLE);
  tensor->mutable_tensor_shape()->add_dim()->set_size(
      static_cast<int64_t>(rows.size() / 3));
  tensor->mutable_tensor_shape()->add_dim()->set_size(3);
  for (const double number : rows) tensor->add_double_val(number);
  value.mutable_metadata()->set_data_class(proto::DATA_CLASS_TENSOR);
  return add(tag, step, "histograms", std::move(value));
}

EventFile& EventFile::image(const std::string& tag, int64_t step, int width,
                            int height, const std::string& encoded) {
  proto::Summary::Value value;
  proto::TensorProto* tensor = value.mutable_tensor();
  tensor->set_dtype(proto::DT_STRING);
  tensor->mutable_tensor_shape()->add_dim()->set_size(3);
  tensor->add_string_val(std::to_string(width));
  tensor->add_string_val(std::to_string(height));
  tensor->add_string_val(encoded);
  value.mutable_metadata()->set_data_class(proto::DATA_CLASS_BLOB_SEQUENCE);
  return add(tag, step, "images", std::move(value));
}

EventFile& EventFile::tensor(const std::string& tag, int64_t step,
                             const std::vector<float>& values) {
  proto::Summary::Value value;
  proto::TensorProto* tensor = value.mutable_tensor();
  tensor->set_dtype(proto::DT_FLOAT);
  tensor->mutable_tensor_shape()->add_dim()->set_size(
      static_cast<int64_t>(values.size()));
  for (const float number : values) tensor->add_float_val(number);
  value.mutable_metadata()->set_data_class(proto::DATA_CLASS_TENSOR);
  return add(tag, step, "", std::move(value));
}

EventFile& EventFile::add(const std::string& tag, int64_t step,
                          const std::string& plugin,
                          proto::Summary::Value value) {
  value.set_tag(tag);
  if (!plugin.empty())
    value.mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
  proto::Event event;
  event.set_wall_time(1'000'000'000 + static_cast<double>(step));
  event.set_step(step);
  *event.mutable_summary()->add_value() = std::move(value);
  append(event);
  return *this;
}

void EventFile::append(const proto::Event& event) {
  internal::append_record(bytes_, event.SerializeAsString());
}

}  // namespace tblog::testing
