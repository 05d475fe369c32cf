// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/value_json.h"

#include <variant>

#include "tools/tblog/picture.h"
#include "tools/tblog/wav.h"

namespace tblog::tool {
namespace {

Json json_numbers(const std::vector<double>& numbers) {
  Json array = Json::array();
  for (const double number : numbers) array.push_back(json_number(number));
  return array;
}

Json json_histogram(const HistogramValue& value) {
  Json buckets = Json::array();
  for (const HistogramBucket& bucket : value.buckets)
    buckets.push_back({json_number(bucket.left), json_number(bucket.right),
                       json_number(bucket.count)});
  return {{"buckets", buckets}};
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = i; k < i + 3; ++k)
      group =
          group << 8 | (k < bytes.size() ? static_cast<uint8_t>(bytes[k]) : 0);
    for (int digit = 0; digit < 4; ++digit)
      text += i + static_cast<size_t>(digit) > bytes.size()
                  ? '='
                  : kDigits[group >> (18 - 6 * digit) & 63];
  }
  return text;
}

// The fields that stand for an image or a clip.
Json json_blob(const std::string& bytes, Blobs blobs) {
  Json object;
  object["bytes"] = bytes.size();
  if (blobs == Blobs::kBase64) object["base64"] = base64(bytes);
  return object;
}

Json json_image(const ImageValue& value, Blobs blobs) {
  Json images = Json::array();
  for (const std::string& image : value.images) {
    Json object;
    object["format"] = std::string(image_format(image));
    object.update(json_blob(image, blobs));
    images.push_back(std::move(object));
  }
  return {{"width", value.width}, {"height", value.height}, {"images", images}};
}

Json json_audio(const AudioValue& value, Blobs blobs) {
  Json clips = Json::array();
  for (size_t i = 0; i < value.clips.size(); ++i) {
    Json clip = json_blob(value.clips[i], blobs);
    if (const auto wav = decode_wav(value.clips[i], 1)) {
      clip["sample_rate_hz"] = wav->sample_rate_hz;
      clip["channels"] = wav->channels;
      clip["frames"] = wav->frames;
      clip["peak"] = json_number(wav->peak);
    }
    if (i < value.labels.size()) clip["label"] = value.labels[i];
    clips.push_back(std::move(clip));
  }
  return {{"clips", clips}};
}

Json json_texts(const TextValue& value) {
  if (value.shape.empty() && value.texts.size() == 1)
    return value.texts.front();
  return {{"shape", json_shape(value.shape)}, {"texts", value.texts}};
}

Json json_tensor(const TensorValue& value) {
  Json object;
  object["dtype"] =
      value.dtype ? std::string(dtype_name(*value.dtype)) : "string";
  object["shape"] = json_shape(value.shape);
  if (!value.dtype)
    object["values"] = value.strings;
  else if (const auto numbers = value.numbers(); numbers.ok())
    object["values"] = json_numbers(*numbers);
  return object;
}

Json json_pr_curve(const PrCurveValue& value) {
  Json object;
  object["thresholds"] = json_numbers(value.thresholds);
  object["true_positives"] = json_numbers(value.true_positives);
  object["false_positives"] = json_numbers(value.false_positives);
  object["true_negatives"] = json_numbers(value.true_negatives);
  object["false_negatives"] = json_numbers(value.false_negatives);
  object["precision"] = json_numbers(value.precision);
  object["recall"] = json_numbers(value.recall);
  return object;
}

Json json_mesh(const MeshValue& value) {
  Json object;
  object["batch"] = value.batch;
  Json vertices = Json::array();
  for (const float x : value.vertices) vertices.push_back(json_number(x));
  if (!vertices.empty()) object["vertices"] = std::move(vertices);
  if (!value.faces.empty()) object["faces"] = value.faces;
  if (!value.colors.empty()) object["colors"] = value.colors;
  object["config"] = value.config_json;
  return object;
}

Json json_chart(const LayoutValue::Chart& chart) {
  Json object;
  object["title"] = chart.title;
  if (!chart.tags.empty()) object["tags"] = chart.tags;
  for (const LayoutValue::Margin& margin : chart.margins)
    object["margins"].push_back({{"value", margin.value},
                                 {"lower", margin.lower},
                                 {"upper", margin.upper}});
  return object;
}

Json json_layout(const LayoutValue& value) {
  Json categories = Json::array();
  for (const LayoutValue::Category& category : value.categories) {
    Json charts = Json::array();
    for (const LayoutValue::Chart& chart : category.charts)
      charts.push_back(json_chart(chart));
    categories.push_back({{"title", category.title},
                          {"closed", category.closed},
                          {"charts", std::move(charts)}});
  }
  return {{"categories", std::move(categories)}};
}

Json json_datum(const HParamsValue::Datum& datum) {
  if (const auto* number = std::get_if<double>(&datum))
    return json_number(*number);
  if (const auto* flag = std::get_if<bool>(&datum)) return *flag;
  if (const auto* text = std::get_if<std::string>(&datum)) return *text;
  return nullptr;
}

Json json_session_start(const HParamsValue::SessionStart& start) {
  Json hparams = Json::object();
  for (const auto& [name, datum] : start.hparams)
    hparams[name] = json_datum(datum);
  return {{"hparams", std::move(hparams)},
          {"group_name", start.group_name},
          {"model_uri", start.model_uri},
          {"monitor_url", start.monitor_url},
          {"start_time_secs", json_number(start.start_time_secs)}};
}

Json json_hparam(const HParamsValue::HParam& hparam) {
  Json object{{"name", hparam.name},
              {"display_name", hparam.display_name},
              {"description", hparam.description},
              {"type", hparams_type_name(hparam.type)}};
  if (const auto* range = std::get_if<HParamsValue::Interval>(&hparam.domain))
    object["interval"] = {json_number(range->min), json_number(range->max)};
  if (const auto* values =
          std::get_if<std::vector<HParamsValue::Datum>>(&hparam.domain)) {
    object["values"] = Json::array();
    for (const HParamsValue::Datum& datum : *values)
      object["values"].push_back(json_datum(datum));
  }
  return object;
}

Json json_experiment(const HParamsValue::Experiment& experiment) {
  Json hparams = Json::array();
  for (const HParamsValue::HParam& hparam : experiment.hparams)
    hparams.push_back(json_hparam(hparam));
  Json metrics = Json::array();
  for (const HParamsValue::Metric& metric : experiment.metrics)
    metrics.push_back({{"group", metric.group},
                       {"tag", metric.tag},
                       {"display_name", metric.display_name},
                       {"description", metric.description},
                       {"dataset", hparams_dataset_name(metric.dataset)}});
  return {{"name", experiment.name},
          {"description", experiment.description},
          {"user", experiment.user},
          {"time_created_secs", json_number(experiment.time_created_secs)},
          {"hparams", std::move(hparams)},
          {"metrics", std::move(metrics)}};
}

Json json_hparams(const HParamsValue& value) {
  if (const auto* start = std::get_if<HParamsValue::SessionStart>(&value.what))
    return {{"session_start", json_session_start(*start)}};
  if (const auto* end = std::get_if<HParamsValue::SessionEnd>(&value.what))
    return {{"session_end",
             {{"status", hparams_status_name(end->status)},
              {"end_time_secs", json_number(end->end_time_secs)}}}};
  if (const auto* all = std::get_if<HParamsValue::Experiment>(&value.what))
    return {{"experiment", json_experiment(*all)}};
  return Json::object();
}

Json json_shapes(const std::vector<GraphDefValue::Shape>& shapes) {
  Json array = Json::array();
  for (const GraphDefValue::Shape& shape : shapes)
    array.push_back(shape ? json_shape(*shape) : Json());
  return array;
}

Json json_nodes(const std::vector<GraphDefValue::Node>& nodes) {
  Json array = Json::array();
  for (const GraphDefValue::Node& node : nodes) {
    Json attributes = Json::object();
    for (const GraphDefValue::Attribute& attribute : node.attributes)
      attributes[attribute.name] = attribute.value;
    array.push_back({{"name", node.name},
                     {"op", node.op},
                     {"device", node.device},
                     {"inputs", node.inputs},
                     {"output_shapes", json_shapes(node.output_shapes)},
                     {"attributes", std::move(attributes)}});
  }
  return array;
}

Json json_graph(const GraphDefValue& value) {
  Json functions = Json::array();
  for (const GraphDefValue::Function& function : value.functions)
    functions.push_back({{"name", function.name},
                         {"arguments", function.arguments},
                         {"results", function.results},
                         {"nodes", json_nodes(function.nodes)}});
  return {{"nodes", json_nodes(value.nodes)},
          {"functions", std::move(functions)}};
}

Json json_run_metadata(const RunMetadataValue& value) {
  Json devices = Json::array();
  for (const RunMetadataValue::Device& device : value.devices) {
    Json nodes = Json::array();
    for (const RunMetadataValue::Node& node : device.nodes)
      nodes.push_back({{"name", node.name},
                       {"label", node.label},
                       {"start_micros", node.start_micros},
                       {"total_micros", node.total_micros},
                       {"compute_micros", node.compute_micros},
                       {"memory_bytes", node.memory_bytes},
                       {"output_shapes", json_shapes(node.output_shapes)}});
    devices.push_back({{"name", device.name}, {"nodes", std::move(nodes)}});
  }
  Json graphs = Json::array();
  for (const GraphDefValue& graph : value.graphs)
    graphs.push_back(json_graph(graph));
  return {{"devices", std::move(devices)}, {"graphs", std::move(graphs)}};
}

Json json_session(const SessionValue& value) {
  return {{"status", session_status_name(value.status)},
          {"checkpoint_path", value.checkpoint_path},
          {"message", value.message}};
}

}  // namespace

const char* session_status_name(SessionStatus status) {
  switch (status) {
    case SessionStatus::kStart:
      return "start";
    case SessionStatus::kStop:
      return "stop";
    case SessionStatus::kCheckpoint:
      return "checkpoint";
    case SessionStatus::kUnspecified:
      break;
  }
  return "unspecified";
}

const char* hparams_status_name(HParamsValue::Status status) {
  switch (status) {
    case HParamsValue::Status::kSuccess:
      return "success";
    case HParamsValue::Status::kFailure:
      return "failure";
    case HParamsValue::Status::kRunning:
      return "running";
    case HParamsValue::Status::kUnknown:
      break;
  }
  return "unknown";
}

const char* hparams_type_name(HParamsValue::Type type) {
  switch (type) {
    case HParamsValue::Type::kString:
      return "string";
    case HParamsValue::Type::kBool:
      return "bool";
    case HParamsValue::Type::kFloat:
      return "float";
    case HParamsValue::Type::kUnset:
      break;
  }
  return "unset";
}

const char* hparams_dataset_name(HParamsValue::Dataset dataset) {
  switch (dataset) {
    case HParamsValue::Dataset::kTraining:
      return "training";
    case HParamsValue::Dataset::kValidation:
      return "validation";
    case HParamsValue::Dataset::kUnknown:
      break;
  }
  return "unknown";
}

Json json_shape(const std::vector<int64_t>& shape) {
  Json array = Json::array();
  for (const int64_t size : shape) array.push_back(size);
  return array;
}

Json json_value(const Series& series, size_t index, Blobs blobs) {
  switch (series.kind()) {
    case ValueKind::kScalar:
      return json_number(series.values()[index]);
    case ValueKind::kHistogram:
      return json_histogram(value_or_throw(series.histogram(index)));
    case ValueKind::kImage:
      return json_image(value_or_throw(series.image(index)), blobs);
    case ValueKind::kAudio:
      return json_audio(value_or_throw(series.audio(index)), blobs);
    case ValueKind::kText:
      return json_texts(value_or_throw(series.text(index)));
    case ValueKind::kTensor:
      return json_tensor(value_or_throw(series.tensor(index)));
    case ValueKind::kPrCurve:
      return json_pr_curve(value_or_throw(series.pr_curve(index)));
    case ValueKind::kMesh:
      return json_mesh(value_or_throw(series.mesh(index)));
    case ValueKind::kLayout:
      return json_layout(value_or_throw(series.layout(index)));
    case ValueKind::kHParams:
      return json_hparams(value_or_throw(series.hparams(index)));
    case ValueKind::kGraph:
      return json_graph(value_or_throw(series.graph(index)));
    case ValueKind::kRunMetadata:
      return json_run_metadata(value_or_throw(series.run_metadata(index)));
    case ValueKind::kSession:
      return json_session(value_or_throw(series.session(index)));
    case ValueKind::kEmbedding:
    case ValueKind::kOther:
      break;
  }
  const auto tensor = series.tensor(index);
  if (absl::IsNotFound(tensor.status())) return nullptr;
  return json_tensor(value_or_throw(tensor));
}

Json json_point(const std::string& run, const Series& series, size_t index,
                Blobs blobs) {
  Json object;
  object["run"] = run;
  object["tag"] = series.tag();
  object["kind"] = std::string(value_kind_name(series.kind()));
  object["step"] = series.steps()[index];
  object["wall_time"] = json_number(series.wall_times()[index]);
  object["value"] = json_value(series, index, blobs);
  return object;
}

Json json_embedding(const EmbeddingFiles& embedding) {
  const EmbeddingValue value = value_or_throw(embedding.read());
  Json values = Json::array();
  for (const float x : value.values) values.push_back(json_number(x));
  return {{"points", value.points},      {"dimensions", value.dimensions},
          {"values", std::move(values)}, {"columns", value.columns},
          {"metadata", value.metadata},  {"sprite_bytes", value.sprite.size()}};
}

}  // namespace tblog::tool
