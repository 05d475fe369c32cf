// SPDX-License-Identifier: Apache-2.0
//
// Prints a log directory as tblog::LogReader sees it, one JSON object a value:
// dump_log LOGDIR. Bytes are in hexadecimal, numbers that JSON lacks are
// strings. Exit status: 0 when all could be read and nothing was skipped.

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nlohmann/json.hpp"
#include "tblog/log_reader.h"

namespace {

using nlohmann::json;

json number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return value;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

// Of a value that must be readable.
template <class T>
T checked(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::cerr << value.status() << '\n';
  std::exit(EXIT_FAILURE);
}

json buckets(const tblog::HistogramValue& histogram) {
  json rows = json::array();
  for (const tblog::HistogramBucket& bucket : histogram.buckets) {
    rows.push_back({bucket.left, bucket.right, bucket.count});
  }
  return rows;
}

json images(const tblog::ImageValue& value) {
  json encoded = json::array();
  for (const std::string& image : value.images) {
    encoded.push_back(hexadecimal(image));
  }
  return {{"width", value.width},
          {"height", value.height},
          {"images", std::move(encoded)}};
}

// Numbers as they lie in memory, and as doubles unless they are complex.
json tensor(const tblog::TensorValue& value) {
  json object{{"shape", value.shape}};
  if (!value.dtype) {
    object["strings"] = value.strings;
    return object;
  }
  object["dtype"] = tblog::dtype_name(*value.dtype);
  object["bytes"] = hexadecimal(value.bytes);
  const absl::StatusOr<std::vector<double>> numbers = value.numbers();
  if (!numbers.ok()) return object;
  object["numbers"] = json::array();
  for (double x : *numbers) object["numbers"].push_back(number(x));
  return object;
}

json audio(const tblog::AudioValue& value) {
  json clips = json::array();
  for (const std::string& clip : value.clips)
    clips.push_back(hexadecimal(clip));
  return {{"clips", std::move(clips)},
          {"labels", value.labels},
          {"sample_rate_hz", value.sample_rate_hz},
          {"channels", value.channels},
          {"frames", value.frames},
          {"content_type", value.content_type}};
}

// The rows of the tensor that carries the curve.
json pr_curve(const tblog::PrCurveValue& value) {
  return {value.true_positives,  value.false_positives, value.true_negatives,
          value.false_negatives, value.precision,       value.recall};
}

json layout(const tblog::LayoutValue& value) {
  json categories = json::array();
  for (const tblog::LayoutValue::Category& category : value.categories) {
    json charts = json::array();
    for (const tblog::LayoutValue::Chart& chart : category.charts) {
      json margins = json::array();
      for (const tblog::LayoutValue::Margin& margin : chart.margins)
        margins.push_back({margin.value, margin.lower, margin.upper});
      charts.push_back({chart.title, chart.tags, margins});
    }
    categories.push_back({category.title, category.closed, charts});
  }
  return categories;
}

json datum(const tblog::HParamsValue::Datum& value) {
  if (const auto* x = std::get_if<double>(&value)) return number(*x);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

json domain(const tblog::HParamsValue::HParam& hparam) {
  using Value = tblog::HParamsValue;
  if (const auto* one = std::get_if<Value::Interval>(&hparam.domain))
    return {{"min", number(one->min)}, {"max", number(one->max)}};
  const auto* list = std::get_if<std::vector<Value::Datum>>(&hparam.domain);
  if (list == nullptr) return nullptr;
  json values = json::array();
  for (const Value::Datum& value : *list) values.push_back(datum(value));
  return values;
}

json experiment(const tblog::HParamsValue::Experiment& all) {
  json object{
      {"name", all.name},         {"description", all.description},
      {"user", all.user},         {"time_created_secs", all.time_created_secs},
      {"hparams", json::array()}, {"metrics", json::array()}};
  for (const auto& hparam : all.hparams) {
    object["hparams"].push_back({{"name", hparam.name},
                                 {"display_name", hparam.display_name},
                                 {"description", hparam.description},
                                 {"type", static_cast<int>(hparam.type)},
                                 {"domain", domain(hparam)}});
  }
  for (const auto& metric : all.metrics) {
    object["metrics"].push_back(
        {{"group", metric.group},
         {"tag", metric.tag},
         {"display_name", metric.display_name},
         {"description", metric.description},
         {"dataset", static_cast<int>(metric.dataset)}});
  }
  return object;
}

json hparams(const tblog::HParamsValue& value) {
  using Value = tblog::HParamsValue;
  if (const auto* start = std::get_if<Value::SessionStart>(&value.what)) {
    json named = json::object();
    for (const auto& [name, one] : start->hparams) named[name] = datum(one);
    return {{"hparams", std::move(named)},
            {"group_name", start->group_name},
            {"model_uri", start->model_uri},
            {"monitor_url", start->monitor_url},
            {"start_time_secs", start->start_time_secs}};
  }
  if (const auto* end = std::get_if<Value::SessionEnd>(&value.what)) {
    return {{"status", static_cast<int>(end->status)},
            {"end_time_secs", end->end_time_secs}};
  }
  if (const auto* all = std::get_if<Value::Experiment>(&value.what))
    return experiment(*all);
  return nullptr;
}

json shapes_of(const std::vector<tblog::GraphDefValue::Shape>& shapes) {
  json list = json::array();
  for (const auto& shape : shapes)
    list.push_back(shape ? json(*shape) : json());
  return list;
}

json nodes_of(const std::vector<tblog::GraphDefValue::Node>& nodes) {
  json list = json::array();
  for (const auto& node : nodes) {
    json attributes = json::object();
    for (const auto& attribute : node.attributes)
      attributes[attribute.name] = attribute.value;
    list.push_back({{"name", node.name},
                    {"op", node.op},
                    {"device", node.device},
                    {"inputs", node.inputs},
                    {"shapes", shapes_of(node.output_shapes)},
                    {"attributes", std::move(attributes)}});
  }
  return list;
}

json graph(const tblog::GraphDefValue& value) {
  json functions = json::array();
  for (const auto& function : value.functions) {
    functions.push_back({{"name", function.name},
                         {"arguments", function.arguments},
                         {"results", function.results},
                         {"nodes", nodes_of(function.nodes)}});
  }
  return {{"nodes", nodes_of(value.nodes)},
          {"functions", std::move(functions)}};
}

json run_metadata(const tblog::RunMetadataValue& value) {
  json devices = json::array(), graphs = json::array();
  for (const auto& device : value.devices) {
    json nodes = json::array();
    for (const auto& node : device.nodes) {
      nodes.push_back({{"name", node.name},
                       {"label", node.label},
                       {"start_micros", node.start_micros},
                       {"total_micros", node.total_micros},
                       {"compute_micros", node.compute_micros},
                       {"memory_bytes", node.memory_bytes},
                       {"shapes", shapes_of(node.output_shapes)}});
    }
    devices.push_back({{"name", device.name}, {"nodes", std::move(nodes)}});
  }
  for (const auto& one : value.graphs) graphs.push_back(graph(one));
  return {{"devices", std::move(devices)}, {"graphs", std::move(graphs)}};
}

json session(const tblog::SessionValue& value) {
  return {{"status", static_cast<int>(value.status)},
          {"checkpoint_path", value.checkpoint_path},
          {"message", value.message}};
}

json value_at(const tblog::Series& series, size_t i) {
  switch (series.kind()) {
    case tblog::ValueKind::kScalar:
      return number(series.values()[i]);
    case tblog::ValueKind::kHistogram:
      return buckets(checked(series.histogram(i)));
    case tblog::ValueKind::kImage:
      return images(checked(series.image(i)));
    case tblog::ValueKind::kText: {
      const tblog::TextValue text = checked(series.text(i));
      return {{"shape", text.shape}, {"texts", text.texts}};
    }
    case tblog::ValueKind::kTensor:
    case tblog::ValueKind::kOther:
      return tensor(checked(series.tensor(i)));
    case tblog::ValueKind::kAudio:
      return audio(checked(series.audio(i)));
    case tblog::ValueKind::kPrCurve:
      return pr_curve(checked(series.pr_curve(i)));
    case tblog::ValueKind::kLayout:
      return layout(checked(series.layout(i)));
    case tblog::ValueKind::kHParams:
      return hparams(checked(series.hparams(i)));
    case tblog::ValueKind::kGraph:
      return graph(checked(series.graph(i)));
    case tblog::ValueKind::kSession:
      return session(checked(series.session(i)));
    case tblog::ValueKind::kRunMetadata:
      return run_metadata(checked(series.run_metadata(i)));
    default:
      return nullptr;
  }
}

void dump(const tblog::Run& run, const tblog::Series& series) {
  for (size_t i = 0; i < series.size(); ++i) {
    const json line{{"run", run.name()},
                    {"tag", series.tag()},
                    {"kind", tblog::value_kind_name(series.kind())},
                    {"display_name", series.metadata().display_name},
                    {"description", series.metadata().description},
                    {"step", series.steps()[i]},
                    {"wall_time", number(series.wall_times()[i])},
                    {"value", value_at(series, i)}};
    std::cout << line.dump() << '\n';
  }
}

// A line a mesh and step, with all its parts.
void dump_meshes(const tblog::Run& run) {
  for (const tblog::MeshSeries& mesh : run.meshes()) {
    for (size_t i = 0; i < mesh.vertices->size(); ++i) {
      const tblog::MeshValue value = checked(mesh.at(i));
      const json line{{"run", run.name()},
                      {"tag", mesh.name},
                      {"kind", "whole mesh"},
                      {"step", mesh.vertices->steps()[i]},
                      {"value",
                       {{"batch", value.batch},
                        {"vertices", value.vertices},
                        {"faces", value.faces},
                        {"colors", value.colors},
                        {"config", value.config_json}}}};
      std::cout << line.dump() << '\n';
    }
  }
}

void dump_embeddings(const tblog::Run& run) {
  for (const tblog::EmbeddingFiles& files : run.embeddings()) {
    const tblog::EmbeddingValue value = checked(files.read());
    const json line{
        {"run", run.name()},
        {"tag", files.name},
        {"kind", "embedding"},
        {"value",
         {{"shape", {value.points, value.dimensions}},
          {"values", value.values},
          {"columns", value.columns},
          {"metadata", value.metadata},
          {"sprite", hexadecimal(value.sprite)},
          {"sprite_size", {files.sprite_width, files.sprite_height}}}}};
    std::cout << line.dump() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool purges = argc == 4 && std::string(argv[1]) == "--purge";
  if (argc != 2 && !purges) {
    std::cerr << "usage: dump_log [--purge python|rust] LOGDIR\n";
    return EXIT_FAILURE;
  }
  tblog::LogReaderOptions options;
  if (purges) {
    options.purge = std::string(argv[2]) == "rust" ? tblog::Purge::kRust
                                                   : tblog::Purge::kPython;
  }
  const tblog::LogReader log =
      checked(tblog::LogReader::open(argv[argc - 1], options));
  for (const tblog::Run& run : log.runs()) {
    for (const tblog::Series& series : run.series()) dump(run, series);
    dump_meshes(run);
    dump_embeddings(run);
  }
  for (const tblog::SkippedRegion& region : log.skipped()) {
    std::cerr << region.file << " at " << region.offset << ": " << region.reason
              << '\n';
  }
  return log.skipped().empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}
