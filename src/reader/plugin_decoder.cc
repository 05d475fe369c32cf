// SPDX-License-Identifier: Apache-2.0

#include "src/reader/plugin_decoder.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/strings.h"
#include "src/event/event_decoder.h"
#include "src/reader/checked_parse.h"
#include "src/reader/tensor_decoder.h"
#include "tblog/proto/plugins.pb.h"

namespace tblog::internal {
namespace {

using Value = proto::Summary::Value;

absl::Status not_a(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("value that is no ", to_absl(what)));
}

// The layout of a tensor of real numbers.
absl::StatusOr<TensorLayout> numbers_layout(const Value& value,
                                            std::string_view what) {
  if (value.value_case() != Value::kTensor) return not_a(what);
  absl::StatusOr<TensorLayout> layout = tensor_layout(value.tensor());
  if (!layout.ok()) return layout.status();
  if (!layout->dtype.has_value() || dtype_is_complex(*layout->dtype))
    return not_a(what);
  return layout;
}

absl::StatusOr<TensorLayout> pr_curve_layout(const Value& value) {
  absl::StatusOr<TensorLayout> layout =
      numbers_layout(value, "precision-recall curve");
  if (layout.ok() && (layout->shape.size() != 2 || layout->shape[0] != 6))
    return not_a("precision-recall curve: its shape is not [6, n]");
  return layout;
}

absl::StatusOr<TensorLayout> mesh_layout(const Value& value) {
  absl::StatusOr<TensorLayout> layout = numbers_layout(value, "mesh");
  if (layout.ok() && (layout->shape.size() != 3 || layout->shape[2] != 3))
    return not_a("mesh: its shape is not [batch, n, 3]");
  return layout;
}

absl::StatusOr<std::vector<double>> numbers_of(const Value& value) {
  absl::StatusOr<TensorValue> tensor = decode_tensor(value.tensor());
  if (!tensor.ok()) return tensor.status();
  return tensor->numbers();
}

// `numbers` as integers. Errors: InvalidArgument for one that T has not.
template <class T>
absl::StatusOr<std::vector<T>> as_integers(const std::vector<double>& numbers,
                                           std::string_view what) {
  std::vector<T> integers;
  integers.reserve(numbers.size());
  for (const double number : numbers) {
    if (!(number > double{std::numeric_limits<T>::min()} - 1 &&
          number < double{std::numeric_limits<T>::max()} + 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("mesh with the ", to_absl(what), " ", number));
    }
    integers.push_back(static_cast<T>(number));
  }
  return integers;
}

absl::Status fill_part(MeshPart part, const std::vector<double>& numbers,
                       MeshValue& mesh) {
  switch (part) {
    case MeshPart::kVertices:
      mesh.vertices.assign(numbers.begin(), numbers.end());
      return absl::OkStatus();
    case MeshPart::kFaces: {
      absl::StatusOr<std::vector<int32_t>> faces =
          as_integers<int32_t>(numbers, "vertex index");
      if (faces.ok()) mesh.faces = *std::move(faces);
      return faces.status();
    }
    case MeshPart::kColors: {
      absl::StatusOr<std::vector<uint8_t>> colors =
          as_integers<uint8_t>(numbers, "colour");
      if (colors.ok()) mesh.colors = *std::move(colors);
      return colors.status();
    }
    case MeshPart::kUndefined:
      break;
  }
  return not_a("part of a mesh: its metadata do not say which");
}

HParamsValue::Datum datum(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return value.number_value();
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    default:
      return {};
  }
}

// An enumerator of E, the first for those that E has not.
template <class E>
E enumerator(int number, E last) {
  return number >= 0 && number <= static_cast<int>(last)
             ? static_cast<E>(number)
             : static_cast<E>(0);
}

HParamsValue::SessionStart session_start(
    const proto::SessionStartInfo& message) {
  HParamsValue::SessionStart start;
  for (const auto& [name, value] : message.hparams())
    start.hparams.emplace_back(name, datum(value));
  std::sort(start.hparams.begin(), start.hparams.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  start.group_name = message.group_name();
  start.model_uri = message.model_uri();
  start.monitor_url = message.monitor_url();
  start.start_time_secs = message.start_time_secs();
  return start;
}

HParamsValue::HParam hparam(const proto::HParamInfo& message) {
  HParamsValue::HParam hparam = {
      message.name(),
      message.display_name(),
      message.description(),
      enumerator(message.type(), HParamsValue::Type::kFloat),
      {}};
  if (message.has_domain_interval()) {
    hparam.domain =
        HParamsValue::Interval{message.domain_interval().min_value(),
                               message.domain_interval().max_value()};
  } else if (message.has_domain_discrete()) {
    std::vector<HParamsValue::Datum> values;
    for (const auto& value : message.domain_discrete().values())
      values.push_back(datum(value));
    hparam.domain = std::move(values);
  }
  return hparam;
}

HParamsValue::Experiment experiment(const proto::HParamsExperiment& message) {
  HParamsValue::Experiment experiment;
  experiment.name = message.name();
  experiment.description = message.description();
  experiment.user = message.user();
  experiment.time_created_secs = message.time_created_secs();
  for (const proto::HParamInfo& info : message.hparam_infos())
    experiment.hparams.push_back(hparam(info));
  for (const proto::MetricInfo& info : message.metric_infos()) {
    experiment.metrics.push_back(
        {info.name().group(), info.name().tag(), info.display_name(),
         info.description(),
         enumerator(info.dataset_type(), HParamsValue::Dataset::kValidation)});
  }
  return experiment;
}

LayoutValue::Chart chart(const proto::Chart& message) {
  LayoutValue::Chart chart;
  chart.title = message.title();
  chart.tags.assign(message.multiline().tag().begin(),
                    message.multiline().tag().end());
  for (const auto& series : message.margin().series())
    chart.margins.push_back({series.value(), series.lower(), series.upper()});
  return chart;
}

}  // namespace

absl::StatusOr<MeshContent> decode_mesh_content(std::string_view content) {
  proto::MeshPluginData message;
  absl::Status status = checked_parse(content, "metadata of a mesh", &message);
  if (!status.ok()) return status;
  return MeshContent{message.name(),
                     enumerator(message.content_type(), MeshPart::kColors),
                     message.json_config()};
}

absl::StatusOr<HParamsValue> decode_hparams(std::string_view content) {
  proto::HParamsPluginData message;
  absl::Status status =
      checked_parse(content, "metadata of hyperparameters", &message);
  if (!status.ok()) return status;
  HParamsValue value;
  switch (message.data_case()) {
    case proto::HParamsPluginData::kSessionStartInfo:
      value.what = session_start(message.session_start_info());
      break;
    case proto::HParamsPluginData::kSessionEndInfo:
      value.what = HParamsValue::SessionEnd{
          enumerator(message.session_end_info().status(),
                     HParamsValue::Status::kRunning),
          message.session_end_info().end_time_secs()};
      break;
    case proto::HParamsPluginData::kExperiment:
      value.what = experiment(message.experiment());
      break;
    case proto::HParamsPluginData::DATA_NOT_SET:
      break;
  }
  return value;
}

absl::StatusOr<PrCurveValue> decode_pr_curve(const Value& value) {
  absl::StatusOr<TensorLayout> layout = pr_curve_layout(value);
  if (!layout.ok()) return layout.status();
  absl::StatusOr<std::vector<double>> numbers = numbers_of(value);
  if (!numbers.ok()) return numbers.status();
  const auto count = static_cast<std::ptrdiff_t>(layout->shape[1]);
  PrCurveValue curve;
  std::vector<double>* const rows[] = {
      &curve.true_positives,  &curve.false_positives, &curve.true_negatives,
      &curve.false_negatives, &curve.precision,       &curve.recall};
  auto at = numbers->begin();
  for (std::vector<double>* row : rows) {
    row->assign(at, at + count);
    at += count;
  }
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    curve.thresholds.push_back(count == 1 ? 0
                                          : static_cast<double>(i) /
                                                static_cast<double>(count - 1));
  }
  return curve;
}

absl::StatusOr<MeshValue> decode_mesh(const Value& value,
                                      std::string_view content) {
  absl::StatusOr<MeshContent> said = decode_mesh_content(content);
  if (!said.ok()) return said.status();
  absl::StatusOr<TensorLayout> layout = mesh_layout(value);
  if (!layout.ok()) return layout.status();
  absl::StatusOr<std::vector<double>> numbers = numbers_of(value);
  if (!numbers.ok()) return numbers.status();
  MeshValue mesh;
  mesh.batch = layout->shape[0];
  mesh.config_json = std::move(said->config_json);
  absl::Status status = fill_part(said->part, *numbers, mesh);
  if (!status.ok()) return status;
  return mesh;
}

absl::StatusOr<LayoutValue> decode_layout(const Value& value) {
  absl::StatusOr<std::string_view> encoded =
      single_string(value, "layout of custom scalars");
  if (!encoded.ok()) return encoded.status();
  proto::Layout message;
  absl::Status status =
      checked_parse(*encoded, "layout of custom scalars", &message);
  if (!status.ok()) return status;
  LayoutValue layout;
  for (const proto::Category& category : message.category()) {
    layout.categories.push_back({category.title(), category.closed(), {}});
    for (const proto::Chart& one : category.chart())
      layout.categories.back().charts.push_back(chart(one));
  }
  return layout;
}

absl::StatusOr<SessionValue> decode_session(std::string_view encoded) {
  SessionView view;
  if (!parse_session(encoded, &view)) {
    return absl::InvalidArgumentError(
        "session log that is malformed, or has text that is not valid UTF-8");
  }
  return SessionValue{view.status <= 3 ? static_cast<SessionStatus>(view.status)
                                       : SessionStatus::kUnspecified,
                      std::string(view.checkpoint_path),
                      std::string(view.message)};
}

absl::StatusOr<std::string_view> single_string(const Value& value,
                                               std::string_view what) {
  if (value.value_case() != Value::kTensor) return not_a(what);
  absl::StatusOr<TensorLayout> layout = tensor_layout(value.tensor());
  if (!layout.ok()) return layout.status();
  if (layout->dtype.has_value() || layout->size != 1) return not_a(what);
  return value.tensor().string_val(0);
}

absl::Status check_pr_curve(const Value& value) {
  return pr_curve_layout(value).status();
}

absl::Status check_mesh(const Value& value) {
  return mesh_layout(value).status();
}

}  // namespace tblog::internal
