// SPDX-License-Identifier: Apache-2.0
//
// Event files for tests, made by the generated classes.

#ifndef TBLOG_TESTS_READER_EVENT_BUILDER_H_
#define TBLOG_TESTS_READER_EVENT_BUILDER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "src/record/framing.h"
#include "tblog/proto/event.pb.h"

namespace tblog::testing {

using Value = proto::Summary::Value;

inline std::string framed(const std::string& payload) {
  std::string bytes;
  tblog::internal::append_record(bytes, payload);
  return bytes;
}

inline std::string framed(const proto::Event& event) {
  return framed(event.SerializeAsString());
}

inline std::string version_record() {
  proto::Event event;
  event.set_wall_time(1000);
  event.set_file_version("brain.Event:2");
  event.mutable_source_metadata()->set_writer("a test");
  return framed(event);
}

// The record of an event at `step`, 1000 + step seconds after the epoch.
inline std::string summary_record(int64_t step,
                                  std::initializer_list<Value> values) {
  proto::Event event;
  event.set_wall_time(1000.0 + static_cast<double>(step));
  event.set_step(step);
  for (const Value& value : values)
    *event.mutable_summary()->add_value() = value;
  return framed(event);
}

inline Value named(std::string_view tag, std::string_view plugin = "") {
  Value value;
  value.set_tag(std::string(tag));
  if (!plugin.empty()) {
    value.mutable_metadata()->mutable_plugin_data()->set_plugin_name(
        std::string(plugin));
  }
  return value;
}

inline Value old_scalar(std::string_view tag, float number) {
  Value value = named(tag);
  value.set_simple_value(number);
  return value;
}

// Of any plugin; without metadata where that is empty.
inline Value scalar_tensor(std::string_view tag, float number,
                           std::string_view plugin = "scalars") {
  Value value = named(tag, plugin);
  value.mutable_tensor()->set_dtype(proto::DT_FLOAT);
  value.mutable_tensor()->add_float_val(number);
  return value;
}

inline Value string_tensor(std::string_view tag, std::string_view plugin,
                           std::initializer_list<int64_t> shape,
                           std::initializer_list<std::string_view> strings) {
  Value value = named(tag, plugin);
  value.mutable_tensor()->set_dtype(proto::DT_STRING);
  for (int64_t dim : shape) {
    value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(dim);
  }
  for (std::string_view s : strings) {
    value.mutable_tensor()->add_string_val(std::string(s));
  }
  return value;
}

inline Value double_tensor(std::string_view tag, std::string_view plugin,
                           std::initializer_list<int64_t> shape,
                           std::initializer_list<double> numbers) {
  Value value = named(tag, plugin);
  value.mutable_tensor()->set_dtype(proto::DT_DOUBLE);
  for (int64_t dim : shape) {
    value.mutable_tensor()->mutable_tensor_shape()->add_dim()->set_size(dim);
  }
  for (double number : numbers) value.mutable_tensor()->add_double_val(number);
  return value;
}

inline Value old_histogram(std::string_view tag, double min, double max,
                           std::initializer_list<double> limits,
                           std::initializer_list<double> counts) {
  Value value = named(tag);
  value.mutable_histo()->set_min(min);
  value.mutable_histo()->set_max(max);
  for (double limit : limits) value.mutable_histo()->add_bucket_limit(limit);
  for (double count : counts) value.mutable_histo()->add_bucket(count);
  return value;
}

}  // namespace tblog::testing

#endif  // TBLOG_TESTS_READER_EVENT_BUILDER_H_
