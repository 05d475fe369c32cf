// SPDX-License-Identifier: Apache-2.0

#include "src/summary/hparams.h"

#include <bit>
#include <cmath>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/wire.h"
#include "src/summary/tensor_proto.h"

namespace tblog::internal {
namespace {

// Field numbers. Sources:
// tensorflow/tensorboard:tensorboard/plugins/hparams/plugin_data.proto,
// api.proto; google/protobuf/struct.proto.
enum PluginDataField : uint32_t {
  kExperiment = 2,
  kSessionStart = 3,
  kSessionEnd = 4
};
enum StartField : uint32_t {
  kHParams = 1,
  kModelUri = 2,
  kMonitorUrl = 3,
  kGroupName = 4,
  kStartTime = 5
};
enum EndField : uint32_t { kStatus = 1, kEndTime = 2 };
enum ExperimentField : uint32_t {
  kExperimentDescription = 1,
  kUser = 2,
  kTimeCreated = 3,
  kHParamInfos = 4,
  kMetricInfos = 5,
  kExperimentName = 6
};
enum HParamInfoField : uint32_t {
  kName = 1,
  kDisplayName = 2,
  kDescription = 3,
  kType = 4,
  kDomainDiscrete = 5,
  kDomainInterval = 6
};
enum IntervalField : uint32_t { kMin = 1, kMax = 2 };
enum MetricInfoField : uint32_t {
  kMetricName = 1,
  kMetricDisplayName = 3,
  kMetricDescription = 4,
  kDatasetType = 5
};
enum MetricNameField : uint32_t { kGroup = 1, kTag = 2 };
enum MapEntryField : uint32_t { kKey = 1, kValue = 2 };
enum ValueField : uint32_t { kNumber = 2, kString = 3, kBool = 4 };
enum ListValueField : uint32_t { kValues = 1 };

// google.protobuf.Value, a oneof: its member is written also where it is 0.
std::string encode_value(const HParamValue& value) {
  std::string out;
  switch (value.type()) {
    case HParamValue::Type::kNumber:
      wire::put_varint(out, wire::key(kNumber, wire::kFixed64));
      wire::put_fixed64(out, std::bit_cast<uint64_t>(value.number()));
      break;
    case HParamValue::Type::kBool:
      wire::put_uint64_always(out, kBool, value.number() != 0 ? 1 : 0);
      break;
    case HParamValue::Type::kString:
      wire::put_bytes_always(out, kString, to_valid_utf8(value.text()));
      break;
  }
  return out;
}

std::string plugin_data(PluginDataField field, std::string_view message) {
  std::string out;
  wire::put_bytes_always(out, field, message);
  return out;
}

absl::Status check_name(std::string_view name, absl::string_view of) {
  if (name.empty())
    return absl::InvalidArgumentError(absl::StrCat(of, " has no name"));
  if (!is_valid_utf8(name))
    return absl::InvalidArgumentError(
        absl::StrCat(of, " \"", escaped(name), "\" is not UTF-8"));
  return absl::OkStatus();
}

// TensorBoard joins the session's run and the group as paths.
absl::Status check_group(std::string_view group) {
  if (group.front() == '/' || group.back() == '/')
    return absl::InvalidArgumentError(
        absl::StrCat("the group \"", escaped(group),
                     "\" of a metric begins or ends with a '/': it is the path "
                     "from the session's run to the metric's"));
  return check_name(group, "the group of a metric");
}

absl::Status check_domain(const HParamInfo& info) {
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the hyperparameter \"", escaped(info.name), "\" has ", why));
  };
  if (info.interval && !info.values.empty())
    return bad("values and an interval");
  for (const HParamValue& value : info.values) {
    if (value.type() != info.values[0].type())
      return bad("values of several types");
    if (!std::isfinite(value.number()))
      return bad("a value that is not finite");
  }
  if (info.interval && !(std::isfinite(info.interval->min) &&
                         std::isfinite(info.interval->max) &&
                         info.interval->min <= info.interval->max))
    return bad("an interval that is not finite or goes back");
  return absl::OkStatus();
}

absl::Status check_experiment(const HParamsExperiment& experiment) {
  std::set<std::string_view> names;
  for (const HParamInfo& info : experiment.hparams) {
    absl::Status status = check_name(info.name, "a hyperparameter");
    if (status.ok()) status = check_domain(info);
    if (!status.ok()) return status;
    if (!names.insert(info.name).second)
      return absl::InvalidArgumentError(absl::StrCat(
          "the hyperparameter \"", escaped(info.name), "\" is given twice"));
  }
  std::set<std::pair<std::string_view, std::string_view>> metrics;
  for (const MetricInfo& info : experiment.metrics) {
    absl::Status status = check_name(info.tag, "the tag of a metric");
    if (status.ok() && !info.group.empty()) status = check_group(info.group);
    if (!status.ok()) return status;
    if (!metrics.insert({info.group, info.tag}).second)
      return absl::InvalidArgumentError(absl::StrCat(
          "the metric \"", escaped(info.tag), "\" is given twice"));
  }
  return absl::OkStatus();
}

std::string encode_info(const HParamInfo& info) {
  std::string out;
  wire::put_bytes(out, kName, info.name);
  wire::put_bytes(out, kDisplayName, to_valid_utf8(info.display_name));
  wire::put_bytes(out, kDescription, to_valid_utf8(info.description));
  if (!info.values.empty()) {
    wire::put_int64(out, kType, static_cast<int64_t>(info.values[0].type()));
    std::string list;
    for (const HParamValue& value : info.values)
      wire::put_bytes_always(list, kValues, encode_value(value));
    wire::put_bytes_always(out, kDomainDiscrete, list);
  } else if (info.interval) {
    wire::put_int64(out, kType,
                    static_cast<int64_t>(HParamValue::Type::kNumber));
    std::string interval;
    wire::put_double(interval, kMin, info.interval->min);
    wire::put_double(interval, kMax, info.interval->max);
    wire::put_bytes_always(out, kDomainInterval, interval);
  }
  return out;
}

std::string encode_info(const MetricInfo& info) {
  std::string name;
  wire::put_bytes(name, kGroup, info.group);
  wire::put_bytes(name, kTag, info.tag);
  std::string out;
  wire::put_bytes_always(out, kMetricName, name);
  wire::put_bytes(out, kMetricDisplayName, to_valid_utf8(info.display_name));
  wire::put_bytes(out, kMetricDescription, to_valid_utf8(info.description));
  wire::put_int64(out, kDatasetType, static_cast<int64_t>(info.dataset_type));
  return out;
}

}  // namespace

std::string encode_hparams_tensor() {
  const int64_t shape[] = {0};
  return encode_numeric_tensor(DataType::kFloat, shape, {});
}

std::string encode_session_start(std::span<const HParam> hparams,
                                 const HParamsOptions& options,
                                 double start_time_secs) {
  std::string message;
  for (const HParam& hparam : hparams) {
    std::string entry;
    wire::put_bytes_always(entry, kKey, hparam.name);
    wire::put_bytes_always(entry, kValue, encode_value(hparam.value));
    wire::put_bytes_always(message, kHParams, entry);
  }
  wire::put_bytes(message, kModelUri, to_valid_utf8(options.model_uri));
  wire::put_bytes(message, kMonitorUrl, to_valid_utf8(options.monitor_url));
  wire::put_bytes(message, kGroupName, to_valid_utf8(options.group_name));
  wire::put_double(message, kStartTime, start_time_secs);
  return plugin_data(kSessionStart, message);
}

std::string encode_session_end(SessionStatus status, double end_time_secs) {
  std::string message;
  wire::put_int64(message, kStatus, static_cast<int64_t>(status));
  wire::put_double(message, kEndTime, end_time_secs);
  return plugin_data(kSessionEnd, message);
}

absl::StatusOr<std::string> encode_experiment(
    const HParamsExperiment& experiment, double time_created_secs) {
  if (absl::Status status = check_experiment(experiment); !status.ok())
    return status;
  std::string message;
  wire::put_bytes(message, kExperimentDescription,
                  to_valid_utf8(experiment.description));
  wire::put_bytes(message, kUser, to_valid_utf8(experiment.user));
  wire::put_double(message, kTimeCreated, time_created_secs);
  for (const HParamInfo& info : experiment.hparams)
    wire::put_bytes_always(message, kHParamInfos, encode_info(info));
  for (const MetricInfo& info : experiment.metrics)
    wire::put_bytes_always(message, kMetricInfos, encode_info(info));
  wire::put_bytes(message, kExperimentName, to_valid_utf8(experiment.name));
  return plugin_data(kExperiment, message);
}

}  // namespace tblog::internal
