// SPDX-License-Identifier: Apache-2.0

#include "tools/tblog/describe.h"

#include <variant>

#include "tools/tblog/display_text.h"
#include "tools/tblog/graph_text.h"
#include "tools/tblog/number.h"
#include "tools/tblog/value_json.h"
#include "tools/tblog/wav.h"

namespace tblog::tool {
namespace {

// Of a text, also where no terminal bounds the line.
constexpr size_t kTextColumns = 48;
constexpr size_t kShownHParams = 6;

std::string describe_histogram(const HistogramValue& value) {
  double count = 0;
  for (const HistogramBucket& bucket : value.buckets) count += bucket.count;
  if (value.buckets.empty()) return "no values";
  return format_value(count) + " in [" +
         format_value(value.buckets.front().left, 3) + ", " +
         format_value(value.buckets.back().right, 3) + "]";
}

std::string describe_image(const ImageValue& value) {
  return std::to_string(value.width) + "x" + std::to_string(value.height) +
         (value.images.size() == 1
              ? ""
              : ", " + format_count(value.images.size(), "image"));
}

std::string describe_audio(const AudioValue& value) {
  std::string text = format_count(value.clips.size(), "clip");
  if (value.clips.empty()) return text;
  if (const auto wav = decode_wav(value.clips.front(), 1))
    text += ", " + format_value(wav->seconds(), 3) + " s at " +
            std::to_string(wav->sample_rate_hz) + " Hz";
  return text;
}

std::string describe_text(const TextValue& value) {
  if (value.texts.empty()) return "";
  const std::string first = cut(printable(value.texts.front()), kTextColumns);
  return value.texts.size() == 1 ? first
                                 : shape_text(value.shape) + " " + first;
}

std::string describe_tensor(const TensorValue& value) {
  return std::string(value.dtype ? dtype_name(*value.dtype) : "string") + " " +
         shape_text(value.shape);
}

std::string describe_layout(const LayoutValue& value) {
  size_t charts = 0;
  for (const LayoutValue::Category& category : value.categories)
    charts += category.charts.size();
  const size_t count = value.categories.size();
  return std::to_string(count) + (count == 1 ? " category" : " categories") +
         ", " + format_count(charts, "chart");
}

std::string describe_hparams(const HParamsValue& value) {
  if (const auto* end = std::get_if<HParamsValue::SessionEnd>(&value.what))
    return hparams_status_name(end->status);
  if (const auto* all = std::get_if<HParamsValue::Experiment>(&value.what))
    return format_count(all->hparams.size(), "hparam") + ", " +
           format_count(all->metrics.size(), "metric");
  const auto* start = std::get_if<HParamsValue::SessionStart>(&value.what);
  if (start == nullptr) return "";
  std::string text;
  for (size_t i = 0; i < start->hparams.size(); ++i) {
    text += i > 0 ? " " : "";
    if (i == kShownHParams)
      return text + std::to_string(start->hparams.size() - i) + " others";
    text += cut(printable(start->hparams[i].first), kTextColumns) + "=" +
            cut(datum_text(start->hparams[i].second), kTextColumns);
  }
  return text;
}

std::string describe_run_metadata(const RunMetadataValue& value) {
  size_t nodes = 0;
  for (const RunMetadataValue::Device& device : value.devices)
    nodes += device.nodes.size();
  if (value.devices.empty() && !value.graphs.empty())
    return format_count(value.graphs.size(), "graph");
  return format_count(nodes, "node") + " on " +
         format_count(value.devices.size(), "device");
}

std::string describe_session(const SessionValue& value) {
  std::string text = session_status_name(value.status);
  for (const std::string& more : {value.checkpoint_path, value.message}) {
    if (!more.empty()) text += " " + cut(printable(more), kTextColumns);
  }
  return text;
}

}  // namespace

std::string datum_text(const HParamsValue::Datum& datum) {
  if (const auto* number = std::get_if<double>(&datum))
    return format_value(*number);
  if (const auto* flag = std::get_if<bool>(&datum))
    return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&datum))
    return printable(*text);
  return "(none)";
}

std::string describe_mesh(const MeshValue& value) {
  const auto batch = static_cast<size_t>(value.batch > 0 ? value.batch : 1);
  std::string text =
      value.batch == 1 ? "" : std::to_string(value.batch) + " meshes of ";
  const auto add = [&](size_t numbers, const char* one, const char* many) {
    if (numbers == 0) return;
    const size_t count = numbers / 3 / batch;
    if (!text.empty() && !text.ends_with(" of ")) text += ", ";
    text += std::to_string(count) + " " + (count == 1 ? one : many);
  };
  add(value.vertices.size(), "vertex", "vertices");
  add(value.faces.size(), "face", "faces");
  add(value.colors.size(), "colour", "colours");
  return text.empty() || text.ends_with(" of ") ? text + "nothing" : text;
}

double average_precision(const PrCurveValue& curve) {
  double area = 0;
  for (size_t i = 0; i < curve.recall.size(); ++i) {
    const double next = i + 1 < curve.recall.size() ? curve.recall[i + 1] : 0.0;
    area += (curve.recall[i] - next) * curve.precision[i];
  }
  return area;
}

std::string describe(const Series& series, size_t index) {
  switch (series.kind()) {
    case ValueKind::kScalar:
      return format_value(series.values()[index]);
    case ValueKind::kHistogram:
      return describe_histogram(value_or_throw(series.histogram(index)));
    case ValueKind::kImage:
      return describe_image(value_or_throw(series.image(index)));
    case ValueKind::kAudio:
      return describe_audio(value_or_throw(series.audio(index)));
    case ValueKind::kText:
      return describe_text(value_or_throw(series.text(index)));
    case ValueKind::kTensor:
      return describe_tensor(value_or_throw(series.tensor(index)));
    case ValueKind::kPrCurve: {
      const PrCurveValue curve = value_or_throw(series.pr_curve(index));
      return "average precision " + format_value(average_precision(curve), 4);
    }
    case ValueKind::kMesh:
      return describe_mesh(value_or_throw(series.mesh(index)));
    case ValueKind::kLayout:
      return describe_layout(value_or_throw(series.layout(index)));
    case ValueKind::kHParams:
      return describe_hparams(value_or_throw(series.hparams(index)));
    case ValueKind::kGraph:
      return graph_size_text(value_or_throw(series.graph(index)));
    case ValueKind::kRunMetadata:
      return describe_run_metadata(value_or_throw(series.run_metadata(index)));
    case ValueKind::kSession:
      return describe_session(value_or_throw(series.session(index)));
    case ValueKind::kEmbedding:
    case ValueKind::kOther:
      break;
  }
  return printable(series.metadata().plugin);
}

std::string describe(const EmbeddingFiles& embedding) {
  const EmbeddingValue value = value_or_throw(embedding.read());
  return format_count(static_cast<uint64_t>(value.points), "point") + " of " +
         format_count(static_cast<uint64_t>(value.dimensions), "dimension");
}

}  // namespace tblog::tool
